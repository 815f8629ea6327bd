from __future__ import annotations

import json
import struct
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from amends.channels.base import (
    Act,
    BadData,
    File,
    LogInAgain,
    Outgoing,
    Rejected,
    RetryLater,
    Unclear,
    Visibility,
)
from amends.channels.bluesky import connect
from amends.channels.bluesky.ids import split, tid
from amends.channels.bluesky.tests.server import DONE_UNHEARD, refusal
from amends.channels.testing.loopback import NOTHING, Reply

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def outgoing(server):
    return Outgoing(key=tid(NOW, 7), text="Sorry!", created=NOW, to=server.posts[-1]["uri"], lang="en")


async def test_a_reply_is_sent_and_found(account, server, outgoing):
    channel = account()
    assert await channel.find(outgoing) is None
    sent = await channel.send(outgoing)
    assert sent.id == f"at://{server.did}/app.bsky.feed.post/{outgoing.key}"
    assert sent.url == f"https://bsky.app/profile/{server.did}/post/{outgoing.key}"
    assert await channel.find(outgoing) == sent
    value = server.records[outgoing.key]["value"]
    cid = server.posts[-1]["cid"]
    assert value["reply"]["parent"] == {"uri": outgoing.to, "cid": cid} == value["reply"]["root"]
    assert value["langs"] == ["en"]
    assert json.loads(sent.context)["root_cid"] == cid


async def test_a_second_send_finds_the_first(account, server, outgoing):
    assert await account().send(outgoing) == await account().send(outgoing)
    assert len(server.records) == 1


async def test_known_content_ids_are_kept_though_the_post_is_not_shown_yet(account, server, outgoing):
    fresh = msgspec.structs.replace(
        outgoing, to="at://did:plc:x/app.bsky.feed.post/9", root="at://did:plc:y/app.bsky.feed.post/8",
        to_context='{"cid": "c9", "root_cid": "c8"}',
    )  # fmt: skip
    await account().send(fresh)
    reply = server.records[outgoing.key]["value"]["reply"]
    assert (reply["parent"]["cid"], reply["root"]["cid"]) == ("c9", "c8")


@pytest.mark.parametrize("context", ["", "{", '{"cid": 7}', "[]"])
async def test_a_post_that_is_gone_can_not_be_answered(account, server, outgoing, context):
    gone = msgspec.structs.replace(outgoing, to="at://did:plc:x/app.bsky.feed.post/9", to_context=context)
    with pytest.raises(Rejected, match="gone"):
        await account().send(gone)
    assert "applyWrites" not in server.asked


async def test_where_replies_are_closed_none_is_sent(account, server, outgoing):
    server.posts[-1]["viewer"] = {"replyDisabled": True}
    with pytest.raises(Rejected, match="nobody would see"):
        await account().send(outgoing)
    assert "applyWrites" not in server.asked


@pytest.mark.parametrize("fault", [DONE_UNHEARD, NOTHING, Reply(status=502), Reply(b"<html>")])
async def test_a_cut_send_is_looked_up(account, server, outgoing, fault):
    channel = account()
    server.faults["applyWrites"] = [fault]
    if fault is DONE_UNHEARD:
        assert (await channel.send(outgoing)).id
    else:
        with pytest.raises(RetryLater, match="same key"):
            await channel.send(outgoing)
        assert (await channel.send(outgoing)).id
    assert len(server.records) == 1
    assert (await channel.find(outgoing)).id


async def test_a_cut_send_that_can_not_be_looked_up_is_unclear(account, server, outgoing):
    server.faults["applyWrites"] = [DONE_UNHEARD]
    server.faults["getRecord"] = [Reply(status=503)] * 3
    channel = account()
    with pytest.raises(Unclear):
        await channel.send(outgoing)
    assert (await channel.find(outgoing)).id


async def test_a_cut_send_whose_look_up_is_refused_is_unclear_too(account, server, outgoing):
    server.faults["applyWrites"] = [DONE_UNHEARD]
    server.faults["getRecord"] = [refusal(403, "Forbidden", "no")]
    with pytest.raises(Unclear):
        await account().send(outgoing)


async def test_a_refusal_stands(account, server, outgoing):
    server.faults["applyWrites"] = [refusal(400, "InvalidRequest", "grapheme too big (maximum 300, got 400)")]
    with pytest.raises(Rejected, match="maximum 300"):
        await account().send(outgoing)


async def test_a_limit_is_not_a_send(account, server, outgoing):
    server.faults["applyWrites"] = [Reply({"error": "RateLimitExceeded"}, 429, {"ratelimit-reset": "60"})]
    with pytest.raises(RetryLater) as caught:
        await account().send(outgoing)
    assert caught.value.after
    assert not server.records


async def test_another_post_under_the_same_key_is_not_taken_for_ours(account, server, outgoing):
    await account().send(outgoing)
    with pytest.raises(Rejected, match="Another post"):
        await account().send(msgspec.structs.replace(outgoing, text="Something else"))


async def test_a_thread_stands_whole_in_one_write(account, server, outgoing):
    """Each part answers the one before it, whose content id is known before any of them exists."""
    thread = msgspec.structs.replace(outgoing, text="One. Two. Three.", parts=("One.", "Two.", "Three."))
    channel = account()
    assert await channel.find(thread) is None
    sent = await channel.send(thread)
    assert server.asked.count("applyWrites") == 1
    parts = [sent, *sent.more]
    records = [server.records[part.id.rsplit("/", 1)[1]] for part in parts]
    assert [record["value"]["text"] for record in records] == list(thread.parts)
    assert [part.id for part in parts] == sorted(part.id for part in parts)
    assert sent.id.endswith(outgoing.key)
    assert records[0]["value"]["reply"]["parent"]["uri"] == outgoing.to
    for before, after in pairwise(records):
        assert after["value"]["reply"]["parent"] == {"uri": before["uri"], "cid": before["cid"]}
        assert after["value"]["reply"]["root"] == records[0]["value"]["reply"]["root"]
        assert before["value"]["createdAt"] < after["value"]["createdAt"]
    assert await channel.find(thread) == sent == await channel.send(thread)


