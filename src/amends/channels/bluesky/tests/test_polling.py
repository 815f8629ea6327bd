from __future__ import annotations

import copy
from datetime import UTC, timedelta
from itertools import pairwise

import pytest

from amends.channels.base import Query, RetryLater
from amends.channels.bluesky.cids import cid_of
from amends.channels.bluesky.cursor import Cursor
from amends.channels.bluesky.polling import as_query
from amends.channels.bluesky.tests.server import refusal
from amends.channels.testing.loopback import Reply

BAG = (Query(1, "bag", ("bag",)),)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


async def heard(channel, cursor, queries, now):
    """([post ids], [batches], the cursor afterwards)"""
    batches = [batch async for batch in channel.poll(cursor, queries, now)]
    for batch in batches:
        cursor = cursor if batch.cursor is None else batch.cursor
    return [post.id for batch in batches for post in batch.posts], batches, cursor


def written(server, number, at, **changes):
    """A copy of a notification as if written at `at`."""
    item = copy.deepcopy(server.notifications[0])
    uri = f"at://{item['author']['did']}/app.bsky.feed.post/new{number}"
    return item | {"uri": uri, "indexedAt": at.astimezone(UTC).isoformat()} | changes


async def test_a_poll_without_news_is_one_call(account, server, now):
    channel = account()
    _, _, cursor = await heard(channel, "", (), now)
    server.asked.clear()
    ids, [batch], _ = await heard(channel, cursor, (), now + SECOND)
    assert ids == []
    assert server.asked == ["listNotifications"]
    assert [period.feed for period in batch.covered] == ["notifications"]


async def test_all_that_is_new_comes_once_however_many_pages(account, server, now):
    channel = account()
    old, _, cursor = await heard(channel, "", (), now)
    assert sorted(old) == sorted(item["uri"] for item in server.notifications)
    new = [written(server, number, now + SECOND * number) for number in range(130)]
    server.notifications[:0] = reversed(new)
    ids, batches, cursor = await heard(channel, cursor, (), now + 3 * MINUTE)
    assert sorted(ids) == sorted(item["uri"] for item in new)
    assert server.asked.count("listNotifications") >= 4
    assert all(batch.cursor is None for batch in batches if batch.posts)
    ids, _, _ = await heard(channel, cursor, (), now + 3 * MINUTE + SECOND)
    assert ids == []


async def test_what_is_indexed_late_is_still_heard(account, server, now):
    channel = account()
    _, _, cursor = await heard(channel, "", (), now)
    server.notifications.insert(1, written(server, 1, now - MINUTE))
    ids, _, _ = await heard(channel, cursor, (), now + SECOND)
    assert ids == [server.notifications[1]["uri"]]


async def test_a_day_is_looked_back_at_first(account, server, now):
    server.notifications = [
        written(server, 1, now - timedelta(hours=23)),
        written(server, 2, now - timedelta(hours=25)),
    ]
    ids, batches, _ = await heard(account(), "", (), now)
    assert [uri[-4:] for uri in ids] == ["new1"]
    [period] = [period for batch in batches for period in batch.covered]
    assert period.start == now - timedelta(days=1)


async def test_periods_join_whatever_the_rhythm(account, server, now):
    channel, cursor, covered = account(), "", []
    for step in (0, 1, 2, 61, 62, 400, 401):
        _, batches, cursor = await heard(channel, cursor, BAG, now + SECOND * step)
        covered += [period for batch in batches for period in batch.covered]
    for feed in ("notifications", "search"):
        periods = [period for period in covered if period.feed == feed]
        assert all(after.start <= before.end for before, after in pairwise(periods))
        assert periods[-1].end == now + SECOND * 401


async def test_a_flood_that_can_not_be_read_to_its_end_leaves_a_gap_that_is_told(account, server, now, monkeypatch):
    monkeypatch.setattr("amends.channels.bluesky.polling.PAGES", 2)
    server.notifications = [written(server, number, now - SECOND * number) for number in range(300)]
    ids, batches, _ = await heard(account(), "", (), now)
    assert len(ids) == 100
    [period] = [period for batch in batches for period in batch.covered]
    assert period.start == now - SECOND * 99


async def test_a_poll_that_fails_half_way_is_taken_up_where_it_began(account, server, now):
    channel = account()
    server.notifications = [written(server, number, now - SECOND * number) for number in range(60)]
    server.faults["listNotifications"] = [Reply(server.listNotifications(_first_page())), *[Reply(status=503)] * 3]
    first, cursor = [], ""
    with pytest.raises(RetryLater):
        async for batch in channel.poll("", (), now):
            first += [post.id for post in batch.posts]
            cursor = batch.cursor or cursor
    assert len(first) == 50
    assert cursor == ""
    again, _, _ = await heard(channel, cursor, (), now)
    assert len(set(first) | set(again)) == 60


async def test_a_search_for_each_term_with_counts(account, server, now):
    queries = (Query(1, "", ("bag", "worst")), Query(2, "", ("bag", '"thank you"')))
    ids, batches, cursor = await heard(account(), "", queries, now)
    assert {post["uri"] for post in server.posts} <= set(ids)
    assert server.asked.count("searchPosts") == 3
    assert any(post.engagement and post.engagement.likes for batch in batches for post in batch.posts)
    assert set(Cursor.parse(cursor).search) == {"bag", "worst", '"thank you"'}


