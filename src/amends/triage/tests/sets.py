"""Data sets in the published layouts, small and made up, so that training and measuring run whole."""

from __future__ import annotations

import csv
import gzip
import io
import random
from pathlib import Path

from amends.triage.corpora import LABELS, UMSAB_LANGUAGES

_WORDS = {
    "negative": ["awful", "terrible", "lost", "angry", "worst", "rude"],
    "neutral": ["monday", "gate", "schedule", "report", "city", "hour"],
    "positive": ["great", "lovely", "thanks", "happy", "best", "kind"],
}


def write(data: Path) -> None:
    """All the sets that `corpora` knows, below `data`."""
    chance = random.Random(7)
    for split, size in (("val", 60), ("test", 60)):
        _pairs(data / "tweeteval/datasets/sentiment", split, size, chance)
    for language in UMSAB_LANGUAGES:
        for split in ("train", "val", "test"):
            _pairs(data / "umsab-xlmt" / language, split, 30, chance)
    rows = [f"{n}\t{label}\t{text}" for n, (label, text) in enumerate(_some(300, chance))]
    _put(data / "semeval2013-17-sentiment/dataset/train/a.txt", rows)
    original = data / "goemotions/data/original"
    _put(original / "labels.txt", ["anger", "joy", "confusion", "neutral"])
    _put(original / "train.tsv", ["so rude\t0\tx", "so kind\t1\ty", "both\t0,1\tz", "what\t2\tu", "hour\t3\tv"])
    for code in ("en", "de"):
        _put(data / f"lingua-langid-testdata/language-testdata/sentences/{code}.txt", [_SENTENCES[code]])
    table = io.StringIO()
    writer = csv.DictWriter(table, ["airline_sentiment", "text"])
    writer.writeheader()
    writer.writerows({"airline_sentiment": label, "text": text} for label, text in _some(30, chance))
    (data / "us-airline-sentiment").mkdir()
    (data / "us-airline-sentiment/Tweets.csv.gz").write_bytes(gzip.compress(table.getvalue().encode()))


_SENTENCES = {"en": "This is a sentence in plain English.", "de": "Das hier ist ein Satz auf Deutsch."}


def _some(size: int, chance: random.Random) -> list[tuple[str, str]]:
    labels = [list(LABELS)[n % 3] for n in range(size)]
    return [(label, f"{' '.join(chance.choices(_WORDS[label], k=3))} {chance.random():.6f}") for label in labels]


def _pairs(folder: Path, split: str, size: int, chance: random.Random) -> None:
    rows = _some(size, chance)
    _put(folder / f"{split}_text.txt", [text for _, text in rows])
    _put(folder / f"{split}_labels.txt", [str(LABELS[label]) for label, _ in rows])


def _put(file: Path, lines: list[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
