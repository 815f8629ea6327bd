"""The held-out texts are what they should be, and the intervals those of the book."""

from __future__ import annotations

import pytest

from amends.triage.labels import definitions
from amends.triage.labels.measure import held, interval, measure


def test_the_held_out_texts_are_enough_and_each_there_once() -> None:
    for label, texts in held().items():
        assert label in definitions()
        assert sum(one.label == 1 for one in texts) >= 60, label
        assert sum(one.label == 0 for one in texts) >= 120, label
        assert len({one.text.lower() for one in texts}) == len(texts), label
        assert all(one.label in (0, 1) for one in texts), label


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(0, 0, 0, 1), (0, 10, 0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1)]
)
def test_an_interval_is_as_wide_as_the_texts_are_few(hits: int, of: int, low: float, high: float) -> None:
    assert interval(hits, of) == pytest.approx((low, high), abs=1e-3)


def test_figures_are_shares() -> None:
    figures = measure()
    assert all(0 <= value <= 1 for name, value in figures.items() if "." in name and name.count(".") == 2)
