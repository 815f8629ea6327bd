"""What follows from a threshold, and the threshold that follows from what one wants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.triage.consequence import NEVER, Consequences, coverage
from amends.triage.decide import Threshold

CHANCES = st.lists(st.integers(50, 1000).map(lambda one: one / 1000), max_size=60)


def test_it_is_counted_as_one_would_by_hand() -> None:
    effect = Consequences([0.9, 0.8, 0.5, 0.2], days=2).at(0.5)
    assert effect.told == 1.5
    assert effect.alarms == pytest.approx((0.1 + 0.2 + 0.5) / 2)
    assert effect.missed == pytest.approx(0.2 / 2.4)


def test_of_nothing_nothing_follows() -> None:
    none = Consequences([], days=1)
    assert none.at(0.5) == (0, 0, 0)
    assert (none.miss_at_most(0.05), none.alarms_at_most(5)) == (0, NEVER)
    with pytest.raises(ValueError, match="no time"):
        Consequences([0.5], days=0)


@given(CHANCES, st.floats(0.5, 28), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_tells_less_and_misses_more(
    chances: list[float], days: float, one: float, other: float
) -> None:
    of = Consequences(chances, days)
    low, high = of.at(min(one, other)), of.at(max(one, other))
    assert low.told >= high.told
    assert low.alarms >= high.alarms - 1e-9
    assert low.missed <= high.missed
    assert 0 <= low.missed <= 1 + 1e-9


@given(CHANCES, st.floats(0.5, 28), st.floats(0, 0.9))
def test_no_more_are_missed_and_no_higher_threshold_would_do(chances: list[float], days: float, share: float) -> None:
    of = Consequences(chances, days)
    chosen = of.miss_at_most(share)
    assert of.at(chosen).missed <= share
    assert all(of.at(one).missed > share for one in chances if one > chosen)


@given(CHANCES, st.floats(0.5, 28), st.floats(0, 20))
def test_no_more_alarms_and_no_lower_threshold_would_do(chances: list[float], days: float, a_day: float) -> None:
    of = Consequences(chances, days)
    chosen = of.alarms_at_most(a_day)
    assert of.at(chosen).alarms <= a_day
    assert all(of.at(one).alarms > a_day for one in chances if one < chosen)


def test_accuracy_against_coverage() -> None:
    found = coverage([0.9, 0.7, 0.45, 0.1], [True, False, True, False], Threshold(0.3, 0.6))
    assert found == (4, 0.75, pytest.approx(2 / 3))
    assert coverage([], [], Threshold(0.3, 0.6)) == (0, 0, 0)
    assert coverage([0.5], [True], Threshold(0.3, 0.6)) == (1, 0, 0)
