from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amends.channels.base import Rejected, RetryLater
from amends.channels.reviews_google_play.cursor import REMEMBERED, Cursor
from amends.channels.reviews_google_play.tests.server import APP, refusal

NOW = datetime.now(UTC)


async def poll(channel, cursor="", now=NOW):
    batches = [batch async for batch in channel.poll(cursor, (), now)]
    return [post for batch in batches for post in batch.posts], batches[-1]


def gets(google):
    return [one for one in google.asked if one.startswith("GET")]


async def test_a_poll_without_news_is_one_call(google, connected):
    for number in range(250):
        google.write(f"bag {number}")
    async with connected() as channel:
        posts, last = await poll(channel)
        assert len({post.id for post in posts}) == 250 and len(gets(google)) == 3
        google.asked.clear()
        assert (await poll(channel, last.cursor))[0] == []
        assert len(gets(google)) == 1


async def test_one_that_was_changed_comes_again_with_a_greater_stamp(google, connected):
    name = google.write("It works.", stars=5)
    async with connected() as channel:
        (first,), last = await poll(channel)
        google.write("It broke.", name)
        (second,), _ = await poll(channel, last.cursor)
    assert second.id == first.id and second.stamp > first.stamp and second.text == "It broke." and second.stars == 1


async def test_thumbs_come_without_a_new_version(google, connected):
    google.write("It broke.")
    async with connected() as channel:
        (first,), last = await poll(channel)
        google.reviews[0]["comments"][0]["userComment"]["thumbsUpCount"] = 8
        (second,), _ = await poll(channel, last.cursor)
    assert second.stamp == first.stamp and second.engagement.likes == 8


async def test_an_answer_given_in_the_play_console_is_heard(google, connected):
    google.write("It broke.")
    async with connected() as channel:
        _, last = await poll(channel)
        answer = {"text": "Sorry!", "lastModified": google.now()}
        google.reviews[0]["comments"].append({"developerComment": answer})
        posts, _ = await poll(channel, last.cursor)
    assert [post.text for post in posts] == ["It broke.", "Sorry!"]
    assert posts[1].author.id == APP


async def test_the_period_tells_no_more_than_google_holds(google, connected):
    google.write("bag")
    async with connected() as channel:
        _, first = await poll(channel)
        week = timedelta(days=7)
        assert (first.covered[0].start, first.covered[0].end) == (NOW - week, NOW)
        later = NOW + timedelta(minutes=5)
        _, second = await poll(channel, first.cursor, later)
        assert (second.covered[0].start, second.covered[0].end) == (NOW, later)
        after_a_month = NOW + timedelta(days=30)
        _, third = await poll(channel, first.cursor, after_a_month)
        assert third.covered[0].start == after_a_month - week  # what was written before that is lost, and said to be


async def test_the_cursor_stays_small(google, connected):
    for number in range(700):
        google.write(f"bag {number}")
    async with connected() as channel:
        posts, last = await poll(channel)
        assert len(posts) == 700
        assert len(Cursor.parse(last.cursor).seen) == REMEMBERED and len(last.cursor) < 8_000
        google.write("one more")
        posts, _ = await poll(channel, last.cursor)
    assert [post.text for post in posts] == ["one more"]


@pytest.mark.parametrize("cursor", ["", "x", "[]", '{"seen": 5}', '{"heard":"2026-01-01"}', "\ud800"])
async def test_a_cursor_that_cannot_be_read_begins_anew(google, connected, cursor):
    google.write("bag")
    async with connected() as channel:
        assert len((await poll(channel, cursor))[0]) == 1


async def test_the_translation_is_asked_for_only_when_wanted(google, connected):
    google.write("Kaputt.")
    async with connected(translation="en-GB") as channel:
        (post,), _ = await poll(channel)
    assert post.text == "Kaputt." and post.folded == "Translation: (Kaputt.)"


async def test_a_quota_that_is_used_up_is_waited_for(google, connected):
    google.faults = [refusal(403, "Quota exceeded.", "RESOURCE_EXHAUSTED", "rateLimitExceeded")]
    async with connected() as channel:
        with pytest.raises(RetryLater, match="in an hour") as error:
            await poll(channel)
    assert error.value.after == timedelta(hours=1)


async def test_one_that_cannot_be_read_is_set_aside_once(google, connected):
    google.write("bag 1")
    google.write("bag 2")
    google.reviews[0]["comments"] = "broken"
    async with connected() as channel:
        batches = [batch async for batch in channel.poll("", (), NOW)]
        assert [post.text for post in batches[0].posts] == ["bag 1"]
        assert ["comment" in one.reason for one in batches[0].malformed] == [True]
        assert [batch.malformed async for batch in channel.poll(batches[-1].cursor, (), NOW)] == [()]


async def test_what_breaks_in_the_middle_moves_no_cursor(google, connected):
    for number in range(150):
        google.write(f"bag {number}")
    heard = []
    async with connected() as channel:
        with pytest.raises(Rejected):
            async for batch in channel.poll("", (), NOW):
                heard.append(batch)
                google.faults = [refusal(400, "Bad token.", "INVALID_ARGUMENT")]
    assert [len(batch.posts) for batch in heard] == [100] and heard[0].cursor is None


async def test_a_time_in_the_future_hides_nothing_that_comes_later(google, connected):
    google.write("from the future")
    google.reviews[0]["comments"][0]["userComment"]["lastModified"] = {"seconds": "3786912000"}
    async with connected() as channel:
        _, last = await poll(channel)
        google.write("from today")
        posts, _ = await poll(channel, last.cursor)
    assert "from today" in [post.text for post in posts]