async def test_a_thread_of_which_a_part_was_deleted_by_hand_is_not_sent_again(account, server, outgoing):
    thread = msgspec.structs.replace(outgoing, text="One. Two.", parts=("One.", "Two."))
    sent = await account().send(thread)
    for part in (sent, sent.more[0]):
        rkey = part.id.rsplit("/", 1)[1]
        kept = server.records.pop(rkey)
        assert (await account().find(thread)).id == sent.id
        server.records[rkey] = kept


async def test_a_picture_whose_place_can_not_be_read_is_no_answer(account, server, outgoing):
    for blob in ({}, {"ref": {"$link": "?"}}, {"ref": {"$link": "bafy"}, "size": 1.5}, 7):
        server.faults["uploadBlob"] = [Reply({"blob": blob})]
        with pytest.raises(BadData, match="picture"):
            await account().send(msgspec.structs.replace(outgoing, files=(PNG,)))
    assert not server.records


async def test_a_post_is_quoted_with_pictures_beside_it(account, server, outgoing):
    picture = File("b.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 8 + struct.pack(">II", 3, 2), "A red bag")
    quote = msgspec.structs.replace(outgoing, act=Act.QUOTE, files=(picture,))
    await account().send(quote)
    value = server.records[quote.key]["value"]
    assert "reply" not in value
    assert value["embed"]["record"]["record"] == {"uri": quote.to, "cid": server.posts[-1]["cid"]}
    [image] = value["embed"]["media"]["images"]
    assert (image["alt"], image["aspectRatio"]) == ("A red bag", {"width": 3, "height": 2})
    assert image["image"]["size"] == len(picture.content)
    assert server.blobs == [("image/png", picture.content)]


async def test_a_quote_alone_and_a_reply_with_a_picture(account, server, outgoing):
    await account().send(msgspec.structs.replace(outgoing, act=Act.QUOTE))
    assert server.records[outgoing.key]["value"]["embed"]["$type"] == "app.bsky.embed.record"
    server.records.clear()
    await account().send(msgspec.structs.replace(outgoing, files=(File("b.gif", "image/gif", b"?", "A bag"),)))
    value = server.records[outgoing.key]["value"]
    assert value["embed"]["$type"] == "app.bsky.embed.images"
    assert "aspectRatio" not in value["embed"]["images"][0]
    assert value["reply"]["parent"]["uri"] == outgoing.to


async def test_what_may_not_be_quoted_is_not(account, server, outgoing):
    server.posts[-1]["viewer"] = {"embeddingDisabled": True}
    with pytest.raises(Rejected, match="quoted"):
        await account().send(msgspec.structs.replace(outgoing, act=Act.QUOTE))
    await account().send(outgoing)


async def test_a_post_is_liked_once_however_often(account, server, outgoing):
    like = msgspec.structs.replace(outgoing, act=Act.LIKE, text="")
    channel = account()
    assert await channel.find(like) is None
    sent = await channel.send(like)
    later = msgspec.structs.replace(like, key=tid(NOW, 8), created=NOW + timedelta(days=1))
    assert (await channel.send(later)).id == sent.id == (await channel.find(later)).id
    [record] = server.records.values()
    assert record["value"]["subject"] == {"uri": like.to, "cid": server.posts[-1]["cid"]}
    assert split(sent.id).collection == "app.bsky.feed.like"


async def test_a_post_that_was_liked_in_an_app_is_liked(account, server, outgoing):
    already = f"at://{server.did}/app.bsky.feed.like/3k2aaaaaaaaaa"
    server.posts[-1]["viewer"] = {"like": already}
    assert (await account().send(msgspec.structs.replace(outgoing, act=Act.LIKE, text=""))).id == already
    assert not server.records


PNG = File("b.png", "image/png", b"png")


@pytest.mark.parametrize(
    "change",
    [
        {"visibility": Visibility.PRIVATE},
        {"visibility": Visibility.LIMITED},
        {"visibility": Visibility.PRIVATE, "act": Act.LIKE},
        {"visibility": Visibility.PRIVATE, "act": Act.QUOTE},
        {"act": Act.EDIT},
        {"act": Act.QUOTE, "to": ""},
        {"act": Act.LIKE, "to": ""},
        {"to": "chat:3m6convo/3m7message"},
        {"to": "chat:3m6convo/3m7message", "act": Act.QUOTE},
        {"text": "x" * 301},
        {"text": "é" * 290 + "👩‍👩‍👧‍👦" * 200},
        {"parts": ("One.", "x" * 301)},
        {"parts": ("x",) * 7},
        {"files": (PNG,) * 5},
        {"files": (File("b.pdf", "application/pdf", b"pdf"),)},
        {"files": (File("b.heic", "image/heic", b"heic"),)},
        {"files": (File("b.png", "image/png", b"x" * 2_000_001),)},
    ],
)
async def test_what_would_become_public_or_be_left_out_is_not_sent(account, server, outgoing, change):
    with pytest.raises(Rejected):
        await account().send(msgspec.structs.replace(outgoing, **change))
    assert server.asked == []


async def test_a_listener_can_not_answer(http, outgoing):
    for call in (connect({}, http).send, connect({}, http).find):
        with pytest.raises(LogInAgain, match="only listens"):
            await call(outgoing)
