"""The Bluesky channel against the reference servers of the AT Protocol."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from amends.channels.base import Act, Batch, Can, Deletion, File, LogInAgain, Outgoing, Post, Query, Rejected
from amends.channels.bluesky import MANIFEST, connect
from amends.channels.bluesky.ids import POST
from amends.channels.http import Http
from tests.peers.bluesky import Account, BlueskyNetwork, Ref
from tests.peers.record_bluesky import picture

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("bluesky")]

names = itertools.count(1)
STAMP = "2026-11-22T12:00:00.000Z"
BAG = File("bag.png", "image/png", picture(), "A red bag")


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


def posts_by(network: BlueskyNetwork, account: Account) -> list[str]:
    """The texts of the account's posts."""
    listed = network.call("GET", "com.atproto.repo.listRecords", repo=account.did, collection=POST)["records"]
    return [record["value"]["text"] for record in listed]


def viewed(network: BlueskyNetwork, account: Account, post: Ref) -> dict[str, Any]:
    """What the account may do with a post."""
    found = network.call("GET", "app.bsky.feed.getPosts", account, uris=[post.uri])["posts"]
    return dict(found[0]["viewer"]) if found else {}


def put(network: BlueskyNetwork, account: Account, collection: str, post: Ref, record: dict[str, Any]) -> None:
    """A record of the account's that stands beside a post, under the same key."""
    given = {"repo": account.did, "collection": collection, "rkey": post.uri.rsplit("/", 1)[1], "record": record}
    network.call("POST", "com.atproto.repo.createRecord", account, **given)


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


