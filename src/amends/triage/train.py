"""Training of the sentiment model: multinomial logistic regression over hashed n-grams, in numpy alone.

Mini-batches by AdaGrad (Duchi et al., 2011), whose step is long for rare features, with an L2 penalty; examples are
weighted so that the three classes weigh the same. Then vector scaling (Guo et al., On Calibration of Modern Neural
Networks, 2017) on held-out tweets, classes weighing the same again: the probabilities are those of a stream in which
the three are equally frequent. Hyper-parameters were chosen on TweetEval's val and UMSAB's val splits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from amends.triage import clean, corpora
from amends.triage.corpora import Example
from amends.triage.features import families
from amends.triage.lexing import lex
from amends.triage.sentiment import HERE, Settings, pack, softmax

BITS = 18
SCALE = (0.4, 0.4, 0.4, 0.8, 0.4)  # of the families: single words count double
EPOCHS = 10
RATE = 0.1
PENALTY = 2e-6
BATCH = 512
REDDIT = 0.4  # weight of a Reddit comment beside a tweet
SEED_WORDS = 2.0

Progress = Callable[[float, str], None]
"""Called with the share that is done, from 0 to 1, and what is being done."""

Floats = npt.NDArray[np.float32]


class Rows(NamedTuple):
    """Texts as features in compressed rows: the buckets and values of row i lie from bounds[i] to bounds[i + 1]."""

    buckets: npt.NDArray[np.int32]
    values: Floats
    bounds: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[np.int64]) -> Rows:
        count = np.diff(self.bounds)[rows]
        bounds = np.concatenate([[0], np.cumsum(count)])
        places = np.arange(bounds[-1]) + np.repeat(self.bounds[rows] - bounds[:-1], count)
        return Rows(self.buckets[places], self.values[places], bounds)

    def logits(self, weights: Floats) -> Floats:
        return np.stack([np.add.reduceat(of[self.buckets] * self.values, self.bounds[:-1]) for of in weights], axis=1)


def train_sentiment(data: Path, out: Path = HERE, progress: Progress = lambda _done, _doing: None) -> dict[str, object]:
    """Train on the sets below `data`, write `sentiment.npy` and `sentiment.json` to the folder `out`, and return what
    was learnt from how much. Some two minutes and 1 GB on one core; the same data give the same weights.

    Raises `corpora.MissingData` where a set is missing.
    """
    progress(0.0, "reading")
    examples, weights, held = gather(data)
    rows, labels = rows_of([example.text for example in examples]), labels_of(examples)
    balanced = (weights * _balance(labels, weights)).astype(np.float32)
    table = fit(rows, labels, balanced, lambda done: progress(0.05 + 0.85 * done, "learning"))
    lanes, low, step = pack(table)
    progress(0.9, "calibrating")
    logits = rows_of([example.text for example in held]).logits(table)
    sharpness, bias = calibrate(logits.astype(np.float64), labels_of(held))
    trained: dict[str, float | int | str] = {
        "examples": len(examples),
        "negative": int((labels == 0).sum()),
        "neutral": int((labels == 1).sum()),
        "positive": int((labels == 2).sum()),
        "held_out": len(held),
        "epochs": EPOCHS,
        "rate": RATE,
        "penalty": PENALTY,
        "sharpness": sharpness,
    }
    first, second, third, fourth, fifth = (scale * sharpness for scale in SCALE)
    settings = Settings(BITS, low, step, (first, second, third, fourth, fifth), bias, trained)
    _write(out, lanes, settings)
    progress(1.0, "done")
    return dict(trained)


def _write(out: Path, lanes: npt.NDArray[np.uint64], settings: Settings) -> None:
    """Beside, then over: processes that have mapped the old table keep it whole."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "sentiment.npy.new").open("wb") as file:
        np.save(file, lanes)
    (out / "sentiment.npy.new").replace(out / "sentiment.npy")
    text = msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n"
    (out / "sentiment.json").write_bytes(text)


