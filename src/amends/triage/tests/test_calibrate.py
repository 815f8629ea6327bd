"""Probabilities that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from amends.triage.calibrate import calibrated
from amends.triage.evaluate import calibration_error
from amends.triage.sentiment import softmax


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
    temperature, found = calibrated(logits, labels, balanced=False)
    assert 1 / temperature == pytest.approx(sharpness, rel=0.1)
    assert np.allclose(found, np.array(bias) - np.mean(bias), atol=0.15)
    assert calibration_error(labels, softmax(logits / temperature + np.array(found))) < 0.03


def test_balanced_no_class_is_overlooked_for_being_rare() -> None:
    logits, labels = drawn(1.0, [2.0, 0.0, 0.0])
    _, plain = calibrated(logits, labels, balanced=False)
    _, even = calibrated(logits, labels, balanced=True)
    assert plain[0] > even[0] + 0.5
    assert abs(sum(even)) < 1e-9


@pytest.mark.parametrize("labels", [[0, 0, 0], [2, 2, 2]])
def test_classes_without_an_example_break_nothing(labels: list[int]) -> None:
    temperature, bias = calibrated(np.zeros((3, 3)), np.array(labels), balanced=True)
    assert temperature > 0
    assert len(bias) == 3
