"""Calibration: a temperature and a bias for each class that make held-out labels likeliest.

Vector scaling without its matrix (Guo et al., On Calibration of Modern Neural Networks, 2017). With `balanced` every
class weighs the same, so that the most probable class is the best choice where classes count alike (macro-recall).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from amends.triage.chances import Scaling, softmax

Floats = npt.NDArray[np.float64]
STEPS = 3_000
RATE = 0.2


def shares(labels: npt.NDArray[np.int64], classes: int, *, balanced: bool) -> Floats:
    """How much each text weighs: together 1; `balanced`, every class as much as any other."""
    count = np.maximum(np.bincount(labels, minlength=classes), 1)
    weight = (len(labels) / classes / count)[labels] if balanced else np.ones(len(labels))
    share: Floats = weight / weight.sum()
    return share


def calibrated(logits: Floats, labels: npt.NDArray[np.int64], *, balanced: bool) -> Scaling:
    """For logits (texts, classes), with biases whose mean is 0: gradient descent on a convex loss."""
    classes = logits.shape[1]
    target = np.eye(classes)[labels]
    share = shares(labels, classes, balanced=balanced)[:, None]
    sharpness, bias = 1.0, np.zeros(classes)
    for _ in range(STEPS):
        wrong = (softmax(sharpness * logits + bias) - target) * share
        sharpness = max(sharpness - RATE * float((wrong * logits).sum()), 0.05)
        bias -= RATE * wrong.sum(axis=0)
    return Scaling(1 / sharpness, tuple(float(one) for one in bias - bias.mean()))


def calibrated_label(logits: Floats, labels: npt.NDArray[np.int64]) -> Scaling:
    """For the logits (texts) of yes against no."""
    found = calibrated(np.stack([np.zeros_like(logits), logits], axis=1), labels, balanced=False)
    no, yes = found.bias
    return Scaling(found.temperature, (yes - no,))
