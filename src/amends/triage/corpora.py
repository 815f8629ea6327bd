"""The public data sets that the models are trained and measured on, read from one folder.

The data are no part of Amends; the cards in `docs/models` name each set, its licence and where it is published.
"""

from __future__ import annotations

import csv
import gzip
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LABELS = {"negative": 0, "neutral": 1, "positive": 2}
UMSAB_LANGUAGES = ("arabic", "french", "hindi", "italian", "portuguese", "spanish")  # English lies inside TweetEval

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_ADDRESS = re.compile(r"@\w+|https?\S*")
_BETWEEN = re.compile(r"[\W_]+")
_PLEASED = {"admiration", "amusement", "approval", "caring", "desire", "excitement"}
_PLEASED |= {"gratitude", "joy", "love", "optimism", "pride", "relief"}
_HURT = {"anger", "annoyance", "disappointment", "disapproval", "disgust", "embarrassment"}
_HURT |= {"fear", "grief", "nervousness", "remorse", "sadness"}


class MissingData(Exception):
    """A data set is not where it should be. The message says which and where."""


class Example(NamedTuple):
    text: str
    label: int  # 0 negative, 1 neutral, 2 positive


def tweeteval(data: Path, split: str, name: str = "sentiment") -> list[Example]:
    """One of TweetEval's sets of English tweets: "train" (not there for sentiment), "val" or "test"."""
    return _paired(data / "tweeteval/datasets" / name, split)


def unlabelled(data: Path) -> list[str]:
    """English tweets that only their words are wanted of: of TweetEval's hatred and stance, train, and those of
    Davidson et al. (2017)."""
    sets = data / "tweeteval/datasets"
    files = [sets / "hate/train_text.txt", *sorted(there(sets / "stance").glob("*/train_text.txt"))]
    found = [plain(line) for file in files for line in _lines(there(file))]
    with there(data / "davidson-hate/data/labeled_data.csv").open(encoding="utf-8", newline="") as lines:
        return found + [plain(row["tweet"]) for row in csv.DictReader(lines)]


def umsab(data: Path, language: str, split: str) -> list[Example]:
    """Tweets of one of `UMSAB_LANGUAGES`: "train", "val" or "test"."""
    return _paired(data / "umsab-xlmt" / language, split)


def semeval(data: Path) -> list[Example]:
    """SemEval 2013 to 2016: 50,334 English tweets. The folder's 2017 test is TweetEval's, and is never read."""
    folder = there(data / "semeval2013-17-sentiment/dataset/train")
    rows = (line.split("\t") for file in sorted(folder.glob("*.txt")) for line in _lines(file))
    return [Example(plain(row[2]), LABELS[row[1]]) for row in rows if len(row) >= 3]


def emotions(data: Path, split: str = "train") -> tuple[tuple[str, ...], list[tuple[str, set[int]]]]:
    """Reddit comments of GoEmotions, "train" or "dev": the names of its emotions, and each text with its emotions'
    numbers."""
    folder = there(data / "goemotions/data/original")
    names = tuple((folder / "labels.txt").read_text(encoding="utf-8").split())
    rows = (line.split("\t") for line in _lines(folder / f"{split}.tsv"))
    return names, [(plain(text), {int(number) for number in numbers.split(",")}) for text, numbers, *_ in rows]


def goemotions(data: Path, split: str = "train") -> list[Example]:
    """Comments of GoEmotions that are plainly pleased, plainly hurt, or marked neutral alone."""
    names, rows = emotions(data, split)
    examples = []
    for text, numbers in rows:
        felt = {names[number] for number in numbers}
        pleased, hurt = bool(felt & _PLEASED), bool(felt & _HURT)
        if pleased != hurt or felt == {"neutral"}:
            examples.append(Example(text, 1 + pleased - hurt))
    return examples


def airline(data: Path) -> list[Example]:
    """Tweets to six American airlines: what a care desk reads. For measuring only; its licence forbids more."""
    file = there(data / "us-airline-sentiment/Tweets.csv.gz")
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return [Example(plain(row["text"]), LABELS[row["airline_sentiment"]]) for row in csv.DictReader(lines)]


def sentences(data: Path) -> dict[str, list[str]]:
    """Plain sentences by ISO 639 code, for measuring how well languages are told apart."""
    folder = there(data / "lingua-langid-testdata/language-testdata/sentences")
    return {file.stem: list(_lines(file)) for file in sorted(folder.glob("*.txt"))}


def seeds() -> list[Example]:
    """Our own words and phrases for languages that the sets cover poorly or not at all, and emoji."""
    return [
        Example(phrase, LABELS[label])
        for line in _lines(Path(__file__).parent / "seeds.txt")
        if not line.startswith("#")
        for _, label, phrases in [line.split(" ", 2)]
        for phrase in phrases.split("; ")
    ]


def key(text: str) -> str:
    """Two texts with one key are one text: case, handles, links, spaces and punctuation aside."""
    return _BETWEEN.sub("", _ADDRESS.sub("", text.lower()))


def _paired(folder: Path, split: str) -> list[Example]:
    texts = _lines(there(folder / f"{split}_text.txt"))
    labels = _lines(there(folder / f"{split}_labels.txt"))
    return [Example(plain(text), int(label)) for text, label in zip(texts, labels, strict=True)]


def _lines(file: Path) -> Iterator[str]:
    """Parted by newlines alone: tweets hold other characters that Python takes for the end of a line."""
    return (line.strip("\r") for line in file.read_text(encoding="utf-8").split("\n") if line.strip())


def plain(text: str) -> str:
    """Undo what the sets did to their texts: \\u2019 written out, entities (often twice), quotes doubled."""
    unescaped = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return html.unescape(html.unescape(unescaped)).replace('""', '"').strip()


def there(path: Path) -> Path:
    """The path, which must exist. Raises `MissingData`."""
    if not path.exists():
        raise MissingData(
            f"{path} is missing. Pass the folder that holds the data sets with --data; "
            "docs/models/deep.md and fast.md name each set, and where it is published."
        )
    return path