def gather(data: Path) -> tuple[list[Example], Floats, list[Example]]:
    """What to learn from, how much each weighs, and what is held out to calibrate on. Nothing held out, and nothing
    of the tests, is among the first; no text is there twice."""
    held = corpora.tweeteval(data, "val")
    for language in corpora.UMSAB_LANGUAGES:
        held += corpora.umsab(data, language, "val")
    tests = corpora.tweeteval(data, "test") + [
        example for language in corpora.UMSAB_LANGUAGES for example in corpora.umsab(data, language, "test")
    ]
    seen = {corpora.key(example.text) for example in held + tests}
    sources = [(corpora.semeval(data), 1.0)]
    sources += [(corpora.umsab(data, language, "train"), 1.0) for language in corpora.UMSAB_LANGUAGES]
    sources += [(corpora.goemotions(data), REDDIT), (corpora.seeds(), SEED_WORDS)]
    examples, weights = [], []
    for source, weight in sources:
        for example in source:
            mark = corpora.key(example.text) or example.text
            if mark not in seen:
                seen.add(mark)
                examples.append(example)
                weights.append(weight)
    return examples, np.array(weights, dtype=np.float32), held


def rows_of(texts: Sequence[str]) -> Rows:
    """The features of the texts: each family's divided by the root of their number, times its scale."""
    buckets, values, counts = [], [], []
    for start in range(0, len(texts), 256):
        found = families(lex(clean.join(texts[start : start + 256]).lower()), BITS)
        number = np.stack([np.diff(family.starts, append=len(family.buckets)) for family in found])
        value = np.array(SCALE)[:, None] / np.sqrt(number)
        owner = np.concatenate([np.repeat(np.arange(count.size), count) for count in number])
        order = np.argsort(owner, kind="stable")
        buckets.append(np.concatenate([family.buckets for family in found])[order].astype(np.int32))
        values.append(np.repeat(value.ravel(), number.ravel())[order].astype(np.float32))
        counts.append(number.sum(axis=0))
    bounds = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return Rows(np.concatenate(buckets), np.concatenate(values), bounds)


def labels_of(examples: Sequence[Example]) -> npt.NDArray[np.int64]:
    return np.array([example.label for example in examples])


def fit(rows: Rows, labels: npt.NDArray[np.int64], weights: Floats, progress: Callable[[float], None]) -> Floats:
    """Weights of shape (3, 2^BITS)."""
    shuffle = np.random.default_rng(20120902)
    table = np.zeros((3, 2**BITS), dtype=np.float32)
    squares = np.full_like(table, 1e-8)
    for epoch in range(EPOCHS):
        order = shuffle.permutation(len(labels))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            batch = rows.take(chosen)
            wrong = softmax(batch.logits(table).astype(np.float64))
            wrong[np.arange(len(chosen)), labels[chosen]] -= 1
            wrong *= weights[chosen, None] / len(chosen)
            for class_, error in enumerate(wrong.T):
                spread = np.repeat(error, np.diff(batch.bounds)) * batch.values
                gradient = np.bincount(batch.buckets, spread, minlength=table.shape[1]).astype(np.float32)
                gradient += PENALTY * table[class_]
                squares[class_] += gradient**2
                table[class_] -= RATE * gradient / np.sqrt(squares[class_])
        progress((epoch + 1) / EPOCHS)
    return table


def calibrate(
    logits: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]
) -> tuple[float, tuple[float, float, float]]:
    """One sharpness for all logits and a bias for each class that make the held-out labels likeliest, every class
    weighing the same: gradient descent on a convex loss of four numbers."""
    target = np.eye(3)[labels]
    weight = _balance(labels, np.ones(len(labels), dtype=np.float32))[:, None] / len(labels)
    sharpness, bias = 1.0, np.zeros(3)
    for _ in range(2_000):
        wrong = (softmax(sharpness * logits + bias) - target) * weight
        sharpness -= 0.5 * float((wrong * logits).sum())
        bias -= 0.5 * wrong.sum(axis=0)
    bias -= bias.mean()
    return sharpness, (float(bias[0]), float(bias[1]), float(bias[2]))


def _balance(labels: npt.NDArray[np.int64], weights: Floats) -> Floats:
    """A factor for each example that gives the three classes the same total weight."""
    totals = np.bincount(labels, weights, minlength=3)
    factors: Floats = (totals.sum() / 3 / np.maximum(totals, 1e-9)).astype(np.float32)[labels]
    return factors
