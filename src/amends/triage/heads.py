"""Linear heads on frozen features: multinomial logistic regression, learnt in seconds from a few texts or many.

Gradient descent with Nesterov's momentum on features of mean 0 and length about 1, with an L2 penalty; the loss is
convex, so that neither chance nor a seed has a part in what is learnt.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from amends.triage.calibrate import shares
from amends.triage.chances import softmax

Floats = npt.NDArray[np.float64]
STEPS = 400
MOMENTUM = 0.95


class Linear(msgspec.Struct, frozen=True):
    """`weight` (classes, features) and `bias` (classes), for features from which `mean` is taken away."""

    mean: Floats
    weight: Floats
    bias: Floats

    def logits(self, features: npt.NDArray[np.float32]) -> Floats:
        """(texts, classes)."""
        told: Floats = (features - self.mean) @ self.weight.T + self.bias
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
    """`features` (texts, 384) and the number of each text's class. `balanced`: every class weighs the same. Raises
    `ValueError` where there is nothing to learn from."""
    if len(labels) == 0 or classes < 2:
        raise ValueError("A head needs examples of at least two classes: label some more.")
    mean = features.mean(axis=0, dtype=np.float64)
    centred = features - mean
    size = max(float(np.sqrt((centred**2).sum(axis=1).mean())), 1e-9)
    centred = (centred / size).astype(np.float64)
    share = shares(labels, classes, balanced=balanced)[:, None]
    target = np.eye(classes)[labels]
    weight, bias = np.zeros((classes, features.shape[1])), np.zeros(classes)
    pushed, leant = np.zeros_like(weight), np.zeros_like(bias)
    # The loss bends at most by half the mean square of the features, which are 1 long, and by the bias's 1.
    rate = 1 / (0.5 * 2 + penalty)
    for _ in range(STEPS):
        ahead, tilted = weight + MOMENTUM * pushed, bias + MOMENTUM * leant
        wrong = (softmax(centred @ ahead.T + tilted) - target) * share
        pushed = MOMENTUM * pushed - rate * (wrong.T @ centred + penalty * ahead)
        leant = MOMENTUM * leant - rate * wrong.sum(axis=0)
        weight, bias = weight + pushed, bias + leant
    return Linear(mean, weight / size, bias - bias.mean())


def learn_labels(
    features: npt.NDArray[np.float32], labels: npt.NDArray[np.float32], known: npt.NDArray[np.bool_], penalty: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Many labels at once, each by itself: `weight` (labels, features) and `bias` (labels) of the logits of yes.

    `labels` (texts, labels) are 1 or 0, and count where they are `known`; with and without a label weigh the same. The
    same descent as `learn`, in one multiplication for all of them.
    """
    mean = features.mean(axis=0)
    centred = features - mean
    size = max(float(np.sqrt((centred**2).sum(axis=1).mean())), 1e-9)
    centred /= size
    share = known / np.maximum(np.where(labels == 1, (labels * known).sum(0), ((1 - labels) * known).sum(0)), 1) / 2
    weight, bias = np.zeros((labels.shape[1], features.shape[1]), np.float32), np.zeros(labels.shape[1], np.float32)
    pushed, leant = np.zeros_like(weight), np.zeros_like(bias)
    rate = 1 / (0.25 * 2 + penalty)
    for _ in range(STEPS):
        ahead, tilted = weight + MOMENTUM * pushed, bias + MOMENTUM * leant
        wrong = ((0.5 + 0.5 * np.tanh(0.5 * (centred @ ahead.T + tilted)) - labels) * share).astype(np.float32)
        pushed = MOMENTUM * pushed - rate * (wrong.T @ centred + penalty * ahead)
        leant = MOMENTUM * leant - rate * wrong.sum(axis=0)
        weight, bias = weight + pushed, bias + leant
    weight = weight / size
    return weight, bias - weight @ mean
