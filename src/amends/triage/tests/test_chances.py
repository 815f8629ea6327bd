from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.triage.chances import Chances, Scaling, pooled, scaled_each, sigmoid, softmax, together


def test_softmax_rows_are_shares() -> None:
    shares = softmax(np.array([[0.0, 0.0, 0.0], [1000.0, 0.0, -1000.0]]))
    assert shares[0] == pytest.approx([1 / 3] * 3)
    assert shares[1] == pytest.approx([1, 0, 0])


def test_sigmoid_is_softmax_of_two() -> None:
    logits = np.array([-900.0, -2.0, 0.0, 0.5, 900.0])
    assert sigmoid(logits) == pytest.approx(softmax(np.stack([np.zeros(5), logits], axis=1))[:, 1])


def test_scaling_divides_then_adds() -> None:
    assert Scaling(2.0, (1.0, -1.0))(np.array([[4.0, 6.0]])).tolist() == [[3.0, 2.0]]
    assert Scaling()(np.array([[4.0, 6.0]])).tolist() == [[4.0, 6.0]]


def test_each_column_is_scaled_by_its_own() -> None:
    logits = np.array([[4.0, 6.0], [2.0, 0.0]])
    assert scaled_each(logits, (Scaling(2.0, (1.0,)), Scaling())).tolist() == [[3.0, 6.0], [2.0, 0.0]]
    assert scaled_each(logits[:, :0], ()).shape == (2, 0)


def test_batches_come_together_in_order() -> None:
    parts = [Chances(("a",), np.full((n, 3), n), np.full((n, 4), n), np.full((n, 1), n)) for n in (1, 2)]
    assert together(parts).labels.tolist() == [[1], [2], [2]]
    assert together(parts).sentiment.shape == (3, 3)


def chances(name: str, *yes: float) -> Chances:
    label = np.array([[one] for one in yes])
    sure = np.concatenate([label, (1 - label) / 2, (1 - label) / 2], axis=1)
    return Chances((name,), sure, np.full((len(yes), 4), 0.25), label)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_two_opinions_pool_between_them(one: float, other: float, share: float) -> None:
    both = pooled(chances("late", one), chances("late", other), share)
    low, high = sorted((one, other))
    assert low - 1e-6 <= both.labels[0, 0] <= high + 1e-6
    assert both.sentiment.sum() == pytest.approx(1)
    assert both.emotions[0] == pytest.approx([0.25] * 4)


def test_the_share_says_whose_opinion_counts() -> None:
    one, other = chances("late", 0.9, 0.2), chances("late", 0.1, 0.2)
    assert pooled(one, other, 0.0).labels[:, 0] == pytest.approx([0.9, 0.2])
    assert pooled(one, other, 1.0).labels[:, 0] == pytest.approx([0.1, 0.2])
    assert pooled(one, other, 0.5).labels[:, 0] == pytest.approx([0.5, 0.2])


def test_opinions_on_other_labels_do_not_pool() -> None:
    with pytest.raises(ValueError, match="Train them together"):
        pooled(chances("late", 0.5), chances("lost", 0.5), 0.5)
