from __future__ import annotations

from datetime import timedelta

from amends.channels.base import Query
from amends.channels.hackernews.cursor import Cursor
from amends.channels.hackernews.parse import page

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BAG = (Query(1, "bag", ("bag",)),)


async def test_points_and_comments_are_told_when_they_change(server, hear, now):
    number = server.write("my bag", now - MINUTE)
    _, cursor = await hear("", BAG)
    server.change(number, score=40, descendants=7)
    heard, cursor = await hear(cursor, BAG, now + MINUTE)
    [reading] = heard["readings"]
    assert reading.id == page(number)
    assert (reading.engagement.likes, reading.engagement.replies) == (40, 7)
    assert (await hear(cursor, BAG, now + 2 * MINUTE))[0]["readings"] == []


async def test_an_edited_comment_stays_in_its_thread(server, hear, now):
    story = server.write("", now - HOUR, title="Something else")
    above = server.write("first", now - HOUR, parent=story)
    number = server.write("my bag", now - MINUTE, parent=above)
    heard, cursor = await hear("", BAG)
    [before] = heard["posts"]
    server.change(number, text="my bag came")
    heard, cursor = await hear(cursor, BAG, now + MINUTE)
    [after] = heard["posts"]
    assert (after.text, after.parent, after.root) == ("my bag came", page(above), page(story))
    assert after.stamp > before.stamp
    assert after.edited == now + MINUTE
    assert (await hear(cursor, BAG, now + 2 * MINUTE))[0]["posts"] == []


async def test_what_is_not_told_as_changed_is_looked_at_all_the_same(server, hear, now):
    number = server.write("my bag", now - MINUTE)
    _, cursor = await hear("", BAG)
    server.remove(number)
    server.updates.clear()
    heard, cursor = await hear(cursor, BAG, now + 9 * MINUTE)
    assert heard["deletions"] == []
    heard, cursor = await hear(cursor, BAG, now + 11 * MINUTE)
    assert [gone.id for gone in heard["deletions"]] == [page(number)]
    server.asked.clear()
    await hear(cursor, (), now + HOUR)
    assert server.asked == [], "what is gone is not asked for again"


async def test_a_poll_looks_at_a_few_and_the_next_at_the_others(server, hear, now):
    for _ in range(50):
        server.write("my bag", now - MINUTE)
    _, cursor = await hear("", BAG)
    server.asked.clear()
    for minute in (15, 16, 17):
        _, cursor = await hear(cursor, (), now + minute * MINUTE)
    items = [path for path in server.asked if path.startswith("/v0/item/")]
    assert len(items) == len(set(items)) == 50


async def test_old_items_are_let_go(server, hear, now):
    server.write("my bag", now - MINUTE)
    _, cursor = await hear("", BAG)
    _, cursor = await hear(cursor, BAG, now + timedelta(days=6))
    assert Cursor.parse(cursor).known
    _, cursor = await hear(cursor, BAG, now + timedelta(days=8))
    server.asked.clear()
    await hear(cursor, (), now + timedelta(days=8))
    assert server.asked == []


async def test_an_item_that_is_not_there_yet_is_left_as_it_is(server, hear, now):
    number = server.write("my bag", now - MINUTE)
    _, cursor = await hear("", BAG)
    kept = server.items.pop(number)
    server.updates.append(number)
    heard, cursor = await hear(cursor, (), now + MINUTE)
    assert not any(heard.values())
    server.items[number] = kept | {"text": "my bag came"}
    assert [post.text for post in (await hear(cursor, (), now + 2 * MINUTE))[0]["posts"]] == ["my bag came"]


async def test_an_item_that_cannot_be_read_does_not_stop_the_others(server, hear, now):
    numbers = [server.write("my bag", now - MINUTE) for _ in range(2)]
    _, cursor = await hear("", BAG)
    server.change(numbers[0], time="now")
    server.change(numbers[1], text="my bag came")
    heard, _ = await hear(cursor, (), now + MINUTE)
    assert [post.id for post in heard["posts"]] == [page(numbers[1])]
    assert [item.reason for item in heard["malformed"]] == ["an item without a time"]
