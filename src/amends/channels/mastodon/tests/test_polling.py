from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest

from amends.channels.base import BadData, LogInAgain, Query, RetryLater, Visibility
from amends.channels.mastodon.cursor import FIRST, Cursor
from amends.channels.mastodon.polling import Ears, as_query, is_tag
from amends.channels.mastodon.tests.conftest import NOW
from amends.channels.testing.loopback import Reply

BAG = (Query(1, "bag", ("bag",)),)
TAG = (Query(1, "#lostbag", ("#lostbag",)),)


class Listener:
    """Polls, and remembers what it was told and where it stands."""

    def __init__(self, channel, queries=()):
        self.channel, self.queries, self.cursor, self.covered = channel, queries, "", []
        self.readings, self.gone, self.malformed = [], [], []

    async def poll(self, now=NOW):
        posts = []
        async for batch in self.channel.poll(self.cursor, self.queries, now):
            posts += batch.posts
            self.cursor = batch.cursor if batch.cursor is not None else self.cursor
            self.covered += batch.covered
            self.readings += batch.readings
            self.gone += batch.deletions
            self.malformed += batch.malformed
        return posts

    async def ids(self, now=NOW):
        return [post.id for post in await self.poll(now)]


async def test_no_news_is_one_call(server, account):
    listener = Listener(await account())
    await listener.poll()
    server.asked.clear()
    assert await listener.poll(NOW + timedelta(seconds=10)) == []
    assert server.asked == ["GET /api/v1/notifications"]
    assert listener.channel.budget.left == 299


async def test_pages_are_read_until_what_was_heard_before(server, account):
    for number in range(95):
        server.write("charlie", f"bag {number}")
    listener = Listener(await account())
    assert len(set(await listener.ids())) == 95
    server.write("charlie", "bag 95")
    server.asked.clear()
    assert len(await listener.poll(NOW + timedelta(seconds=10))) == 1


async def test_what_was_heard_is_not_given_again_and_what_comes_late_is(server, account):
    listener = Listener(await account(timeline="all"))
    server.write("charlie", "first", tell=False)
    assert len(await listener.poll()) == 1
    late = server.write("charlie", "late", tell=False)
    late["created_at"] = "2026-03-02T11:59:10.000Z"
    late["id"], server.statuses = "99", [late, *server.statuses[:-1]]  # before what was heard: ids follow the claim
    assert await listener.ids(NOW + timedelta(seconds=10)) == [late["uri"]]
    assert await listener.ids(NOW + timedelta(seconds=20)) == []


async def test_one_that_claims_to_be_old_hides_nothing(server, account):
    for number in range(60):
        server.write("charlie", f"{number}")
    server.notifications[-1]["created_at"] = "1999-01-01T00:00:00Z"
    assert len(await Listener(await account()).poll()) == 59


async def test_covered_periods_join(server, account):
    listener = Listener(await account(timeline="local"), TAG + BAG)
    for minute in range(4):
        await listener.poll(NOW + timedelta(minutes=minute))
    for feed in ("notifications", "conversations", "own posts", "public timeline", "hashtags", "search"):
        periods = [period for period in listener.covered if period.feed == feed]
        assert periods[0].start == NOW - FIRST
        assert all(after.start <= before.end for before, after in itertools.pairwise(periods))
        assert periods[-1].end == NOW + timedelta(minutes=3)


async def test_each_feed_brings_its_own(server, account):
    said = server.write("charlie", "the zeppelin #lostbag", tell=False)
    secret = server.write("charlie", "a secret", tell=False, visibility="direct")
    ours = server.write("acme", "we are sorry")
    listener = Listener(await account(), TAG)
    posts = {post.id: post for post in await listener.poll()}
    assert posts.keys() == {said["uri"], secret["uri"], ours["uri"]}
    assert posts[secret["uri"]].addressed and posts[secret["uri"]].visibility is Visibility.PRIVATE
    assert not posts[said["uri"]].addressed


async def test_hashtags_stand_for_words_where_there_is_no_search(server, account):
    server.lacks = {"search"}
    said = server.write("charlie", "my #bag", tell=False)
    assert await Listener(await account(), BAG).ids() == [said["uri"]]
    assert "GET /api/v2/search" not in server.asked


async def test_a_search_is_not_asked_all_the_time(server, account):
    listener = Listener(await account(), BAG)
    for second in (0, 10, 20, 29, 31):
        await listener.poll(NOW + timedelta(seconds=second))
    assert server.asked.count("GET /api/v2/search") == 2


async def test_answers_get_their_thread(server, account):
    root = server.write("charlie", "my bag", tell=False)
    middle = server.write("charlie", "still", tell=False, in_reply_to_id=root["id"])
    last = server.write("charlie", "@acme?", in_reply_to_id=middle["id"], in_reply_to_account_id="49")
    listener = Listener(await account())
    [post] = await listener.poll()
    assert (post.id, post.parent, post.root) == (last["uri"], middle["uri"], root["uri"])
    next_one = server.write("charlie", "@acme!", in_reply_to_id=last["id"])
    server.asked.clear()
    [post] = await listener.poll(NOW + timedelta(seconds=10))
    assert (post.id, post.parent, post.root) == (next_one["uri"], last["uri"], root["uri"])
    assert server.asked == ["GET /api/v1/notifications"]  # the thread is known


async def test_an_answer_to_what_is_not_shown_stands_for_itself(server, account):
    server.write("charlie", "@acme", in_reply_to_id="5")
    [post] = await Listener(await account()).poll()
    assert (post.parent, post.thread) == ("", post.id)


