"""Heads on frozen features: what can be told apart by a line is, and the same examples teach the same."""

from __future__ import annotations

import numpy as np
import pytest

from amends.triage.heads import learn, learn_labels


def clouds(classes: int, each: int, apart: float) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(3)
    centres = chance.normal(0, apart, (classes, 20))
    labels = np.repeat(np.arange(classes), each)
    return (centres[labels] + chance.normal(0, 1, (len(labels), 20)) + 5).astype(np.float32), labels


@pytest.mark.parametrize("classes", [2, 5, 30])
def test_what_lies_apart_is_told_apart(classes: int) -> None:
    features, labels = clouds(classes, 30, 3)
    head = learn(features[::2], labels[::2], classes)
    chances = head.chances(features[1::2])
    assert np.allclose(chances.sum(axis=1), 1)
    assert (chances.argmax(axis=1) == labels[1::2]).mean() > 0.97


def test_it_goes_as_far_as_the_penalty_lets_it() -> None:
    """At the minimum the gradient of the penalised loss is none."""
    features, labels = clouds(3, 40, 0.3)
    penalty = 0.01
    head = learn(features, labels, 3, penalty=penalty)
    centred = features - features.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=1).mean())
    wrong = (head.chances(features) - np.eye(3)[labels]) / len(labels)
    gradient = wrong.T @ (centred / size) + penalty * head.weight * size
    assert np.abs(gradient).max() < 1e-4
    assert np.abs(wrong.sum(axis=0)).max() < 1e-4


def test_balanced_a_rare_class_is_found() -> None:
    features, labels = clouds(2, 500, 0.25)
    rare = np.concatenate([np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)[:15]])
    plain = learn(features[rare], labels[rare], 2)
    even = learn(features[rare], labels[rare], 2, balanced=True)
    found = [(head.chances(features[labels == 1]).argmax(axis=1) == 1).mean() for head in (plain, even)]
    assert found[1] > found[0]


def test_a_dozen_examples_are_enough_to_begin() -> None:
    features, labels = clouds(2, 6, 2)
    assert (learn(features, labels, 2).chances(features).argmax(axis=1) == labels).all()


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(ValueError, match="two classes"):
        learn(np.zeros((0, 20), np.float32), np.zeros(0, np.int64), 2)
    with pytest.raises(ValueError, match="two classes"):
        learn(np.zeros((3, 20), np.float32), np.zeros(3, np.int64), 1)


def test_features_that_say_nothing_break_nothing() -> None:
    head = learn(np.ones((4, 20), np.float32), np.array([0, 0, 0, 1]), 2)
    assert head.chances(np.ones((1, 20), np.float32))[0] == pytest.approx([0.75, 0.25], abs=0.02)


def test_many_labels_are_learnt_as_each_would_be_alone() -> None:
    features, classes = clouds(3, 60, 1)
    labels = np.eye(3, dtype=np.float32)[classes]
    known = np.ones(labels.shape, bool)
    known[::5, 1] = False  # nobody knows whether these have the second
    labels[::5, 1] = 1 - labels[::5, 1]
    told_of_all = learn_labels(features, labels, known, 0.01).logits(features)
    for label in range(3):
        rows = known[:, label]
        alone = learn(features[rows], labels[rows, label].astype(int), 2, penalty=0.01, balanced=True)
        told = told_of_all[:, label]
        assert ((told > 0) == (alone.chances(features).argmax(axis=1) == 1)).mean() > 0.97
        truth = np.eye(3)[classes][:, label]
        assert ((told > 0) == truth).mean() > 0.9
