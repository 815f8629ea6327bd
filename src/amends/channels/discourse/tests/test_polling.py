from __future__ import annotations

import json
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import LogInAgain, Query, Rejected
from amends.channels.discourse import connect, polling
from amends.channels.discourse.cursor import Cursor
from amends.channels.discourse.parse import Item, Reader
from amends.channels.discourse.polling import as_query
from amends.channels.discourse.site import Place, site
from amends.channels.discourse.tests.server import USER_KEY, fixture, moment
from amends.channels.discourse.watching import compared, kept, noted
from amends.channels.testing.loopback import Reply, serving

BAG = (Query(1, "bag", ("bag", '"my bag"')),)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


def ago(now, gap):
    return (now - gap).isoformat().replace("+00:00", "Z")


async def test_a_poll_without_news_is_one_call(listener, forum, heard, now):
    forum.write("My bag is lost")
    told, cursor = await heard(listener, "", now)
    assert told.texts == ["My bag is lost"]
    forum.asked.clear()
    told, _ = await heard(listener, cursor, now + SECOND)
    assert (told.texts, forum.asked) == ([], ["GET /posts"])
    assert [period.feed for period in told.covered] == ["posts"]


async def test_with_an_account_it_is_three(account, forum, heard, now):
    _, cursor = await heard(account(), "", now)
    forum.asked.clear()
    await heard(account(), cursor, now + SECOND)
    assert sorted(forum.asked) == ["GET /notifications", "GET /posts", "GET /topics/private-messages/alice"]


async def test_a_new_connection_looks_back_a_day(listener, forum, heard, now):
    for hours in (50, 30, 20, 1):
        forum.write(f"{hours} hours ago", at=ago(now, hours * HOUR))
    told, _ = await heard(listener, "", now)
    assert told.texts == ["20 hours ago", "1 hours ago"]
    assert told.covered[0].start == now - DAY


async def test_all_that_is_new_comes_once_however_many_pages(listener, forum, heard, now):
    forum.write("before")
    _, cursor = await heard(listener, "", now)
    for number in range(130):
        forum.write(f"new {number}")
    told, cursor = await heard(listener, cursor, now + MINUTE)
    assert sorted(told.texts) == sorted(f"new {number}" for number in range(130))
    told, _ = await heard(listener, cursor, now + MINUTE + SECOND)
    assert not told.posts


@pytest.mark.parametrize("hidden", [range(0), range(100, 250)])
async def test_an_older_version_is_read_to_its_end(http, heard, now, hidden):
    """A page is what everybody may see of the fifty numbers up to the one named."""
    posts = [dict_of(number, now) for number in range(300, 0, -1) if number not in hidden]

    def answering(request):
        before = int(request.query.get("before", ["300"])[0])
        return Reply({"latest_posts": [post for post in posts if before - 50 < post["id"] <= before]})

    async with serving(answering) as url:
        told, _ = await heard(connect({"address": url}, http), "", now)
    assert len({post.id for post in told.posts}) == len(told.posts) == len(posts)


def dict_of(number, now):
    at = ago(now, HOUR)
    return json.loads(fixture("post.json")) | {"id": number, "post_number": number, "created_at": at, "updated_at": at}


async def test_a_post_that_appears_late_below_the_newest_is_heard(listener, forum, heard, now):
    late = forum.posts.pop(forum.write("slow", at=ago(now, HOUR))["id"])
    forum.posts[1] = forum.posts.get(1) or late | {"id": 1, "raw": "old", "post_number": 9}
    forum.write("quick")
    _, cursor = await heard(listener, "", now)
    forum.posts[late["id"]] = late
    told, _ = await heard(listener, cursor, now + MINUTE)
    assert told.texts == ["slow"]


async def test_a_flood_is_read_as_far_as_may_be_and_the_rest_is_searched(listener, forum, heard, now, monkeypatch):
    monkeypatch.setattr(polling, "PAGES", 2)
    _, cursor = await heard(listener, "", now - DAY)
    forum.write("my bag was lost long ago", at=ago(now, 3 * HOUR))
    forum.write("nothing of ours", at=ago(now, 2 * HOUR))
    for number in range(100):
        forum.write(f"flood {number}", at=ago(now, HOUR))
    told, cursor = await heard(listener, cursor, now, BAG)
    assert len(told.posts) == 101
    assert "my bag was lost long ago" in told.texts and "nothing of ours" not in told.texts
    assert told.covered[-1].start >= now - HOUR - SECOND, "what was only searched for is not said to be heard"
    told, _ = await heard(listener, cursor, now + SECOND, BAG)
    assert not told.posts


