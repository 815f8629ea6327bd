from __future__ import annotations

import json
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import Query
from amends.channels.lemmy import connect, feeds
from amends.channels.lemmy.cursor import Cursor, mark
from amends.channels.lemmy.feeds import news
from amends.channels.lemmy.parse import Item, Reader
from amends.channels.lemmy.polling import as_query
from amends.channels.lemmy.tests.server import first

BAG = (Query(1, "bag", ("bag", '"my bag"')),)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


def ago(now, gap):
    return (now - gap).isoformat().replace("+00:00", "Z")


async def test_a_poll_without_news_is_two_calls_and_five_with_an_account(listener, account, server, heard, now):
    server.comment("Lost!")
    for channel, calls in ((listener, 2), (account(), 5)):
        _, cursor = await heard(channel, "", now)
        server.asked.clear()
        told, _ = await heard(channel, cursor, now + SECOND)
        assert (told.texts, len(server.asked)) == ([], calls)


async def test_a_new_connection_looks_back_a_day(listener, server, heard, now):
    post = server.post("A topic", published=ago(now, 90 * DAY))
    for hours in (50, 20, 1):
        server.comment(f"{hours} hours ago", post, published=ago(now, hours * HOUR))
    told, _ = await heard(listener, "", now)
    assert told.texts == ["20 hours ago", "1 hours ago"]
    assert told.covered["comments"].start == now - DAY


async def test_all_that_is_new_comes_once_however_many_pages(listener, server, heard, now):
    post = server.post("A topic")
    _, cursor = await heard(listener, "", now)
    for number in range(130):
        server.comment(f"new {number}", post)
        server.post(f"post {number}")
    told, cursor = await heard(listener, cursor, now + MINUTE)
    assert len(told.posts) == len(set(told.texts)) == 260
    told, _ = await heard(listener, cursor, now + 2 * MINUTE)
    assert not told.posts


async def test_what_another_server_delivers_late_is_heard(listener, server, heard, now):
    post = server.post("A topic", published=ago(now, 9 * DAY))
    for number in range(120):
        server.comment(f"{number}", post, published=ago(now, (120 - number) * SECOND * 20))
    _, cursor = await heard(listener, "", now)
    server.comment("late", post, published=ago(now, 30 * MINUTE))
    told, cursor = await heard(listener, cursor, now + MINUTE)
    assert not told.posts, "it stands below what a poll reads"
    told, cursor = await heard(listener, cursor, now + 11 * MINUTE)
    assert told.texts == ["late"]
    told, _ = await heard(listener, cursor, now + 22 * MINUTE)
    assert not told.posts


async def test_a_flood_is_read_as_far_as_may_be_and_the_rest_is_searched(listener, server, heard, now, monkeypatch):
    monkeypatch.setattr(feeds, "PAGES", 2)
    post = server.post("A topic", published=ago(now, 90 * DAY))
    _, cursor = await heard(listener, "", now - DAY)
    server.comment("my bag was lost long ago", post, published=ago(now, 3 * HOUR))
    server.comment("nothing of ours", post, published=ago(now, 2 * HOUR))
    for number in range(100):
        server.comment(f"flood {number}", post, published=ago(now, HOUR))
    told, cursor = await heard(listener, cursor, now, BAG)
    assert "my bag was lost long ago" in told.texts and "nothing of ours" not in told.texts
    assert told.covered["comments"].start >= now - HOUR - SECOND
    assert told.covered["posts"].start == now - DAY, "of the posts nothing was missed"
    told, _ = await heard(listener, cursor, now + SECOND, BAG)
    assert not told.posts


async def test_until_the_search_is_done_no_cursor_passes_the_gap(listener, server, heard, now, monkeypatch):
    monkeypatch.setattr(feeds, "PAGES", 1)
    for number in range(60):
        server.post(f"post {number}", published=ago(now, HOUR))
    cursors = [batch.cursor async for batch in listener.poll("", BAG, now) if batch.cursor]
    assert len(cursors) == 1


async def test_only_the_communities_asked_for_are_read(server, http, heard, now):
    other = server.post("Elsewhere")
    other["community"] = other["community"] | {"name": "cats"}
    server.post("Here")
    channel = connect({"address": server.url, "communities": "!travel@lemmy.example\n cats"}, http)
    told, cursor = await heard(channel, "", now)
    assert sorted(told.texts) == ["Elsewhere", "Here"]
    assert set(told.covered) == {
        f"{what} of {name}" for what in ("posts", "comments") for name in ("travel@lemmy.example", "cats")
    }
    told, cursor = await heard(connect({"address": server.url, "communities": "travel"}, http), cursor, now)
    assert told.texts == ["Here"] and set(Cursor.parse(cursor).places) == {"posts of travel", "comments of travel"}


