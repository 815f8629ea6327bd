"""Probabilities that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from amends.triage.calibrate import calibrated, calibrated_label
from amends.triage.chances import sigmoid, softmax
from amends.triage.figures import calibration_error


def drawn(sharpness: float, bias: list[float], size: int = 6_000) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn from what they are worth: softmax(sharpness * logits + bias)."""
    chance = np.random.default_rng(7)
    logits = chance.normal(0, 2, (size, len(bias)))
    shares = softmax(sharpness * logits + np.array(bias)).cumsum(axis=1)
    return logits, (chance.random(size)[:, None] > shares).sum(axis=1).clip(max=len(bias) - 1)


@pytest.mark.parametrize("sharpness", [0.4, 1.0, 1.6])
@pytest.mark.parametrize("bias", [[0.0, 0.0], [1.0, 0.0, -1.0], [0.3, 0.3, -0.2, -0.4]])
def test_it_finds_what_made_the_labels(sharpness: float, bias: list[float]) -> None:
    logits, labels = drawn(sharpness, bias)
    found = calibrated(logits, labels, balanced=False)
    assert 1 / found.temperature == pytest.approx(sharpness, rel=0.1)
    assert np.allclose(found.bias, np.array(bias) - np.mean(bias), atol=0.15)
    assert calibration_error(labels, softmax(found(logits))) < 0.03


def test_balanced_no_class_is_overlooked_for_being_rare() -> None:
    logits, labels = drawn(1.0, [2.0, 0.0, 0.0])
    plain = calibrated(logits, labels, balanced=False).bias
    even = calibrated(logits, labels, balanced=True).bias
    assert plain[0] > even[0] + 0.5
    assert abs(sum(even)) < 1e-9


@pytest.mark.parametrize("labels", [[0, 0, 0], [2, 2, 2]])
def test_classes_without_an_example_break_nothing(labels: list[int]) -> None:
    found = calibrated(np.zeros((3, 3)), np.array(labels), balanced=True)
    assert found.temperature > 0
    assert len(found.bias) == 3


def test_a_label_is_calibrated_by_one_logit() -> None:
    logits, labels = drawn(0.5, [0.0, 1.0])
    scaled = calibrated_label(logits[:, 1] - logits[:, 0], labels)((logits[:, 1] - logits[:, 0])[:, None])
    yes = sigmoid(scaled)
    assert calibration_error(labels, np.concatenate([1 - yes, yes], axis=1)) < 0.03
