from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.feeds.document import Rhythm
from amends.channels.feeds.rhythm import LONGEST, modified, not_before

NOW = datetime(2026, 7, 7, 12, 30, tzinfo=UTC)  # a Tuesday
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DATE = format_datetime(NOW, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"cache-control": "max-age=600"}, 10 * MINUTE),
        ({"cache-control": "public, Max-Age=600, must-revalidate", "age": "300"}, 5 * MINUTE),
        ({"cache-control": "max-age=600", "age": "900"}, None),
        ({"cache-control": "no-cache, max-age=600"}, None),
        ({"cache-control": "s-maxage=600"}, None),  # is for caches that many share
        ({"cache-control": "max-age=31536000"}, LONGEST),
        ({"cache-control": "max-age=soon"}, None),
        ({"date": DATE, "expires": format_datetime(NOW + HOUR, usegmt=True)}, HOUR),
        ({"date": DATE, "expires": "0"}, None),
        ({"date": DATE, "expires": format_datetime(NOW + HOUR), "cache-control": "max-age=60"}, MINUTE),
    ],
)
def test_an_answer_says_how_long_it_is_fresh(headers, wait):
    assert not_before(headers, Rhythm(), NOW, pushed=False) == (wait and NOW + wait)


def test_the_longer_of_what_is_wished_counts():
    headers = {"cache-control": "max-age=600"}
    assert not_before(headers, Rhythm(60), NOW, pushed=False) == NOW + HOUR
    assert not_before(headers, Rhythm(5), NOW, pushed=False) == NOW + 10 * MINUTE
    assert not_before(headers, Rhythm(5), NOW, pushed=True) == NOW + 30 * MINUTE


def test_skipped_hours_and_days_are_skipped():
    assert not_before({}, Rhythm(0, (12, 13)), NOW, pushed=False) == NOW.replace(hour=14, minute=0)
    assert not_before({}, Rhythm(0, (3,)), NOW, pushed=False) is None
    assert not_before({}, Rhythm(60, (13,), (1,)), NOW, pushed=False) == datetime(2026, 7, 8, tzinfo=UTC)


def test_who_skips_everything_means_something_else():
    assert not_before({}, Rhythm(10, tuple(range(24))), NOW, pushed=False) == NOW + 10 * MINUTE


@given(
    st.integers(0, 10**8), st.sets(st.integers(0, 23)), st.sets(st.integers(0, 6)), st.integers(0, 10**6), st.booleans()
)
def test_it_is_never_before_the_wish_nor_for_ever(age, hours, days, minutes, pushed):
    found = not_before(
        {"cache-control": f"max-age={age}"}, Rhythm(minutes, tuple(hours), tuple(days)), NOW, pushed=pushed
    )
    wish = min(timedelta(seconds=age), LONGEST)
    assert (found or NOW) >= NOW + wish
    assert (found or NOW) <= NOW + LONGEST + timedelta(days=7, hours=1)


def test_a_date_that_is_as_young_as_the_answer_is_not_asked_with():
    old = format_datetime(NOW - HOUR, usegmt=True)
    assert modified({"last-modified": old, "date": DATE}) == old
    assert modified({"last-modified": DATE, "date": DATE}) == ""
    assert modified({"last-modified": "yesterday", "date": DATE}) == ""
    assert modified({"last-modified": old}) == ""