async def test_an_edit_a_like_and_a_deletion_among_the_newest_cost_no_call(listener, forum, heard, now):
    edited, liked = forum.write("lots"), forum.write("liked")
    _, cursor = await heard(listener, "", now)
    forum.edit(edited["id"], "lost")
    liked["actions_summary"] = [{"id": 2, "count": 4}]
    forum.asked.clear()
    told, cursor = await heard(listener, cursor, now + SECOND)
    assert told.texts == ["lost"] and told.posts[0].edited
    assert [(one.id[-5:], one.engagement.likes) for one in told.readings] == [("502/1", 4)]
    assert forum.asked == ["GET /posts"]
    told, _ = await heard(listener, cursor, now + 2 * SECOND)
    assert not told.posts and not told.readings


async def test_older_posts_are_looked_at_again_every_five_minutes(listener, forum, heard, now):
    old = forum.write("lots")
    gone = forum.write("gone")
    for number in range(60):
        forum.write(f"newer {number}")
    _, cursor = await heard(listener, "", now)
    forum.edit(old["id"], "lost")
    forum.remove(gone["id"])
    told, cursor = await heard(listener, cursor, now + MINUTE)
    assert not told.posts and not told.gone
    told, _ = await heard(listener, cursor, now + 5 * MINUTE)
    assert told.texts == ["lost"]
    assert told.gone == [f"{forum.url}/t/{gone['topic_id']}/1"]


async def test_a_post_that_is_only_listed_no_more_is_not_gone(listener, forum, heard, now):
    hidden = forum.write("hidden")
    forum.write("seen")
    _, cursor = await heard(listener, "", now)
    del forum.topics[hidden["topic_id"]]  # unlisted
    forum.topics[hidden["topic_id"]] = {"archetype": "unlisted"}
    forum._open = lambda post: (
        forum.topics[post["topic_id"]]["archetype"] == "regular" or forum.asked[-1] != "GET /posts"
    )
    told, _ = await heard(listener, cursor, now + MINUTE)
    assert not told.gone


async def test_a_post_that_moved_to_another_topic_is_another_one(listener, forum, heard, now):
    post = forum.write("moved")
    _, cursor = await heard(listener, "", now)
    before = f"{forum.url}/t/{post['topic_id']}/1"
    forum.topics[800] = forum.topics[post["topic_id"]]
    post |= {"topic_id": 800, "updated_at": moment()}
    told, _ = await heard(listener, cursor, now + MINUTE)
    assert told.gone == [before]
    assert [one.id for one in told.posts] == [f"{forum.url}/t/800/1"]


async def test_what_can_not_be_read_is_told_once(listener, forum, heard, now):
    forum.write("fine")
    forum.posts[forum.write("broken")["id"]]["user_id"] = "x"
    told, cursor = await heard(listener, "", now)
    assert (told.texts, len(told.malformed)) == (["fine"], 1)
    told, _ = await heard(listener, cursor, now + SECOND)
    assert not told.malformed


async def test_a_forum_for_members_asks_for_a_key(listener, forum, heard, now):
    forum.closed = True
    with pytest.raises(LogInAgain, match="members only"):
        await heard(listener, "", now)
    with pytest.raises(LogInAgain, match="members only"):
        await listener.check()


async def test_an_address_that_is_no_forum_is_told(http, heard, now):
    async with serving(lambda request: Reply(b"<html>", 404)) as url:
        with pytest.raises(Rejected, match="does not answer as a Discourse forum"):
            await heard(connect({"address": url}, http), "", now)


async def test_a_user_api_key_is_spared(account, forum, heard, now):
    channel = account(api_key="", user_key=USER_KEY)
    _, cursor = await heard(channel, "", now)
    forum.asked.clear()
    told, _ = await heard(channel, cursor, now + MINUTE)
    assert not forum.asked and not told.covered
    await heard(channel, cursor, now + 2 * MINUTE)
    assert forum.asked


def test_a_cursor_that_can_not_be_read_begins_anew():
    assert Cursor.parse("{") == Cursor.parse('{"posts": 5}') == Cursor()


@pytest.mark.parametrize(
    ("term", "query"), [("bag", "bag"), ('"my bag"', '"my bag"'), ("@acme", "acme"), ("#acme", "acme"), ('"a"', "a")]
)
def test_terms_are_asked_for_as_the_forum_searches(term, query):
    assert as_query(term) == query


SITE = site("https://a.example")
BASE = Reader(SITE).item(fixture("post.json")).post


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(0, 3), st.booleans()), max_size=30), st.booleans())
def test_the_same_list_again_is_no_news(states, fresh):
    """`states`: (number, version, gone) of the posts of a list, in any order."""
    items = {}
    for number, version, gone in states:
        post = msgspec.structs.replace(BASE, id=SITE.post(Place(1, number)), stamp=version + 1)
        items[number] = Item(number, Place(1, number), None if gone else post, gone)
    known = {} if fresh else noted({}, list(items.values())[:3])
    since = BASE.created - HOUR
    first = compared(SITE, list(items.values()), known, since, since)
    told = {post.id for post in first.posts} | {one.id for one in first.deletions}
    if fresh:
        assert told == {SITE.post(item.place) for item in items.values()}
    assert not kept(compared(SITE, list(items.values()), noted(known, items.values()), since, since))
