"""Calibration: a temperature and a bias for each class that make held-out labels likeliest.

Vector scaling without its matrix (Guo et al., On Calibration of Modern Neural Networks, 2017). With `balanced` every
class weighs the same, so that the most probable class is the best choice where classes count alike (macro-recall).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from amends.triage.chances import Scaling, sigmoid, softmax

Floats = npt.NDArray[np.float64]
STEPS = 3_000
RATE = 0.2
STILL = 1e-7  # slope below which nothing moves any more
NEWTON = 60  # steps of two numbers, none longer than 1
HELD_BACK = 0.1


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
        tilt, lean = float((wrong * logits).sum()), wrong.sum(axis=0)
        sharpness = max(sharpness - RATE * tilt, 0.05)
        bias -= RATE * lean
        if max(abs(tilt), float(np.abs(lean).max())) < STILL:
            break
    return Scaling(1 / sharpness, tuple(float(one) for one in bias - bias.mean()))


def calibrated_label(logits: Floats, labels: npt.NDArray[np.int64], share: float | None = None) -> Scaling:
    """For the logits (texts) of yes against no: Platt's scaling (1999), by Newton's steps, a little held back so that
    labels that logits part without a mistake do not run away. `share`: of how many texts yes is to be thought, where
    those at hand don't tell how many there are."""
    weight = np.ones(len(labels))
    if share is not None and 0 < labels.sum() < len(labels):
        weight = np.where(labels == 1, share / labels.mean(), (1 - share) / (1 - labels.mean()))
    inputs = np.stack([logits, np.ones_like(logits)], axis=1)
    found = np.array([1.0, 0.0])
    for _ in range(NEWTON):
        yes = sigmoid(inputs @ found)
        slope = inputs.T @ (weight * (yes - labels)) + HELD_BACK * (found - (1.0, 0.0))
        bend = (inputs * (weight * yes * (1 - yes))[:, None]).T @ inputs + HELD_BACK * np.eye(2)
        step = np.linalg.solve(bend, slope)
        found = found - step * min(1.0, 1.0 / max(float(np.abs(step).max()), 1e-9))
    sharpness = max(float(found[0]), 0.05)
    return Scaling(1 / sharpness, (float(found[1]),))