async def test_searching_is_paced_by_the_number_of_terms(account, server, now):
    cursor, terms = "", tuple(f"term{number}" for number in range(10))
    for second in range(11):
        _, _, cursor = await heard(account(), cursor, (Query(1, "", terms),), now + SECOND * second)
    assert server.asked.count("searchPosts") == 30


async def test_a_term_that_is_no_longer_asked_for_is_forgotten_and_a_new_one_looks_back(account, server, now):
    channel = account()
    _, _, cursor = await heard(channel, "", (Query(1, "", ("film",)),), now)
    ids, batches, cursor = await heard(channel, cursor, BAG, now + MINUTE)
    assert set(Cursor.parse(cursor).search) == {"bag"}
    assert ids
    assert max(period.start for batch in batches for period in batch.covered if period.feed == "search") < now


async def test_new_counts_are_told_once_whichever_process_looks(account, server, now):
    _, _, cursor = await heard(account(), "", BAG, now)
    server.posts[0]["repostCount"] = 12
    _, batches, cursor = await heard(account(), cursor, BAG, now + 31 * SECOND)
    [reading] = [reading for batch in batches for reading in batch.readings]
    assert (reading.id, reading.engagement.reshares) == (server.posts[0]["uri"], 12)
    assert reading.engagement.seen == now + 31 * SECOND
    _, batches, _ = await heard(account(), cursor, BAG, now + 62 * SECOND)
    assert not any(batch.readings for batch in batches)


async def test_a_post_that_is_gone_is_told_and_one_that_is_hidden_is_not(account, server, now):
    channel = account()
    _, _, cursor = await heard(channel, "", BAG, now)
    gone, hidden = server.posts.pop(0), server.posts.pop(0)
    server.records[hidden["uri"].rsplit("/", 1)[1]] = {"value": {}}
    server.notifications = []
    _, batches, cursor = await heard(channel, cursor, BAG, now + 31 * SECOND)
    assert [deletion.id for batch in batches for deletion in batch.deletions] == [gone["uri"]]
    _, batches, _ = await heard(channel, cursor, BAG, now + 62 * SECOND)
    assert not any(batch.deletions for batch in batches)


async def test_an_edit_is_told_once_as_a_newer_version(account, server, now):
    channel = account()
    _, batches, cursor = await heard(channel, "", BAG, now)
    before = next(post for batch in batches for post in batch.posts if post.id == server.posts[0]["uri"])
    server.posts[0]["record"] = server.posts[0]["record"] | {"text": "my other bag"}
    server.posts[0]["cid"] = cid_of(server.posts[0]["record"])
    _, batches, cursor = await heard(channel, cursor, (), now + 31 * SECOND)
    [post] = [post for batch in batches for post in batch.posts]
    assert (post.id, post.text, post.edited) == (before.id, "my other bag", now + 31 * SECOND)
    assert post.stamp > before.stamp
    assert post.author.id == before.author.id
    ids, _, _ = await heard(channel, cursor, (), now + 62 * SECOND)
    assert ids == []


async def test_a_post_that_moderators_take_from_sight_is_gone(account, server, now):
    _, _, cursor = await heard(account(), "", BAG, now)
    server.posts[0]["labels"] = [{"src": "did:plc:moderator", "uri": server.posts[0]["uri"], "val": "!hide"}]
    _, batches, cursor = await heard(account(), cursor, BAG, now + 31 * SECOND)
    assert [deletion.id for batch in batches for deletion in batch.deletions] == [server.posts[0]["uri"]]
    assert server.posts[0]["uri"] not in Cursor.parse(cursor).watched


async def test_a_bad_item_is_set_aside_once(account, server, now):
    channel = account()
    server.notifications.insert(0, {"uri": "at://x", "reason": "mention", "record": {}})
    _, batches, cursor = await heard(channel, "", (), now)
    assert sum(len(batch.malformed) for batch in batches) == 1
    assert any(batch.posts for batch in batches)
    _, batches, _ = await heard(channel, cursor, (), now + SECOND)
    assert not any(batch.malformed for batch in batches)


@pytest.mark.parametrize(
    "cursor", ["{", "7", "1795315024966190", '{"notifications": 1}', '{"search": {"a": {"heard": "x"}}}', "\ud800"]
)
async def test_a_cursor_that_can_not_be_read_begins_anew(account, server, now, cursor):
    ids, _, _ = await heard(account(), cursor, (), now)
    assert len(ids) == len(server.notifications)


async def test_names_are_learned_and_a_directory_that_fails_is_left_alone(account, server, now):
    _, batches, _ = await heard(account(), "", (), now)
    known = {post.author.id: post.author.followers for batch in batches for post in batch.posts}
    assert known[server.profiles[1]["did"]] == 0
    server.asked.clear()
    server.faults["getProfiles"] = [refusal(400, "InvalidRequest", "no")] * 5
    ids, _, _ = await heard(channel := account(), "", (), now)
    assert len(ids) == len(server.notifications)
    await heard(channel, "", (), now)
    assert server.asked.count("getProfiles") == 1


def test_terms_as_the_search_takes_them():
    assert [as_query(term) for term in ("bag", '"lost bag"', "lost bag", "#bag", "@acme.com")] == [
        "bag", '"lost bag"', '"lost bag"', "#bag", "@acme.com",
    ]  # fmt: skip


def _first_page():
    from amends.channels.testing.loopback import Request

    return Request("GET", "", {"limit": ["50"]}, {}, b"")
