"""The Bluesky channel against the reference servers of the AT Protocol."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from amends.channels.base import Batch, Can, Deletion, LogInAgain, Outgoing, Post, Query, Rejected, RetryLater, Unclear
from amends.channels.bluesky import MANIFEST, connect
from amends.channels.bluesky.ids import POST
from amends.channels.http import Http
from tests.peers.bluesky import Account, BlueskyNetwork, Ref
from tests.peers.severed import severed

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("bluesky")]

names = itertools.count(1)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    door = Http(allow_private=True)
    yield door
    await door.close()


@pytest.fixture
def alice(bluesky_network: BlueskyNetwork) -> Account:
    return bluesky_network.create_account(f"alice{next(names)}", "Alice Air")


@pytest.fixture
def charlie(bluesky_network: BlueskyNetwork) -> Account:
    return bluesky_network.create_account(f"charlie{next(names)}", "Charlie")


async def posts_of(batches: AsyncIterator[Batch]) -> list[Post]:
    return [post async for batch in batches for post in batch.posts]


def now() -> datetime:
    return datetime.now(UTC)


def reply_to(post: Post, text: str, key: str) -> Outgoing:
    return Outgoing(
        key=key, text=text, created=now(), to=post.id, root=post.root, to_author=post.author, to_context=post.context
    )


async def test_who_we_are(bluesky_network, http, alice):
    checked = await connect(bluesky_network.settings(alice), http).check()
    assert checked.account
    assert (checked.account.id, checked.account.name, checked.account.display) == (alice.did, alice.handle, "Alice Air")
    assert "without an account" in (await connect(bluesky_network.anonymous(), http).check()).note


async def test_a_mention_is_heard_with_all_that_the_network_tells(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    written = bluesky_network.post(charlie, f"@{alice.handle} my bag 🧳 is lost")
    bluesky_network.until(
        lambda: bluesky_network.call("GET", "app.bsky.notification.listNotifications", alice)["notifications"]
    )
    heard = now()
    [post] = await posts_of(channel.poll("", (), heard))
    assert now() - heard < timedelta(seconds=2)
    assert (post.id, post.root, post.parent) == (written.uri, written.uri, "")
    assert post.text == f"@{alice.handle} my bag 🧳 is lost"
    assert post.addressed
    assert (post.author.id, post.author.name, post.author.display) == (charlie.did, charlie.handle, "Charlie")
    assert post.author.followers == 0
    assert post.lang == "en"
    assert abs(post.created - heard) < timedelta(minutes=1)


async def test_what_was_heard_is_not_heard_again_and_what_is_new_is(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    first = bluesky_network.post(charlie, f"@{alice.handle} one")
    cursor, heard = "", []
    async with asyncio.timeout(20):
        while not heard:
            async for batch in channel.poll(cursor, (), now()):
                heard += batch.posts
                cursor = batch.cursor or cursor
    assert [post.id for post in heard] == [first.uri]
    assert await posts_of(channel.poll(cursor, (), now())) == []
    # Another process goes on from the saved cursor.
    other = connect(bluesky_network.settings(alice), http)
    second = bluesky_network.post(charlie, "two", reply_to=bluesky_network.post(alice, "Hello"))
    later: list[Post] = []
    async with asyncio.timeout(20):
        while not later:
            later = await posts_of(other.poll(cursor, (), now()))
    assert [post.id for post in later] == [second.uri]
    assert later[0].parent_author == alice.did


async def test_covered_periods_join(bluesky_network, http, alice):
    channel = connect(bluesky_network.settings(alice), http)
    start, cursor, covered = now(), "", []
    for minute in range(4):
        async for batch in channel.poll(cursor, (Query(1, "bag", ("bag",)),), start + timedelta(minutes=minute)):
            cursor = batch.cursor or cursor
            covered += batch.covered
    for feed in ("notifications", "search"):
        periods = [period for period in covered if period.feed == feed]
        assert periods[0].start == start - timedelta(days=1)
        assert all(after.start <= before.end for before, after in itertools.pairwise(periods))
        assert periods[-1].end == start + timedelta(minutes=3)


async def test_a_search_finds_words_with_their_counts(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    word = f"zeppelin{next(names)}"
    written = bluesky_network.post(charlie, f"the {word} is late")
    bluesky_network.like(alice, written)
    bluesky_network.until(lambda: bluesky_network.shows(written))
    posts = await posts_of(channel.poll("", (Query(1, word, (word,)),), now()))
    assert [post.id for post in posts] == [written.uri]
    assert posts[0].engagement
    assert posts[0].engagement.replies == 0
    assert not posts[0].addressed


async def test_new_counts_and_a_deletion_of_what_was_heard(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    written = bluesky_network.post(charlie, f"@{alice.handle} going viral")
    cursor, at, seen = "", now(), []

    async def poll() -> None:
        nonlocal cursor, at
        at += timedelta(seconds=31)
        async for batch in channel.poll(cursor, (), at):
            cursor = batch.cursor or cursor
            seen.extend([*batch.readings, *batch.deletions])

    bluesky_network.repost(alice, written)
    async with asyncio.timeout(20):
        while not any(getattr(item, "engagement", None) and item.engagement.reshares == 1 for item in seen):
            await poll()
    bluesky_network.delete(charlie, written)
    async with asyncio.timeout(20):
        while not any(isinstance(item, Deletion) for item in seen):
            await poll()
    assert {item.id for item in seen} == {written.uri}


async def test_a_reply_stands_once_though_it_is_sent_twice(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    first = bluesky_network.post(charlie, "Where is my bag?")
    second = bluesky_network.post(charlie, "It is red.", reply_to=first)
    bluesky_network.until(lambda: bluesky_network.shows(second))
    [_, post] = sorted(
        await posts_of(channel.poll("", (Query(1, "", (f"from:{charlie.handle}",)),), now())), key=lambda p: p.stamp
    )
    outgoing = reply_to(
        post, f"Sorry, @{charlie.handle}! See https://example.org/bags #bags", channel.new_key(now(), 1)
    )
    assert await channel.find(outgoing) is None
    sent = await channel.send(outgoing)
    assert await channel.send(outgoing) == sent
    assert await channel.find(outgoing) == sent
    shown = bluesky_network.until(lambda: bluesky_network.thread(second))
    assert [(reply["uri"], reply["text"]) for reply in shown] == [(sent.id, outgoing.text)]
    record = bluesky_network.record(Ref(sent.id, ""))
    assert record["reply"] == {"root": first._asdict(), "parent": second._asdict()}
    assert {facet["features"][0]["$type"].partition("#")[2] for facet in record["facets"]} == {"mention", "link", "tag"}


async def test_an_answer_without_known_content_ids_finds_them(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    written = bluesky_network.post(charlie, "Anybody there?")
    bluesky_network.until(lambda: bluesky_network.shows(written))
    sent = await channel.send(Outgoing(key=channel.new_key(now(), 2), text="Yes.", created=now(), to=written.uri))
    assert bluesky_network.record(Ref(sent.id, ""))["reply"]["root"] == written._asdict()
    gone = Outgoing(key=channel.new_key(now(), 3), text="Yes.", created=now(), to=written.uri[:-4] + "2222")
    with pytest.raises(Rejected, match="gone"):
        await channel.send(gone)


async def test_a_closed_thread_is_not_answered_into_the_void(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    written = bluesky_network.post(charlie, "No replies, please")
    rkey = written.uri.rsplit("/", 1)[1]
    gate = {"$type": "app.bsky.feed.threadgate", "post": written.uri, "allow": [], "createdAt": now().isoformat()}
    bluesky_network.call(
        "POST", "com.atproto.repo.createRecord", charlie, repo=charlie.did, collection="app.bsky.feed.threadgate",
        rkey=rkey, record=gate,
    )  # fmt: skip

    def closed() -> bool:
        found = bluesky_network.call("GET", "app.bsky.feed.getPosts", alice, uris=[written.uri])["posts"]
        return bool(found) and found[0]["viewer"].get("replyDisabled", False)

    bluesky_network.until(closed)
    with pytest.raises(Rejected, match="nobody would see"):
        await channel.send(Outgoing(key=channel.new_key(now(), 4), text="But", created=now(), to=written.uri))


async def test_too_long_a_reply_is_refused_in_the_networks_words(bluesky_network, http, alice):
    channel = connect(bluesky_network.settings(alice), http)
    with pytest.raises(Rejected, match="300"):
        await channel.send(Outgoing(key=channel.new_key(now(), 5), text="x" * 301, created=now()))


@pytest.mark.parametrize("after", [False, True])
async def test_a_send_that_was_cut_off_is_looked_up_and_never_doubled(bluesky_network, http, alice, after):
    """The connection breaks before the server has the request, or after it has answered."""
    settings = bluesky_network.settings(alice)
    async with severed(bluesky_network.pds, at="/xrpc/com.atproto.repo.createRecord", after=after) as line:
        channel = connect(settings | {"service": line.url}, http)
        outgoing = Outgoing(key=channel.new_key(now(), 6), text=f"Only once, {after}", created=now())
        if after:
            sent = await channel.send(outgoing)
        else:
            with pytest.raises(RetryLater, match="same key"):
                await channel.send(outgoing)
            assert await channel.find(outgoing) is None
            sent = await channel.send(outgoing)
        assert line.cut
        line.down = True
        with pytest.raises((Unclear, RetryLater)):
            await channel.send(outgoing)
    assert await connect(settings, http).find(outgoing) == sent
    listed = bluesky_network.call("GET", "com.atproto.repo.listRecords", repo=alice.did, collection=POST)
    assert [record["uri"] for record in listed["records"]] == [sent.id]


async def test_a_refused_app_password_says_what_to_do(bluesky_network, http, alice):
    settings = bluesky_network.settings(alice)
    with pytest.raises(LogInAgain, match="Make a new one") as caught:
        await connect(settings | {"password": "abcd-efgh-ijkl-mnop"}, http).check()
    assert "abcd-efgh" not in str(caught.value)
    bluesky_network.revoke(alice)
    with pytest.raises(LogInAgain, match="Make a new one"):
        await posts_of(connect(settings, http).poll("", (), now()))


async def test_an_expired_session_is_renewed_unnoticed(bluesky_network, http, alice):
    channel = connect(bluesky_network.settings(alice), http)
    fresh = await channel._client.session()  # its tokens live for hours; these are as good as expired
    channel._client._session = type(fresh)("old.old.old", fresh.refresh_jwt, fresh.did, fresh.handle, fresh.did_doc)
    assert (await channel.check()).account.id == alice.did
    channel._client._session = type(fresh)("old.old.old", "old.old.old", fresh.did, fresh.handle, fresh.did_doc)
    assert (await channel.check()).account.id == alice.did


async def test_the_stream_tells_of_posts_edits_and_deletions(bluesky_network, http, charlie):
    channel = connect(bluesky_network.anonymous(), http)
    heard: list[Batch] = []

    async def follow(cursor: str, until: Ref, kind: type) -> str:
        async with asyncio.timeout(20), aclosing(channel.stream(cursor, (Query(1, "zebra", ("zebra",)),))) as batches:
            async for batch in batches:
                heard.append(batch)
                cursor = batch.cursor or cursor
                if any(item.id == until.uri for item in (batch.posts if kind is Post else batch.deletions)):
                    return cursor
        raise AssertionError

    first = bluesky_network.post(charlie, "A zebra on board")
    cursor = await follow("1", first, Post)
    post = next(post for batch in heard for post in batch.posts if post.id == first.uri)
    assert (post.text, post.author.id, post.author.name) == ("A zebra on board", charlie.did, charlie.handle)
    bluesky_network.edit(charlie, first, "Two zebras on board")
    second = bluesky_network.post(charlie, "And a third", reply_to=first)
    bluesky_network.delete(charlie, first)
    heard.clear()
    cursor = await follow(cursor, first, Deletion)
    versions = [post for batch in heard for post in batch.posts if post.id == first.uri]
    assert [post.text for post in versions] == ["A zebra on board", "Two zebras on board"]
    assert versions[0].stamp < versions[1].stamp
    assert versions[1].edited
    answer = next(post for batch in heard for post in batch.posts if post.id == second.uri)
    assert (answer.parent, answer.root, answer.parent_author) == (first.uri, first.uri, charlie.did)
    assert not any(batch.malformed for batch in heard)
    assert heard[0].covered[0].start <= datetime.fromtimestamp(post.stamp / 1e6, UTC) + timedelta(seconds=1)


async def test_what_was_written_while_nobody_listened_is_heard_later(bluesky_network, http, charlie):
    channel = connect(bluesky_network.anonymous(), http)
    await_first = bluesky_network.post(charlie, "Before")
    cursor = await _until(channel, "1", await_first)
    missed = [bluesky_network.post(charlie, f"Missed {number}") for number in range(3)]
    heard: list[Batch] = []
    await _until(connect(bluesky_network.anonymous(), http), cursor, missed[-1], heard)
    found = [post.id for batch in heard for post in batch.posts]
    assert [uri for uri in found if uri in {ref.uri for ref in missed}] == [ref.uri for ref in missed]
    edges = [period for batch in heard for period in batch.covered]
    assert edges[0].start == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(cursor))


async def _until(channel, cursor: str, post: Ref, heard: list[Batch] | None = None) -> str:
    async with asyncio.timeout(20), aclosing(channel.stream(cursor, ())) as batches:
        async for batch in batches:
            cursor = batch.cursor or cursor
            if heard is not None:
                heard.append(batch)
            if any(item.id == post.uri for item in batch.posts):
                return cursor
    raise AssertionError


def test_everything_declared_was_shown_here():
    assert MANIFEST.can == {
        Can.POLL, Can.STREAM, Can.SEARCH, Can.NOTIFICATIONS, Can.REPLY, Can.FIND, Can.EDITS, Can.DELETIONS,
        Can.ENGAGEMENT, Can.BACKFILL, Can.ANONYMOUS,
    }  # fmt: skip
