from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.reach import silent, update_rate
from amends.reach.silence import FLOOR, HALF_LIFE

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPANS = st.timedeltas(timedelta(0), timedelta(days=30))
RATES = st.floats(0, 100)


@given(st.timedeltas(timedelta(0), FLOOR - timedelta(microseconds=1)), RATES)
def test_no_short_silence_counts(quiet: timedelta, rate: float) -> None:
    assert not silent(NOON - quiet, rate, NOON)


@given(SPANS)
def test_of_a_source_without_a_rhythm_nothing_was_expected(quiet: timedelta) -> None:
    assert not silent(NOON - quiet, 0.0, NOON)


@given(SPANS, SPANS, RATES)
def test_a_silence_once_reported_stays_one(quiet: timedelta, longer: timedelta, rate: float) -> None:
    if silent(NOON - quiet, rate, NOON):
        assert silent(NOON - quiet, rate, NOON + longer)


@pytest.mark.parametrize(("minutes", "found"), [(50, False), (60, True)])
def test_ten_posts_an_hour_fall_silent_within_the_hour(minutes: int, found: bool) -> None:
    assert silent(NOON - timedelta(minutes=minutes), 10 / 3600, NOON) is found


def test_a_busy_source_is_silent_at_the_floor() -> None:
    assert silent(NOON - FLOOR, 5.0, NOON)


def test_the_rhythm_forgets_by_half_in_a_half_life() -> None:
    assert update_rate(1.0, 0, HALF_LIFE) == pytest.approx(0.5)
    assert update_rate(0.0, 3600, timedelta(hours=1)) == pytest.approx(1 - 2 ** (-1 / 6))


@given(RATES, st.integers(0, 1000), st.integers(1, 50))
def test_many_short_polls_and_one_long_come_to_the_same(rate: float, posts: int, polls: int) -> None:
    short = rate
    for _ in range(polls):
        short = update_rate(short, posts, timedelta(minutes=1))
    assert short == pytest.approx(update_rate(rate, posts * polls, timedelta(minutes=polls)))


@given(RATES, st.integers(0, 1000), SPANS)
def test_a_rate_lies_between_the_old_and_what_was_seen(rate: float, posts: int, elapsed: timedelta) -> None:
    new = update_rate(rate, posts, elapsed)
    if elapsed <= timedelta(0):
        assert new == rate
    else:
        seen = posts / elapsed.total_seconds()
        assert min(rate, seen) * 0.999 <= new <= max(rate, seen) * 1.001
