"""Linear heads on frozen features: multinomial logistic regression, learnt in seconds from a few texts or many.

Gradient descent with Nesterov's momentum on features of mean 0 and length about 1, with an L2 penalty; the loss is
convex, so that neither chance nor a seed has a part in what is learnt.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import numpy as np
import numpy.typing as npt

from amends.triage.calibrate import shares
from amends.triage.chances import softmax

Floats = npt.NDArray[np.float64]
Small = npt.NDArray[np.float32]
STEPS = 400
MOMENTUM = 0.95


class Linear(msgspec.Struct, frozen=True):
    """`weight` (classes, features) and `bias` (classes)."""

    weight: Floats
    bias: Floats

    def logits(self, features: npt.NDArray[np.float32]) -> Floats:
        """(texts, classes)."""
        told: Floats = features @ self.weight.T + self.bias
        return told

    def chances(self, features: npt.NDArray[np.float32]) -> Floats:
        """Rows that sum to 1."""
        return softmax(self.logits(features))


def unit(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Each text's features at length 1: how long a text is says nothing of what it is about."""
    told: npt.NDArray[np.float32] = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
    return told


def learn(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    classes: int,
    *,
    penalty: float = 1e-4,
    balanced: bool = False,
) -> Linear:
    """`features` (texts, any number) and the number of each text's class. `balanced`: every class weighs the same.
    Raises `ValueError` where there is nothing to learn from."""
    if len(labels) == 0 or classes < 2:
        raise ValueError("A head needs examples of at least two classes: label some more.")
    share = shares(labels, classes, balanced=balanced)[:, None].astype(np.float32)
    target = np.eye(classes, dtype=np.float32)[labels]

    def wrong(logits: Small) -> Small:
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        logits -= target
        logits *= share
        return logits

    # The loss bends at most by half the mean square of the features, which are 1 long, and by the bias's 1.
    weight, bias = _descend(features, classes, wrong, 0.5 * 2, penalty)
    return Linear(weight, bias - bias.mean())


def learn_labels(
    features: npt.NDArray[np.float32], labels: npt.NDArray[np.float32], known: npt.NDArray[np.bool_], penalty: float
) -> Linear:
    """Many labels at once, each by itself: `logits` are those of yes.

    `labels` (texts, labels) are 1 or 0, and count where they are `known`; with and without a label weigh the same.
    """
    of_each = np.where(labels == 1, (labels * known).sum(0), ((1 - labels) * known).sum(0))
    share = (known / np.maximum(of_each, 1) / 2).astype(np.float32)

    def wrong(logits: Small) -> Small:
        logits *= 0.5
        np.tanh(logits, out=logits)
        told: Small = (0.5 + 0.5 * logits - labels) * share
        return told

    return Linear(*_descend(features, labels.shape[1], wrong, 0.25 * 2, penalty))


def _descend(
    features: Small, outputs: int, wrong: Callable[[Small], Small], bend: float, penalty: float
) -> tuple[Floats, Floats]:
    """`weight` (outputs, features) and `bias` of the least loss, whose slope at each logit is `wrong` of the logits and
    which bends at most by `bend`. Features less their mean are never written down: there may be many."""
    mean = features.mean(axis=0)
    size = math.sqrt(max(float(np.einsum("ij,ij->i", features, features).mean() - mean @ mean), 1e-18))
    weight: Small = np.zeros((outputs, features.shape[1]), np.float32)
    bias: Small = np.zeros(outputs, np.float32)
    pushed, leant = np.zeros_like(weight), np.zeros_like(bias)
    rate = 1 / (bend + penalty)
    for _ in range(STEPS):
        ahead, tilted = weight + MOMENTUM * pushed, bias + MOMENTUM * leant
        slope = wrong(features @ (ahead.T / size) + (tilted - ahead @ mean / size))
        total = slope.sum(axis=0)
        pushed = MOMENTUM * pushed - rate * ((slope.T @ features - total[:, None] * mean) / size + penalty * ahead)
        leant = MOMENTUM * leant - rate * total
        weight, bias = weight + pushed, bias + leant
    told: Floats = weight.astype(np.float64) / size
    return told, bias - told @ mean