async def test_edits_votes_and_deletions_are_heard(listener, server, heard, now):
    comment, post, voted = server.comment("lots"), server.post("A post", "lots"), server.comment("voted")
    gone = server.post("Gone")
    _, cursor = await heard(listener, "", now)
    server.edit(comment, "lost")
    server.edit(post, "lost as well")
    server.delete(gone)
    voted["counts"] |= {"upvotes": 99}
    told, cursor = await heard(listener, cursor, now + SECOND)
    assert sorted(told.texts) == ["lost", "lost as well"] and all(one.edited for one in told.posts)
    assert [(one.id, one.engagement.likes) for one in told.readings] == [(voted["comment"]["ap_id"], 99)]
    assert told.gone == [gone["post"]["ap_id"]]
    server.delete(comment)
    told, cursor = await heard(listener, cursor, now + 2 * SECOND)
    assert told.gone == [comment["comment"]["ap_id"]]
    told, _ = await heard(listener, cursor, now + 3 * SECOND)
    assert not (told.posts or told.gone or told.readings)


async def test_a_post_that_is_only_listed_no_more_is_not_gone(listener, server, heard, now):
    hidden = server.post("Hidden")
    server.post("Seen")
    _, cursor = await heard(listener, "", now)
    real = server.get_post_list
    server.get_post_list = lambda request, user: drop(real(request, user), hidden["post"]["id"])
    told, _ = await heard(listener, cursor, now + SECOND)
    assert not told.gone
    assert "GET post" in server.asked


def drop(reply, which):
    reply.body["posts"] = [view for view in reply.body["posts"] if view["post"]["id"] != which]
    return reply


async def test_what_is_addressed_to_us_comes_first_and_names_whom_it_answers(account, server, heard, now):
    ours = server.comment("our comment", by=server.alice, published=ago(now, 5 * DAY))
    server.comment("an answer", ours)
    server.comment("hello @alice@lemmy.example")
    server.message("in private")
    told, cursor = await heard(account(), "", now)
    assert {post.text for post in told.posts if post.addressed} == {
        "an answer",
        "hello @alice@lemmy.example",
        "in private",
    }
    answer = next(post for post in told.posts if post.text == "an answer")
    assert (answer.parent, answer.parent_author) == (ours["comment"]["ap_id"], "http://lemmy.example/u/alice")
    assert server.asked.count("GET comment") == 1
    told, _ = await heard(account(), cursor, now + SECOND)
    assert not told.posts


async def test_the_same_comment_above_is_named_where_it_was_met(listener, server, heard, now):
    above = server.comment("above")
    server.comment("below", above)
    told, _ = await heard(listener, "", now)
    below = next(post for post in told.posts if post.text == "below")
    assert below.parent == above["comment"]["ap_id"]
    assert "GET comment" not in server.asked


async def test_a_message_that_is_deleted_or_edited_is_told(account, server, heard, now):
    edited, gone = server.message("lots"), server.message("gone")
    _, cursor = await heard(account(), "", now)
    server.edit(edited, "lost")
    server.delete(gone)
    told, _ = await heard(account(), cursor, now + SECOND)
    assert (told.texts, told.gone) == (["lost"], [gone["private_message"]["ap_id"]])


async def test_what_can_not_be_read_is_told_once(listener, server, heard, now):
    server.comment("fine")
    broken = server.comment("broken")
    broken["creator"] = broken["creator"] | {"actor_id": 5}
    told, cursor = await heard(listener, "", now)
    assert ("fine" in told.texts, len(told.malformed)) == (True, 1)
    told, _ = await heard(listener, cursor, now + SECOND)
    assert not told.malformed


def test_a_cursor_that_can_not_be_read_begins_anew():
    assert Cursor.parse("{") == Cursor.parse('{"places": 5}') == Cursor()


@pytest.mark.parametrize(
    ("term", "query"), [("bag", "bag"), ('"my bag"', "my bag"), ("#acme", "acme"), ("@acme", "@acme")]
)
def test_terms_are_asked_for_as_the_server_searches(term, query):
    assert as_query(term) == query


BASE = Reader(seen=datetime.fromisoformat("2026-11-22T12:00:00Z")).item(
    json.dumps(first("comments.json", "comments")).encode()
)


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(0, 3), st.booleans()), max_size=30), st.booleans())
def test_the_same_list_again_is_no_news(states, fresh):
    """`states`: (number, version, gone) of the items of a list, in any order."""
    items = {}
    for number, version, gone in states:
        identity = f"https://a.example/comment/{number}"
        post = None if gone else msgspec.structs.replace(BASE.post, id=identity, stamp=version + 1)
        items[number] = Item(number, identity, BASE.at, post, gone)
    listed = list(items.values())
    known = {} if fresh else {item.number: mark(item, named=True) for item in listed[:3]}
    first_time = news(listed, known, lambda _: True, BASE.at)
    told = {post.id for post in first_time.posts} | {one.id for one in first_time.deletions}
    if fresh:
        assert told == {item.id for item in listed}
    again = news(listed, {item.number: mark(item, named=True) for item in listed}, lambda _: True, BASE.at)
    assert not (again.posts or again.deletions or again.readings)
