"""The held-out texts are what they should be, and the intervals those of the book."""

from __future__ import annotations

import pytest

from amends.triage.figures import interval
from amends.triage.labels import definitions
from amends.triage.labels.measure import by_model, by_rules, held


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


def test_figures_of_rules_are_shares() -> None:
    figures = by_rules()
    assert "rules.legal.surely.recall_low" in figures
    assert all(0 <= value <= 1 for value in figures.values())


def test_a_model_that_knows_is_told_from_one_that_guesses() -> None:
    texts = held()["legal"]
    truth = {one.text: float(one.label) for one in texts}
    knows = by_model(lambda asked: [{"legal": truth[text]} for text in asked], {"legal": 0.5}, "x.")
    assert (knows["x.legal.precision"], knows["x.legal.recall"], knows["x.legal.auc"]) == (1, 1, 1)
    guesses = by_model(lambda asked: [{} for _ in asked], {"legal": 0.5}, "")
    assert (guesses["legal.recall"], guesses["legal.auc"]) == (0, 0.5)
