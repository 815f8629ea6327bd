from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from amends.channels.bluesky.ids import Uri, following, instant, like_key, split, tid
from amends.channels.bluesky.parse import notification, page, read
from amends.channels.bluesky.tests.server import fixture
from amends.channels.foreign import microseconds

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # as hypothesis wants
SALTS = st.integers(0, 1 << 62)


@given(MOMENTS, SALTS)
def test_a_key_is_a_tid(now, salt):
    # The pattern of https://atproto.com/specs/tid.
    assert re.fullmatch(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}", tid(now, salt))


def test_our_keys_sort_among_those_that_the_reference_server_makes():
    minute = timedelta(minutes=1)
    for item in read(page(fixture("notifications.json"), "notifications")[0], notification):
        post, rkey = item.post, split(item.key).rkey
        assert tid(post.created - minute, 0) < rkey < tid(post.created + minute, 0)


@given(MOMENTS, MOMENTS, SALTS, SALTS)
def test_keys_of_different_replies_differ_and_sort_by_time(first, second, one, other):
    step = timedelta(milliseconds=1)
    if abs(first - second) >= 2 * step:
        assert (tid(first, one) < tid(second, other)) == (first < second)
    elif one % 1_024_000 != other % 1_024_000:
        assert tid(first, one) != tid(first, other)


@given(MOMENTS)
def test_instants_keep_their_microseconds(moment):
    assert instant(microseconds(moment)) == moment


def test_addresses():
    uri = "at://did:plc:abc/app.bsky.feed.post/3k2"
    assert split(uri) == Uri("did:plc:abc", "app.bsky.feed.post", "3k2")
    assert str(split(uri)) == uri
    for wrong in (
        "",
        "at://alice.test/app.bsky.feed.post/3k2",
        uri + "/x",
        uri + "\n",
        "at://did:plc:abc",
        uri.upper(),
    ):
        assert split(wrong) is None


@given(MOMENTS, SALTS, st.integers(0, 20))
def test_the_keys_of_a_replys_parts_sort_and_are_nobody_elses(now, salt, steps):
    key = tid(now, salt)
    assert following(key, steps) == tid(now + timedelta(milliseconds=steps), salt)


@given(st.text(), st.text())
def test_each_post_has_one_like_with_a_key_that_is_shown(uri, other):
    assert re.fullmatch(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}", like_key(uri))
    assert (like_key(uri) == like_key(other)) == (uri == other)
