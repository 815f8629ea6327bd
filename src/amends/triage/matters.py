"""The public sets of what posts are about, split as they are to be measured: intents, complaints, an airline's day."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from amends.triage.corpora import LABELS, key, plain, there

FOLDS = 10


class Split(NamedTuple):
    """Texts and the numbers of their labels, to learn from and to measure on. Nothing of one is in the other."""

    labels: tuple[str, ...]
    train: list[tuple[str, int]]
    test: list[tuple[str, int]]


class Scope(NamedTuple):
    """An intent set with questions that are none of its intents: on `beyond_val` a threshold is chosen, on
    `beyond_test` it is measured."""

    split: Split
    val: list[tuple[str, int]]
    beyond_val: list[str]
    beyond_test: list[str]


class Complaint(NamedTuple):
    text: str
    complaint: bool
    domain: str  # "random_..." is no customer service


def banking77(data: Path) -> Split:
    """13,083 questions to a bank in 77 intents (Casanueva et al., 2020)."""
    folder = data / "polyai-banking77-nlupp/banking_data"
    read = {
        name: [(row["text"], row["category"]) for row in _rows(folder / f"{name}.csv")] for name in ("train", "test")
    }
    return _split(read["train"], read["test"])


def clinc150(data: Path) -> Scope:
    """23,700 questions to an assistant in 150 intents, and 1,200 beyond them (Larson et al., 2019): `data_full`."""
    found = json.loads(there(data / "clinc150/data_full.json").read_text(encoding="utf-8"))
    split = _split([tuple(row) for row in found["train"]], [tuple(row) for row in found["test"]])
    number = {label: at for at, label in enumerate(split.labels)}
    val = [(text, number[label]) for text, label in found["val"]]
    return Scope(split, val, [text for text, _ in found["oos_val"]], [text for text, _ in found["oos_test"]])


def airline_sentiment(data: Path) -> Split:
    """Tweets to six airlines: measured where `tweet_id % 10 >= 8`, whose texts are dropped from what is learnt."""
    return _held_out(
        ((row["tweet_id"], row["text"], row["airline_sentiment"]) for row in _airline(data)), tuple(LABELS)
    )


def airline_reasons(data: Path) -> Split:
    """Why they are negative: ten reasons, over those that are so labelled."""
    rows = [row for row in _airline(data) if row["airline_sentiment"] == "negative" and row["negativereason"]]
    reasons = tuple(sorted({row["negativereason"] for row in rows}))
    return _held_out(((row["tweet_id"], row["text"], row["negativereason"]) for row in rows), reasons)


def complaints(data: Path) -> list[Complaint]:
    """Tweets to brands of nine trades, and others (Preotiuc-Pietro et al., 2019)."""
    rows = _rows(data / "complaints-preotiuc/complaints.csv")
    return [Complaint(plain(row["text"]), row["complaint"] == "1", row["domain"]) for row in rows]


def folds(labels: Sequence[int], seed: int = 0) -> list[np.ndarray]:
    """The rows to measure on, fold by fold: those of scikit-learn's `StratifiedKFold(10, shuffle=True,
    random_state=0)`, so that figures can be compared."""
    numbers = np.asarray(labels)
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    _, order = np.unique(first, return_inverse=True)
    coded = order[inverse]
    share = np.stack([np.bincount(np.sort(coded)[at::FOLDS], minlength=len(first)) for at in range(FOLDS)])
    chance = np.random.RandomState(seed)
    fold_of = np.empty(len(coded), dtype=np.int64)
    for class_ in range(len(first)):
        ours = np.arange(FOLDS).repeat(share[:, class_])
        chance.shuffle(ours)
        fold_of[coded == class_] = ours
    return [np.flatnonzero(fold_of == at) for at in range(FOLDS)]


def _split(train: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]]) -> Split:
    labels = tuple(sorted({label for _, label in train}))
    number = {label: at for at, label in enumerate(labels)}
    held = {key(text) for text, _ in test}
    return Split(
        labels,
        [(plain(text), number[label]) for text, label in train if key(text) not in held],
        [(plain(text), number[label]) for text, label in test],
    )


def _held_out(rows: Iterable[tuple[str, str, str]], labels: tuple[str, ...]) -> Split:
    number = {label: at for at, label in enumerate(labels)}
    train: list[tuple[str, int]] = []
    test: list[tuple[str, int]] = []
    for tweet, text, label in rows:
        (test if int(tweet) % 10 >= 8 else train).append((plain(text), number[label]))
    held = {key(text) for text, _ in test}
    return Split(labels, [one for one in train if key(one[0]) not in held], test)


def _airline(data: Path) -> list[dict[str, str]]:
    file = there(data / "us-airline-sentiment/Tweets.csv.gz")
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _rows(file: Path) -> list[dict[str, str]]:
    with there(file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
