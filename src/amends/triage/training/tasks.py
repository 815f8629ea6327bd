"""What the encoder learns, all at once: each task's labelled tweets, without anything that it will be measured on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from amends.triage import corpora
from amends.triage.corpora import Example


class Task(NamedTuple):
    """`labels` in the order of their numbers; `train` is learnt from, `val` only chooses and calibrates. `often`: how
    many times an epoch goes through it."""

    name: str
    labels: tuple[str, ...]
    train: list[Example]
    val: list[Example]
    often: float = 1.0


def tasks(data: Path) -> list[Task]:
    """Sentiment, offence, emotion and irony. Raises `corpora.MissingData` where a set is missing."""
    sets = {name: {split: corpora.tweeteval(data, split, name) for split in ("train", "val", "test")} for name in NAMES}
    held = [one for splits in sets.values() for split in ("val", "test") for one in splits[split]]
    held += corpora.tweeteval(data, "val") + corpora.tweeteval(data, "test")
    seen = {corpora.key(one.text) for one in held}
    found = [
        Task("sentiment", tuple(corpora.LABELS), fresh(corpora.semeval(data), seen), corpora.tweeteval(data, "val"))
    ]
    for name, (labels, often) in NAMES.items():
        found.append(Task(name, labels, fresh(sets[name]["train"], seen), sets[name]["val"], often))
    return found


NAMES: dict[str, tuple[tuple[str, ...], float]] = {
    "offensive": (("inoffensive", "offensive"), 1.0),
    "emotion": (("anger", "joy", "optimism", "sadness"), 2.0),
    "irony": (("plain", "ironic"), 1.0),
}


def fresh(examples: Sequence[Example], seen: set[str]) -> list[Example]:
    """Those whose text is not among `seen`, each once."""
    own: dict[str, Example] = {}
    for one in examples:
        key = corpora.key(one.text)
        if key and key not in seen:
            own.setdefault(key, one)
    return list(own.values())
