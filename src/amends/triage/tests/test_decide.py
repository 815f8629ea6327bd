"""Where yes begins, where no ends, and what lies between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.triage.base import Depth
from amends.triage.decide import BY_FAVOUR, SURE, Threshold, Verdict, feeling, shipped
from amends.triage.labels import definitions

CHANCES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("chance", "said"),
    [(0.0, "no"), (0.29, "no"), (0.3, "unsure"), (0.59, "unsure"), (0.6, "yes"), (1.0, "yes")],
)
def test_the_ends_belong_to_the_higher_verdict(chance: float, said: str) -> None:
    assert Threshold(0.3, 0.6).verdict(chance) == said


@given(CHANCES, CHANCES, st.tuples(CHANCES, CHANCES).map(sorted))
def test_a_likelier_label_is_never_told_less(one: float, other: float, bounds: list[float]) -> None:
    threshold, rank = Threshold(*bounds), [Verdict.NO, Verdict.UNSURE, Verdict.YES]
    low, high = sorted((one, other))
    assert rank.index(threshold.verdict(low)) <= rank.index(threshold.verdict(high))


def test_what_favours_recall_is_told_earlier() -> None:
    recall, both, precision = (BY_FAVOUR[favour] for favour in ("recall", "both", "precision"))
    assert recall.yes < both.yes < precision.yes
    assert all(0 < one.no <= one.yes < 1 for one in BY_FAVOUR.values())


def test_the_thresholds_that_come_with_the_models_are_of_labels_that_there_are() -> None:
    assert set(shipped()) == {Depth.FAST, Depth.DEEP}
    for labels in shipped().values():
        assert set(labels) <= set(definitions())
        assert all(0 <= one.no <= one.yes <= 1 for one in labels.values())


@pytest.mark.parametrize(
    ("chances", "said"),
    [
        ((0.6, 0.3, 0.1), "negative"),
        ((0.1, 0.5, 0.4), "neutral"),
        ((0.2, 0.2, 0.6), "positive"),
        ((SURE, 0.3, 0.3), "negative"),
        ((0.34, 0.33, 0.33), "unsure"),
    ],
)
def test_a_feeling_is_told_where_it_is_the_surest_by_far(chances: tuple[float, float, float], said: str) -> None:
    assert feeling(*chances) == said
