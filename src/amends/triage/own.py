"""What a brand taught: heads of its own on the encoder's frozen features and the words beside them, learnt in seconds
from its corrections.

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
from amends.triage.deep import WIDTH
from amends.triage.features import words
from amends.triage.heads import Linear, learn, unit
from amends.triage.lexing import Lexed

HERE = Path(__file__).parent / "weights"
FOLDS = 10
FEWEST = 30  # held-out corrections below which nothing is believed
DOZEN = 12  # examples from which what ships with no head at all can be learnt
PENALTY = 3e-3
BITS = 11  # of the words' buckets: half as many are less good, twice as many no better
FEATURES = WIDTH + 2**BITS
SHIPPED_WEIGHS = 0.1  # of the shipped logit beside features of length 1: half a dozen corrections outweigh it

Features = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class OwnHead(msgspec.Struct, frozen=True):
    """Of one name: "sentiment" (three classes: negative, neutral, positive) or a label (two: no, yes). `weight`
    (classes, `FEATURES` and one more for each shipped logit), `bias` (classes)."""

    name: str
    weight: bytes
    bias: tuple[float, ...]

    @classmethod
    def of(cls, name: str, linear: Linear) -> OwnHead:
        return cls(name, linear.weight.astype("<f4").tobytes(), tuple(float(one) for one in linear.bias))

    def chances(self, features: Features, shipped: Floats) -> Floats:
        """(texts, classes) of features (texts, `FEATURES`) and the shipped probabilities (texts, classes)."""
        weight = np.frombuffer(self.weight, "<f4").reshape(len(self.bias), -1)
        return Linear(weight, np.array(self.bias)).chances(beside(features, shipped))


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
    beside = f"words {BITS}".encode()
    return hashlib.blake2b((folder / "deep.onnx").read_bytes(), digest_size=16, person=beside).hexdigest()


def features(encoded: Features, lexed: Lexed) -> Features:
    """What heads of a brand's own learn on, (texts, `FEATURES`): the encoder's features, and which words and pairs of
    words the texts have, each at length 1. Of names and turns of speech the encoder knows little."""
    return np.concatenate([unit(encoded), words(lexed, BITS)], axis=1)


def beside(features: Features, shipped: Floats) -> Features:
    """The features with the shipped logits beside them."""
    logits = np.log(np.clip(shipped, 1e-4, 1.0)) * SHIPPED_WEIGHS
    return np.concatenate([features, (logits - logits.mean(axis=1, keepdims=True)).astype(np.float32)], axis=1)


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
