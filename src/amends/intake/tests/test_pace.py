from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import Budget, Can, Manifest
from amends.intake.pace import SLOWEST_RETRY, pause, retry

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CALM = Manifest(
    name="calm", label="Calm", about="", can=frozenset({Can.POLL}), poll_every=MINUTE, slowest=timedelta(hours=1)
)


def test_while_there_is_news_it_is_asked_as_often_as_is_polite():
    assert pause(CALM, 0.0, 3, None, NOW) == MINUTE


def test_where_there_never_is_any_it_is_asked_rarely():
    assert pause(CALM, 0.0, 0, None, NOW) == timedelta(hours=1)
    assert pause(CALM, 1 / 3600, 0, None, NOW) == timedelta(minutes=15)
    assert pause(CALM, 1.0, 0, None, NOW) == MINUTE


def test_a_channel_that_must_be_quick_stays_quick():
    assert pause(msgspec.structs.replace(CALM, slowest=None), 0.0, 0, None, NOW) == MINUTE


def test_what_is_left_of_a_rate_limit_is_spread_and_some_kept_for_answers():
    assert pause(CALM, 1.0, 1, Budget(300, 300, NOW + timedelta(minutes=5)), NOW) == MINUTE
    assert pause(CALM, 1.0, 1, Budget(300, 61, NOW + timedelta(minutes=5)), NOW) == timedelta(minutes=5)
    assert pause(CALM, 1.0, 1, Budget(300, 0, NOW + timedelta(minutes=5)), NOW) == timedelta(minutes=5)
    assert pause(CALM, 1.0, 1, Budget(300, 0, NOW - MINUTE), NOW) == MINUTE


rates = st.floats(0, 1e6, allow_nan=False)
budgets = st.none() | st.builds(
    Budget,
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(-86_400, 86_400).map(lambda s: NOW + s * MINUTE / 60),
)


@given(rates, rates, st.integers(0, 5), budgets)
def test_more_posts_never_make_it_slower(one, other, brought, budget):
    low, high = sorted((one, other))
    assert pause(CALM, high, brought, budget, NOW) <= pause(CALM, low, brought, budget, NOW)
    assert pause(CALM, low, brought, None, NOW) <= timedelta(hours=1)
    assert pause(CALM, high, brought, budget, NOW) >= MINUTE


@given(st.integers(0, 10**6), st.none() | st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_retry_waits_as_long_as_asked_within_an_hour(failures, asked):
    wait = retry(failures, asked)
    assert timedelta(seconds=1) <= wait <= max(SLOWEST_RETRY, timedelta(hours=1))
    assert asked is None or wait >= min(asked, timedelta(hours=1))
