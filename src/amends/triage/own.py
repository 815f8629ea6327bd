"""What a brand taught: heads of its own on the encoder's frozen features, learnt in seconds from its corrections.

A head corrects what ships rather than starting anew: the shipped logit is one more feature, so that with few
corrections it changes little. It is used once it is shown to be better, on corrections that it had not learnt from.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from amends.triage.chances import Floats
from amends.triage.heads import Linear, learn, unit

HERE = Path(__file__).parent / "weights"
FOLDS = 10
FEWEST = 30  # held-out corrections below which nothing is believed
DOZEN = 12  # examples from which what ships with no head at all can be learnt
PENALTY = 3e-3
SHIPPED_WEIGHS = 0.1  # of the shipped logit beside features of length 1: half a dozen corrections outweigh it

Features = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class OwnHead(msgspec.Struct, frozen=True):
    """Of one name: "sentiment" (three classes: negative, neutral, positive) or a label (two: no, yes). `weight`
    (classes, features and one more for each shipped logit), `bias` (classes), for features less `mean`."""

    name: str
    weight: bytes
    bias: tuple[float, ...]
    mean: bytes

    @classmethod
    def of(cls, name: str, linear: Linear) -> OwnHead:
        weight, mean = (value.astype("<f4").tobytes() for value in (linear.weight, linear.mean))
        return cls(name, weight, tuple(float(one) for one in linear.bias), mean)

    def chances(self, features: Features, shipped: Floats) -> Floats:
        """(texts, classes) of features (texts, 384) and the shipped probabilities (texts, classes)."""
        weight = np.frombuffer(self.weight, "<f4").reshape(len(self.bias), -1)
        mean = np.frombuffer(self.mean, "<f4")
        return Linear(mean.astype(np.float64), weight.astype(np.float64), np.array(self.bias)).chances(
            beside(features, shipped)
        )


class Measured(msgspec.Struct, frozen=True):
    """How a head does on examples that it had not learnt from. `gain`: how much more of them it gets right than what
    ships, between `low` and `high` 19 times of 20."""

    examples: int
    right: float
    shipped_right: float
    gain: float
    low: float
    high: float

    @property
    def better(self) -> bool:
        return self.examples >= FEWEST and self.low > 0


@cache
def encoder(folder: Path = HERE) -> str:
    """Whose features these are: to a head that was learnt on those of another encoder they mean nothing."""
    return hashlib.blake2b((folder / "deep.onnx").read_bytes(), digest_size=16).hexdigest()


def beside(features: Features, shipped: Floats) -> Features:
    """Features of length 1, with the shipped logits beside them."""
    logits = np.log(np.clip(shipped, 1e-4, 1.0)) * SHIPPED_WEIGHS
    return np.concatenate([unit(features), logits - logits.mean(axis=1, keepdims=True)], axis=1).astype(np.float32)


def teach(name: str, features: Features, shipped: Floats, labels: Ints) -> OwnHead:
    """From what was corrected: `labels` are the numbers of the right classes. Raises `ValueError` where all are the
    same, since from one class nothing can be told apart."""
    if len(np.unique(labels)) < 2:
        raise ValueError("All corrections say the same. Confirm some that were right as well.")
    return OwnHead.of(name, learn(beside(features, shipped), labels, shipped.shape[1], penalty=PENALTY, balanced=True))


def measured(name: str, features: Features, shipped: Floats, labels: Ints) -> Measured:
    """Each example is judged by a head that learnt from nine tenths of the others; the gain's interval is that of
    paired differences (McNemar's table, with the normal approximation and one added to each side)."""
    right = np.zeros(len(labels), bool)
    for fold in folds(labels):
        rest = np.setdiff1d(np.arange(len(labels)), fold)
        if len(np.unique(labels[rest])) < 2:
            continue
        head = teach(name, features[rest], shipped[rest], labels[rest])
        right[fold] = head.chances(features[fold], shipped[fold]).argmax(axis=1) == labels[fold]
    before = shipped.argmax(axis=1) == labels
    won, lost, total = int((right & ~before).sum()), int((before & ~right).sum()), len(labels)
    gain = (won - lost) / total
    spread = math.sqrt(max((won + 1) + (lost + 1) - (won - lost) ** 2 / (total + 2), 0.0)) / (total + 2)
    return Measured(total, float(right.mean()), float(before.mean()), gain, gain - 1.96 * spread, gain + 1.96 * spread)


def folds(labels: Ints) -> list[Ints]:
    """The examples by tens of each class, in order: the same ones always."""
    fold_of = np.zeros(len(labels), np.int64)
    for class_ in np.unique(labels):
        rows = np.flatnonzero(labels == class_)
        fold_of[rows] = (np.arange(len(rows)) + int(class_)) % FOLDS
    return [np.flatnonzero(fold_of == fold) for fold in range(FOLDS) if (fold_of == fold).any()]


def apply(
    heads: Sequence[OwnHead], features: Features, sentiment: Floats, labels: Mapping[str, Floats]
) -> tuple[Floats, dict[str, Floats]]:
    """The sentiment (texts, 3) and the probability of each label (texts) as a brand's heads have them."""
    told = dict(labels)
    for head in heads:
        if head.name == "sentiment":
            sentiment = head.chances(features, sentiment)
        else:
            before = told.get(head.name, np.full(len(features), 0.5))
            told[head.name] = head.chances(features, np.stack([1 - before, before], axis=1))[:, 1]
    return sentiment, told
