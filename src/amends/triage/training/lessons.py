"""What the fast model learns from: texts, and what the deep model says of them where nobody else does.

There are few labelled texts, and the deep model may be asked about any: about parts of them, which show what a few
words do by themselves, and about every word that it knows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from amends.triage import corpora
from amends.triage.chances import Chances, Floats
from amends.triage.corpora import Example
from amends.triage.labels import pool
from amends.triage.training.tasks import Task, fresh, kept_aside, measured_on

PARTS = 1  # of each text
SHORTEST, LONGEST = 2, 9  # words of a part
BELIEVED = 0.5  # how much of what a person said of a text counts, beside the deep model
REDDIT = 0.4  # weight of a Reddit comment beside a tweet
UNLABELLED = 0.7  # weight of a tweet of which only the deep model tells anything
WORDS = 0.3  # weight of a word by itself, and of a part
EXAMPLES = 3.0  # weight of an example of our labels: there are few, and no tweet is about so much
FOREIGN = 7.0  # there are few, and no deep model helps; chosen on UMSAB's val


class Lesson(NamedTuple):
    """Texts with what should be said of them: `sentiment` (texts, 3), `emotions` (texts, 4), `labels` (texts, names).
    `weight` of each text; `english`: whether more is known of it than its sentiment."""

    texts: list[str]
    sentiment: Floats
    emotions: Floats
    labels: Floats
    weight: Floats
    english: npt.NDArray[np.bool_]


Teacher = Callable[[Sequence[str]], Chances]
LABEL_OF = {"offensive": "offensive", "irony": "sarcasm"}  # tasks that are labels


def lesson(data: Path, tasks: Sequence[Task], words: Iterable[str], teacher: Teacher, seed: int) -> Lesson:
    """Every text of the `tasks`, tweets that nobody labelled, parts of them all, `words`, and texts of other languages
    with their sentiment alone. Raises `corpora.MissingData` where a set is missing."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    held = measured_on(data) | {
        corpora.key(one.text)
        for name in corpora.UMSAB_LANGUAGES
        for split in ("val", "test")
        for one in corpora.umsab(data, name, split)
    }
    texts, weights = _texts(tasks)
    labelled = {corpora.key(text) for text in texts} | held
    further = [one.text for one in fresh([Example(text, 0) for text in corpora.unlabelled(data)], labelled)]
    texts, weights = texts + further, weights + [UNLABELLED] * len(further)
    parts = [part for text in texts for part in parts_of(text, chance)]
    alone = list(words)
    told = teacher([*texts, *parts, *alone])
    weight = np.array([*weights, *[WORDS] * (len(parts) + len(alone))])
    _believe(told, texts, tasks)
    foreign = strangers(data, held)
    sentiment = np.concatenate([told.sentiment, np.eye(3)[[one.label for one in foreign]]])
    return Lesson(
        [*texts, *parts, *alone, *(one.text for one in foreign)],
        sentiment,
        np.concatenate([told.emotions, np.full((len(foreign), 4), 0.25)]),
        np.concatenate([told.labels, np.zeros((len(foreign), len(told.names)))]),
        np.concatenate([weight, np.full(len(foreign), FOREIGN)]),
        np.arange(len(sentiment)) < len(weight),
    )


def parts_of(text: str, chance: random.Random) -> list[str]:
    """Some runs of words out of the text; none of a text that is hardly longer."""
    words = text.split()
    if len(words) <= LONGEST:
        return []
    found = []
    for _ in range(PARTS):
        size = chance.randint(SHORTEST, LONGEST)
        start = chance.randrange(len(words) - size + 1)
        found.append(" ".join(words[start : start + size]))
    return found


def strangers(data: Path, held: set[str]) -> list[Example]:
    """Labelled tweets of other languages, and our own words for them, but for what is `held`."""
    own = [one for name in corpora.UMSAB_LANGUAGES for one in corpora.umsab(data, name, "train")]
    words = [one for one in corpora.seeds() if corpora.key(one.text) not in held - {""}]  # emoji have no letters
    return fresh(own, held) + words


def _texts(tasks: Sequence[Task]) -> tuple[list[str], list[float]]:
    """Each text once, and how much it weighs."""
    weights = {text: EXAMPLES for text, _ in pool() if not kept_aside(text)}
    for task in tasks:
        for one in task.train:
            weights[one.text] = max(weights.get(one.text, 0.0), REDDIT if task.name == "goemotions" else 1.0)
    return list(weights), list(weights.values())


def _believe(told: Chances, texts: Sequence[str], tasks: Sequence[Task]) -> None:
    """Mix what people said into what the deep model says."""
    place = {text: row for row, text in enumerate(texts)}
    for task in tasks:
        rows = np.array([place[one.text] for one in task.train], dtype=np.int64)
        said = np.array([one.label for one in task.train], dtype=np.int64)
        if task.name in ("sentiment", "emotion"):
            target = told.sentiment if task.name == "sentiment" else told.emotions
            target[rows] = (1 - BELIEVED) * target[rows] + BELIEVED * np.eye(target.shape[1])[said]
        elif task.name in LABEL_OF:
            column = told.names.index(LABEL_OF[task.name])
            told.labels[rows, column] = (1 - BELIEVED) * told.labels[rows, column] + BELIEVED * said
    for text, known in pool():
        for label in known.keys() & set(told.names) if text in place else ():
            column = told.names.index(label)
            told.labels[place[text], column] = BELIEVED * (told.labels[place[text], column] + known[label])
