from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amends.channels.base import Act, LogInAgain, Outgoing, Rejected, RetryLater
from amends.channels.reviews_apple.tests.conftest import poll
from amends.channels.reviews_apple.walk import DOUBTS, REMEMBERED, Cursor

NOW = datetime.now(UTC) + timedelta(hours=1)


def pages(store):
    return [path.split("page=")[1].split("/")[0] for path in store.asked if "page=" in path]


async def test_a_poll_without_news_is_one_call_a_country(store, listening):
    for number in range(120):
        store.write(f"bag {number}", "de")
    async with listening(countries="us de") as channel:
        posts, cursor, periods = await poll(channel, now=NOW)
        assert len({post.id for post in posts}) == 120 and pages(store) == ["1", "1", "2", "3"]
        assert [period.feed for period in periods] == ["reviews us", "reviews de"]
        store.asked.clear()
        posts, _, _ = await poll(channel, cursor, NOW)
        assert posts == [] and pages(store) == ["1", "1"]


async def test_a_review_written_anew_is_an_edit(store, listening):
    name = store.write("It works.", stars=5)
    async with listening() as channel:
        (first,), cursor, _ = await poll(channel, now=NOW)
        store.write("It broke.", review=name)
        (second,), cursor, _ = await poll(channel, cursor, NOW)
        assert second.id == first.id and second.stamp > first.stamp and second.edited == second.created
        store.reviews["us"][0]["im:rating"]["label"] = "2"  # and no word of when
        (third,), cursor, _ = await poll(channel, cursor, NOW)
        assert third.stamp > second.stamp and third.edited == NOW and third.created == second.created
        assert (await poll(channel, cursor, NOW))[0] == []


async def test_votes_come_without_a_new_version(store, listening):
    store.write("It broke.")
    async with listening() as channel:
        (first,), cursor, _ = await poll(channel, now=NOW)
        store.reviews["us"][0]["im:voteSum"]["label"] = "4"
        (second,), _, _ = await poll(channel, cursor, NOW)
    assert second.stamp == first.stamp and second.edited is None and second.engagement.likes == 4


async def test_what_apple_has_cached_is_not_said_to_be_heard(store, listening):
    store.write("bag")
    store.made = NOW - timedelta(hours=3)
    async with listening() as channel:
        _, cursor, (period,) = await poll(channel, now=NOW)
        assert period.start == NOW - timedelta(days=7) and period.end == store.made
        store.made = NOW - timedelta(hours=4)  # another cache
        _, cursor, (period,) = await poll(channel, cursor, NOW)
        assert period.start == period.end == NOW - timedelta(hours=3)
        store.made = NOW
        _, _, (period,) = await poll(channel, cursor, NOW)
        assert (period.start, period.end) == (NOW - timedelta(hours=3), NOW)


async def test_more_than_apple_gives_leaves_a_gap_that_is_told(store, listening):
    for number in range(560):
        store.write(f"bag {number}")
    store.made = store.at
    async with listening() as channel:
        posts, cursor, (period,) = await poll(channel, now=store.at)
    assert len(posts) == 500 and pages(store)[-1] == "10"
    assert period.start == min(post.created for post in posts) and period.end <= store.at
    assert len(Cursor.parse(cursor).feeds["us"].seen) == REMEMBERED and len(cursor) < 12_000


async def test_an_empty_page_that_should_not_be_is_asked_for_again(store, listening):
    for number in range(60):
        store.write(f"bag {number}")
    store.empty = {"us 2": 1}
    async with listening() as channel:
        posts, cursor, _ = await poll(channel, now=NOW)
        assert len(posts) == 60 and pages(store) == ["1", "2", "2"]
        store.write("one more")
        store.empty = {"us 1": 1}
        assert [post.text for post in (await poll(channel, cursor, NOW))[0]] == ["one more"]


async def test_what_a_missing_page_hides_is_heard_later(store, listening):
    for number in range(60):
        store.write(f"bag {number}")
    async with listening() as channel:
        store.empty = {"us 2": 2}
        posts, cursor, periods = await poll(channel, now=NOW)
        assert len(posts) == 50 and periods == []
        again, cursor, periods = await poll(channel, cursor, NOW)
        assert len({post.id for post in [*posts, *again]}) == 60 and len(periods) == 1


async def test_in_the_end_an_empty_page_is_believed(store, listening):
    store.tells_last = False  # fifty reviews, and nothing says that there is no second page
    for number in range(50):
        store.write(f"bag {number}")
    async with listening() as channel:
        cursor, covered = "", []
        for _ in range(DOUBTS + 1):
            _, cursor, periods = await poll(channel, cursor, NOW)
            covered.append(len(periods))
    assert covered == [0] * DOUBTS + [1]