async def test_new_counts_an_edit_and_a_deletion_of_what_was_heard(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    written = bluesky_network.post(charlie, f"@{alice.handle} going viral")
    cursor, at, seen = "", now(), []

    async def poll() -> None:
        nonlocal cursor, at
        at += timedelta(seconds=31)
        async for batch in channel.poll(cursor, (), at):
            cursor = batch.cursor or cursor
            seen.extend([*batch.readings, *batch.deletions, *(post for post in batch.posts if post.edited)])

    bluesky_network.repost(alice, written)
    async with asyncio.timeout(20):
        while not any(getattr(item, "engagement", None) and item.engagement.reshares == 1 for item in seen):
            await poll()
    bluesky_network.edit(charlie, written, f"@{alice.handle} going round the world")
    async with asyncio.timeout(20):
        while not any(getattr(item, "text", "").endswith("round the world") for item in seen):
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


async def test_a_long_answer_stands_as_a_thread(bluesky_network, http, alice, charlie):
    """Made in one write, so that each part names the one before by a content id that was reckoned beforehand."""
    channel = connect(bluesky_network.settings(alice), http)
    written = bluesky_network.post(charlie, "Where is my bag?")
    bluesky_network.until(lambda: bluesky_network.shows(written))
    parts = ("We looked for it. 🧳", "It was in Rome.", "It comes to you tomorrow.")
    outgoing = Outgoing(
        key=channel.new_key(now(), 6), text=" ".join(parts), parts=parts, created=now(), to=written.uri, files=(BAG,)
    )
    assert await channel.find(outgoing) is None
    sent = await channel.send(outgoing)
    assert await channel.send(outgoing) == sent == await channel.find(outgoing)
    above = written
    for text, part in zip(parts, (sent, *sent.more), strict=True):
        [shown] = bluesky_network.until(lambda above=above: bluesky_network.thread(above))
        assert (shown["uri"], shown["text"]) == (part.id, text)
        above = Ref(part.id, "")
    image = bluesky_network.record(Ref(sent.id, ""))["embed"]["images"][0]
    assert (image["alt"], image["aspectRatio"]) == ("A red bag", {"width": 1, "height": 1})


async def test_a_thread_of_which_a_part_is_refused_does_not_stand_at_all(bluesky_network, http, alice):
    """This server is older than pictures of two million bytes."""
    channel = connect(bluesky_network.settings(alice), http)
    large = File("b.png", "image/png", BAG.content + b"x" * 1_500_000)
    outgoing = Outgoing(
        key=channel.new_key(now(), 7), text="One. Two.", parts=("One.", "Two."), created=now(), files=(large,)
    )
    with pytest.raises(Rejected, match="too big"):
        await channel.send(outgoing)
    assert await channel.find(outgoing) is None
    assert posts_by(bluesky_network, alice) == []


async def test_a_quote_and_a_like_stand_once(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    written = bluesky_network.post(charlie, "Thank you!")
    bluesky_network.until(lambda: bluesky_network.shows(written))
    to = {"created": now(), "to": written.uri}
    quote = Outgoing(key=channel.new_key(now(), 8), text="Gladly.", act=Act.QUOTE, files=(BAG,), **to)
    likes = [Outgoing(key=channel.new_key(now(), number), text="", act=Act.LIKE, **to) for number in (9, 10)]
    for outgoing in (quote, *likes, *likes):
        await channel.send(outgoing)
        assert await channel.find(outgoing)

    def counted() -> bool:
        [found] = bluesky_network.call("GET", "app.bsky.feed.getPosts", alice, uris=[written.uri])["posts"]
        return bool((found["quoteCount"], found["likeCount"]) == (1, 1) and found["viewer"].get("like"))

    bluesky_network.until(counted)
    assert (await channel.find(likes[0])) == await channel.find(likes[1])
    assert bluesky_network.record(Ref((await channel.find(quote)).id, ""))["embed"]["record"]["record"] == {
        "uri": written.uri, "cid": written.cid,
    }  # fmt: skip


async def test_what_may_not_be_quoted_is_not(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    written = bluesky_network.post(charlie, "Between us")
    rules = [{"$type": "app.bsky.feed.postgate#disableRule"}]
    gate = {"$type": "app.bsky.feed.postgate", "post": written.uri, "embeddingRules": rules, "createdAt": STAMP}
    put(bluesky_network, charlie, "app.bsky.feed.postgate", written, gate)
    bluesky_network.until(lambda: viewed(bluesky_network, alice, written).get("embeddingDisabled"))
    with pytest.raises(Rejected, match="quoted"):
        await channel.send(
            Outgoing(key=channel.new_key(now(), 11), text="Look", created=now(), to=written.uri, act=Act.QUOTE)
        )


async def test_what_a_writer_warns_of_is_told(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    word = f"zeppelin{next(names)}"
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]}
    written = bluesky_network.post(charlie, f"the {word} fell", labels=labels)
    bluesky_network.until(lambda: bluesky_network.shows(written))
    [post] = await posts_of(channel.poll("", (Query(1, word, (word,)),), now()))
    assert post.warning == "Its writer says: violent or disturbing pictures."


async def test_a_server_without_a_chat_service_has_no_direct_messages(bluesky_network, http, alice):
    channel = connect(bluesky_network.settings(alice), http)
    checked = await channel.check()
    assert checked.learned.get("direct") != "yes"
    assert "irect messages" in checked.note
    assert Can.DIRECT not in channel.can


async def test_a_closed_thread_is_not_answered_into_the_void(bluesky_network, http, alice, charlie):
    channel = connect(bluesky_network.settings(alice), http)
    written = bluesky_network.post(charlie, "No replies, please")
    gate = {"$type": "app.bsky.feed.threadgate", "post": written.uri, "allow": [], "createdAt": STAMP}
    put(bluesky_network, charlie, "app.bsky.feed.threadgate", written, gate)
    bluesky_network.until(lambda: viewed(bluesky_network, alice, written).get("replyDisabled"))
    with pytest.raises(Rejected, match="nobody would see"):
        await channel.send(Outgoing(key=channel.new_key(now(), 4), text="But", created=now(), to=written.uri))


async def test_an_app_password_that_was_taken_back_is_told(bluesky_network, http, alice):
    settings = bluesky_network.settings(alice)
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


async def test_whoever_wrote_what_we_listen_for_is_looked_up(bluesky_network, http, charlie):
    channel = connect(bluesky_network.anonymous(), http)
    written = bluesky_network.post(charlie, "A zebra on board")
    async with asyncio.timeout(20), aclosing(channel.stream("1", (Query(1, "zebra", ("zebra",)),))) as batches:
        async for batch in batches:
            if found := [post for post in batch.posts if post.id == written.uri]:
                break
    assert (found[0].author.id, found[0].author.name) == (charlie.did, charlie.handle)


def test_everything_declared_was_shown_here():
    """But for direct messages: nobody can run the chat service, and its simulator is the channel's own."""
    assert MANIFEST.can - {Can.DIRECT} == {
        Can.POLL, Can.STREAM, Can.SEARCH, Can.NOTIFICATIONS, Can.REPLY, Can.QUOTE, Can.LIKE, Can.MEDIA_OUT, Can.FIND,
        Can.EDITS, Can.DELETIONS, Can.ENGAGEMENT, Can.BACKFILL, Can.ANONYMOUS,
    }  # fmt: skip
