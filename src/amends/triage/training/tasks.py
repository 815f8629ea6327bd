"""What the encoder learns, all at once: each task's labelled texts, without anything that it will be measured on.

Feelings are what its own heads tell. What posts are about it learns beside, from intents and from the examples of our
labels, so that its features hold that for the heads that are learnt on them afterwards.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from amends.triage import corpora, labels, matters
from amends.triage.corpora import Example

VAL_OF = 4  # of our own examples one of so many only chooses and calibrates


class Task(NamedTuple):
    """`labels` in the order of their numbers; `train` is learnt from, `val` only chooses and calibrates. `often`: how
    many times an epoch goes through it; `since`: in which epoch it joins, counted from 0 (few texts are soon known by
    heart). `told`: whether the model's own head for it is kept."""

    name: str
    labels: tuple[str, ...]
    train: list[Example]
    val: list[Example]
    often: float = 1.0
    since: int = 0
    told: bool = True


def tasks(data: Path) -> list[Task]:
    """Sentiment, offence, emotion and irony, and beside them intents, shades of emotion and our labels. Raises
    `corpora.MissingData` where a set is missing."""
    sets = {name: {split: corpora.tweeteval(data, split, name) for split in ("train", "val")} for name in NAMES}
    seen = measured_on(data)
    found = [
        Task("sentiment", tuple(corpora.LABELS), fresh(corpora.semeval(data), seen), corpora.tweeteval(data, "val"))
    ]
    for name, (classes, often) in NAMES.items():
        found.append(Task(name, classes, fresh(sets[name]["train"], seen), sets[name]["val"], often))
    beside = [_bank(data), _assistant(data), _shop(data), _shades(data)]
    return found + [one._replace(train=fresh(one.train, seen)) for one in beside] + ours()


def measured_on(data: Path) -> set[str]:
    """The keys of TweetEval's texts that something is measured or calibrated on."""
    names = ("sentiment", *NAMES)
    return {
        corpora.key(one.text)
        for name in names
        for split in ("val", "test")
        for one in corpora.tweeteval(data, split, name)
    }


NAMES: dict[str, tuple[tuple[str, ...], float]] = {
    "offensive": (("inoffensive", "offensive"), 1.0),
    "emotion": (("anger", "joy", "optimism", "sadness"), 2.0),
    "irony": (("plain", "ironic"), 1.0),
}


def ours() -> list[Task]:
    """Whether a text has each of our labels, but for the namesake, which depends on the brand."""
    found = []
    for name in labels.definitions():
        if name == "namesake":
            continue
        examples = [Example(one.text, one.label) for one in labels.examples(name)]
        val = [one for one in examples if kept_aside(one.text)]
        train = [one for one in examples if not kept_aside(one.text)]
        found.append(Task(f"label.{name}", ("no", "yes"), train, val, often=4.0, since=1, told=False))
    return found


def kept_aside(text: str) -> bool:
    """Whether an example of ours is not learnt from, but chooses and calibrates: the same ones whoever asks."""
    return hashlib.sha256(corpora.key(text).encode()).digest()[0] % VAL_OF == 0


def _bank(data: Path) -> Task:
    split = matters.banking77(data)
    return Task("banking77", split.labels, [Example(*one) for one in split.train], [], told=False)


def _assistant(data: Path) -> Task:
    scope = matters.clinc150(data)
    train, val = ([Example(*one) for one in some] for some in (scope.split.train, scope.val))
    return Task("clinc150", scope.split.labels, train, val, told=False)


def _shop(data: Path) -> Task:
    """Bitext's questions to a shop in 27 intents."""
    folder = corpora.there(data / "bitext-customer-support/data/train")
    (file,) = folder.glob("*.csv")
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [(row["utterance"], row["intent"]) for row in csv.DictReader(lines)]
    names = tuple(sorted({intent for _, intent in rows}))
    train = [Example(corpora.plain(text), names.index(intent)) for text, intent in rows]
    return Task("bitext", names, train, [], often=0.5, told=False)


def _shades(data: Path) -> Task:
    """GoEmotions' comments with one of its 28 emotions (Demszky et al., 2020)."""
    names, rows = corpora.emotions(data)
    train = [Example(text, next(iter(numbers))) for text, numbers in rows if len(numbers) == 1]
    return Task("goemotions", names, train, [], often=0.35, told=False)


def fresh(examples: Sequence[Example], seen: set[str]) -> list[Example]:
    """Those whose text is not among `seen`, each once."""
    own: dict[str, Example] = {}
    for one in examples:
        key = corpora.key(one.text)
        if key and key not in seen:
            own.setdefault(key, one)
    return list(own.values())