async def test_a_late_review_below_the_newest_is_heard(store, listening):
    store.write("first")
    async with listening() as channel:
        _, cursor, _ = await poll(channel, now=NOW)
        store.write("late")
        store.reviews["us"].reverse()
        store.reviews["us"][1]["updated"]["label"] = (store.at - timedelta(days=2)).isoformat()
        assert [post.text for post in (await poll(channel, cursor, NOW))[0]] == ["late"]


async def test_a_new_connection_brings_no_old_history(store, listening):
    store.write("old")
    later = NOW + timedelta(days=30)
    async with listening() as channel:
        posts, cursor, _ = await poll(channel, now=later)
        assert posts == []
        store.reviews["us"][0]["content"]["label"] = "old, but different now"
        assert [post.text for post in (await poll(channel, cursor, later))[0]] == ["old, but different now"]
    async with listening(days="60") as channel:
        assert len((await poll(channel, now=later))[0]) == 1


async def test_a_country_that_is_none_keeps_no_other_from_being_heard(store, listening):
    store.write("bag")
    batches = []
    async with listening(countries="xx, us") as channel:
        with pytest.raises(Rejected, match="XX: take it out"):
            async for batch in channel.poll("", (), NOW):
                batches.append(batch)
    assert len(batches[0].posts) == 1 and set(Cursor.parse(batches[-1].cursor).feeds) == {"us"}


async def test_it_tells_what_it_will_hear(listening):
    async with listening(countries="us;xx de") as channel:
        checked = await channel.check()
    assert checked.account is None and checked.learned == {"app_name": "Acme Air"}
    assert "Acme Air in US, DE" in checked.note and "not sold in XX" in checked.note


async def test_an_app_that_nobody_sells(listening):
    async with listening(app="4") as channel:
        with pytest.raises(Rejected, match="no app 4"):
            await channel.check()


async def test_it_can_only_listen(listening):
    async with listening() as channel:
        for act in (channel.send, channel.find):
            with pytest.raises(LogInAgain, match="public feed"):
                await act(Outgoing(key="1", text="Sorry.", created=NOW, to="13", act=Act.REPLY))


@pytest.mark.parametrize("cursor", ["", "x", "[]", '{"feeds": 5}', '{"feeds":{"us":{"heard":"2026"}}}', "\ud800"])
async def test_a_cursor_that_cannot_be_read_begins_anew(store, listening, cursor):
    store.write("bag")
    async with listening() as channel:
        assert len((await poll(channel, cursor, NOW))[0]) == 1


async def test_a_time_in_the_future_hides_nothing_that_comes_later(store, listening):
    store.write("from the future")
    store.reviews["us"][0]["updated"]["label"] = "2090-01-01T00:00:00Z"
    async with listening() as channel:
        _, cursor, _ = await poll(channel, now=NOW)
        store.write("from today")
        assert [post.text for post in (await poll(channel, cursor, NOW))[0]] == ["from today"]


async def test_one_that_cannot_be_read_is_set_aside_once(store, listening):
    store.write("bag 1")
    store.write("bag 2")
    del store.reviews["us"][0]["im:rating"]
    async with listening() as channel:
        batches = [batch async for batch in channel.poll("", (), NOW)]
        assert [post.text for post in batches[0].posts] == ["bag 1"]
        assert ["stars" in one.reason for one in batches[0].malformed] == [True]
        assert [batch.malformed async for batch in channel.poll(batches[-1].cursor, (), NOW)] == [()]


async def test_an_app_without_reviews_is_heard_from_when_it_was_asked(store, listening):
    async with listening() as channel:
        _, cursor, _ = await poll(channel, now=NOW)
        store.write("at last")
        after_a_month = NOW + timedelta(days=30)
        assert [post.text for post in (await poll(channel, cursor, after_a_month))[0]] == ["at last"]


async def test_the_first_review_of_an_app_may_show_up_late(store, listening):
    async with listening() as channel:
        _, cursor, _ = await poll(channel, now=NOW)
        store.write("written before, shown after")
        store.reviews["us"][0]["updated"]["label"] = (NOW - timedelta(days=2)).isoformat()
        after_a_month = NOW + timedelta(days=30)
        assert [post.text for post in (await poll(channel, cursor, after_a_month))[0]] == [
            "written before, shown after"
        ]


async def test_a_machine_that_apple_refuses_waits(store, listening):
    store.forbidden = True
    async with listening() as channel:
        with pytest.raises(RetryLater, match="in an hour"):
            await poll(channel, now=NOW)
        with pytest.raises(RetryLater, match="in an hour"):
            await channel.check()