async def test_nobody_is_asked_about_what_is_not_about_us(server, account):
    first = server.write("charlie", "hello", tell=False)
    server.write("charlie", "hello again", tell=False, in_reply_to_id=first["id"])
    listener = Listener(await account(timeline="all"), BAG)
    await listener.poll()
    assert "GET /api/v1/statuses/:id/context" not in server.asked
    assert json.loads(listener.cursor)["watched"] == {}


async def test_what_a_server_lacks_is_left_out(server, account):
    server.lacks = {"conversations"}
    said = server.write("charlie", "bag")
    listener = Listener(await account(), BAG)
    server.lacks |= {"search"}  # since the check
    assert await listener.ids() == [said["uri"]]
    assert {period.feed for period in listener.covered} == {"notifications", "own posts"}


async def test_broken_notifications_are_set_aside_once(server, account):
    server.write("charlie", "bag")
    server.notifications.append({"id": "900", "type": "mention", "created_at": "2026-03-02T11:59:59Z", "status": {}})
    listener = Listener(await account())
    assert len(await listener.poll()) == 1
    assert len(listener.malformed) == 1
    await listener.poll(NOW + timedelta(seconds=10))
    assert len(listener.malformed) == 1


@pytest.mark.parametrize("cursor", ["", "{", "7", '{"places": {"notifications": 7}}', "\ud83d"])
async def test_a_cursor_that_can_not_be_read_begins_anew(server, account, cursor):
    said = server.write("charlie", "bag")
    listener = Listener(await account())
    listener.cursor = cursor
    assert await listener.ids() == [said["uri"]]
    assert Cursor.parse(listener.cursor).places["notifications"].heard == NOW


async def test_what_must_be_heard_is_not_left_out_quietly(server, account):
    listener = Listener(await account())
    for fault, error in [
        (Reply({"error": "no"}, 401), LogInAgain),
        (Reply({"error": "outside the authorized scopes"}, 403), LogInAgain),
        (Reply(b"<html>"), BadData),
        (Reply(status=429, headers={"retry-after": "7"}), RetryLater),
    ]:
        server.faults["GET /api/v1/notifications"] = [fault]
        with pytest.raises(error):
            await listener.poll()
    assert listener.cursor == ""


async def test_changes_are_seen_when_it_is_time_to_look(server, account):
    said = server.write("charlie", "bag")
    listener = Listener(await account())
    await listener.poll()
    said["favourites_count"] = 7
    assert (await listener.poll(NOW + timedelta(seconds=29)), listener.readings) == ([], [])
    await listener.poll(NOW + timedelta(seconds=31))
    assert [(one.id, one.engagement.likes) for one in listener.readings] == [(said["uri"], 7)]
    server.now = NOW + timedelta(seconds=40)
    server.edit(said["id"], "my bag is found", tell=False)
    [post] = await listener.poll(NOW + timedelta(seconds=62))
    assert (post.id, post.text, post.edited) == (said["uri"], "my bag is found", NOW + timedelta(seconds=40))
    server.remove(said["id"], tell=False)
    await listener.poll(NOW + timedelta(seconds=93))
    assert [one.id for one in listener.gone] == [said["uri"]]
    server.asked.clear()
    await listener.poll(NOW + timedelta(seconds=124))
    assert server.asked[0] == "GET /api/v1/notifications" and "GET /api/v1/statuses" not in server.asked


async def test_a_server_without_lists_is_asked_about_a_few_at_a_time(server, account):
    server.lacks = {"batch"}
    said = [server.write("charlie", f"bag {number}") for number in range(12)]
    listener = Listener(await account())
    for look in range(4):
        server.asked.clear()
        await listener.poll(NOW + timedelta(seconds=31 * look))
        assert server.asked.count("GET /api/v1/statuses/:id") <= 5
    server.remove(said[0]["id"])
    for look in range(4, 8):
        await listener.poll(NOW + timedelta(seconds=31 * look))
    assert [one.id for one in listener.gone] == [said[0]["uri"]]


async def test_one_hidden_for_a_while_is_not_gone(server, account):
    said = server.write("charlie", "bag")
    listener = Listener(await account())
    await listener.poll()
    server.faults = {
        "GET /api/v1/statuses": [Reply([])],
        "GET /api/v1/statuses/:id": [Reply({"error": "no"}, 403)],
    }
    await listener.poll(NOW + timedelta(seconds=31))
    assert listener.gone == []
    assert said["uri"] in json.loads(listener.cursor)["watched"]


async def test_nobody_hears_the_public_timeline_and_hashtags(server, http, account):
    said = server.write("charlie", "my bag #lostbag")
    server.write("charlie", "a secret", visibility="direct")
    listener = Listener(await account(token=""), TAG)
    assert set(await listener.ids()) == {said["uri"]}
    assert {period.feed for period in listener.covered} == {"public timeline", "hashtags"}


@pytest.mark.parametrize(
    ("term", "query"), [("bag", "bag"), ('"lost bag"', '"lost bag"'), ("#lostbag", "lostbag"), ("@acme", "acme")]
)
def test_terms_become_searches(term, query):
    assert as_query(term) == query


@pytest.mark.parametrize(
    ("word", "tag"), [("bag", True), ("lost_bag", True), ("2026", False), ("a b", False), ("鞄", True), ("x/y", False)]
)
def test_what_can_be_a_hashtag(word, tag):
    assert is_tag(word) is tag


def test_tags_are_bounded():
    queries = tuple(Query(n, "", (f"#tag{n}",)) for n in range(100))
    ears = Ears(None, type("Here", (), {"search": "yes"}), None, "none")
    assert len(ears.tags(queries)) == 40
