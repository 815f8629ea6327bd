from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import BadData, Deletion, Post, Reading
from amends.channels.demo import connect, day, due
from amends.channels.demo.script import written

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
END = START + timedelta(minutes=12)


def everything(now, cursor="", speed=120.0):
    batches = []
    while (batch := due(cursor, START, speed, now)).cursor != (cursor or "0"):
        cursor = batch.cursor
        batches.append(batch)
    return batches


def posts(batches):
    return [post for batch in batches for post in batch.posts]


def test_the_schedule_is_the_same_each_time_and_in_order():
    day.cache_clear()
    first = day(START, 120.0)
    day.cache_clear()
    assert day(START, 120.0) == first
    moments = [happening.at for happening in first]
    assert moments == sorted(moments)
    assert moments[-1] <= END


def test_every_post_is_whole_and_every_parent_came_before():
    known, roots = set(), {}
    for at, what in day(START, 120.0):
        if isinstance(what, Post):
            assert what.edited or what.id not in known
            assert not what.parent or what.parent in known
            roots[what.id] = roots.get(what.parent, what.id)
            assert what.thread == roots[what.id]
            assert (what.edited or what.created) == at
            known.add(what.id)
        else:
            assert what.id in known
    assert len(known) == sum(bool(line.id) for line in written().lines)


def test_the_desk_is_not_empty_when_it_opens():
    opened = posts(everything(START))
    assert len(opened) >= 40
    assert all(post.created <= START for post in opened)
    assert min(post.created for post in opened) < START - timedelta(days=2)


def test_an_edit_is_newer_and_tells_of_itself():
    versions = [what for _, what in day(START, 120.0) if isinstance(what, Post) and what.id.endswith(":gwen-1")]
    assert [post.stars for post in versions] == [2, 4]
    assert versions[0].stamp < versions[1].stamp
    assert (versions[0].created, versions[1].edited) == (versions[1].created, day_at(versions[1]))


def day_at(post):
    return next(at for at, what in day(START, 120.0) if what is post)


def test_counts_never_fall():
    last = {}
    for _, what in day(START, 120.0):
        if isinstance(what, Reading):
            counts = what.engagement
            for name in ("likes", "reshares", "replies", "views"):
                count = getattr(counts, name)
                assert count is None or count >= last.get((what.id, name), 0), (what.id, name)
                last[what.id, name] = count or last.get((what.id, name), 0)


def test_the_film_spreads_within_minutes():
    film = [what for _, what in day(START, 1.0) if isinstance(what, Reading) and what.id.endswith(":b7")]
    first, last = film[0].engagement, film[3].engagement
    assert last.seen - first.seen < timedelta(minutes=15)
    assert last.reshares > 20 * first.reshares


@given(st.lists(st.integers(0, 800), max_size=8).map(sorted), st.sampled_from([1.0, 120.0, 3600.0]))
def test_polled_at_any_moments_nothing_is_missed_or_told_twice(seconds, speed):
    heard, cursor, moments = [], "", [START + timedelta(seconds=second) for second in seconds]
    for now in [*moments, START + timedelta(days=2)]:
        for batch in everything(now, cursor, speed):
            heard += [*batch.posts, *batch.deletions, *batch.readings]
            cursor = batch.cursor
            ids = [post.id for post in (*batch.posts, *batch.deletions)]
            assert len(set(ids)) == len(ids)
    whole = [what for _, what in day(START, speed)]
    assert sorted(map(repr, heard)) == sorted(map(repr, whole))


def test_two_replays_are_two_days():
    later = START + timedelta(hours=1)
    ids = {what.id for _, what in day(START, 120.0)} & {what.id for _, what in day(later, 120.0)}
    assert not ids


def test_all_kinds_of_happenings_are_there():
    assert {type(what) for _, what in day(START, 120.0)} == {Post, Deletion, Reading}


async def test_poll_says_what_it_has_heard():
    channel = connect({"start": START.isoformat(), "speed": "120"}, None)
    batches = [batch async for batch in channel.poll("", (), END)]
    assert len(posts(batches)) == len(posts(everything(END)))
    assert batches[-1].covered[0].end == END
    assert "12 minutes" in (await channel.check()).note


async def test_a_start_that_is_none_is_told():
    with pytest.raises(BadData, match="2026-11-22T09:00:00Z"):
        await connect({"start": "now"}, None).check()
