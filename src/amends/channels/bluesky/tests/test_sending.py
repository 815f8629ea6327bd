from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from amends.channels.base import (
    Author,
    File,
    LogInAgain,
    Outgoing,
    Rejected,
    RetryLater,
    Unclear,
    Visibility,
)
from amends.channels.bluesky import connect
from amends.channels.bluesky.ids import tid
from amends.channels.bluesky.parse import Context
from amends.channels.bluesky.sending import record_of
from amends.channels.bluesky.tests.server import DONE_UNHEARD, refusal
from amends.channels.testing.loopback import NOTHING, Reply

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def outgoing(server):
    return Outgoing(key=tid(NOW, 7), text="Sorry!", created=NOW, to=server.posts[-1]["uri"], lang="en")


def test_a_record_is_the_same_at_every_attempt():
    bob = Author(id="did:plc:bob", name="bob.test")
    root = "at://did:plc:charlie/app.bsky.feed.post/1"
    reply = Outgoing(
        key="k", text="@bob.test #ok", created=NOW, to="at://did:plc:bob/app.bsky.feed.post/2", root=root, to_author=bob
    )
    record = record_of(reply, Context("cid2", "cid1"))
    assert record == record_of(reply, Context("cid2", "cid1"))
    assert record["createdAt"] == "2026-11-22T12:00:00.123Z"
    assert record["reply"] == {"root": {"uri": root, "cid": "cid1"}, "parent": {"uri": reply.to, "cid": "cid2"}}
    assert len(record["facets"]) == 2
    assert "langs" not in record


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
    assert "createRecord" not in server.asked


async def test_where_replies_are_closed_none_is_sent(account, server, outgoing):
    server.posts[-1]["viewer"] = {"replyDisabled": True}
    with pytest.raises(Rejected, match="nobody would see"):
        await account().send(outgoing)
    assert "createRecord" not in server.asked


@pytest.mark.parametrize("fault", [DONE_UNHEARD, NOTHING, Reply(status=502)])
async def test_a_cut_send_is_looked_up(account, server, outgoing, fault):
    channel = account()
    server.faults["createRecord"] = [fault]
    if fault is DONE_UNHEARD:
        assert (await channel.send(outgoing)).id
    else:
        with pytest.raises(RetryLater, match="same key"):
            await channel.send(outgoing)
        assert (await channel.send(outgoing)).id
    assert len(server.records) == 1
    assert (await channel.find(outgoing)).id


async def test_a_cut_send_that_can_not_be_looked_up_is_unclear(account, server, outgoing):
    server.faults["createRecord"] = [DONE_UNHEARD]
    server.faults["getRecord"] = [Reply(status=503)] * 3
    channel = account()
    with pytest.raises(Unclear):
        await channel.send(outgoing)
    assert (await channel.find(outgoing)).id


async def test_a_cut_send_whose_look_up_is_refused_is_unclear_too(account, server, outgoing):
    server.faults["createRecord"] = [DONE_UNHEARD]
    server.faults["getRecord"] = [refusal(403, "Forbidden", "no")]
    with pytest.raises(Unclear):
        await account().send(outgoing)


async def test_a_refusal_stands(account, server, outgoing):
    server.faults["createRecord"] = [refusal(400, "InvalidRequest", "grapheme too big (maximum 300, got 400)")]
    with pytest.raises(Rejected, match="maximum 300"):
        await account().send(outgoing)


async def test_a_limit_is_not_a_send(account, server, outgoing):
    server.faults["createRecord"] = [Reply({"error": "RateLimitExceeded"}, 429, {"ratelimit-reset": "60"})]
    with pytest.raises(RetryLater) as caught:
        await account().send(outgoing)
    assert caught.value.after
    assert not server.records


async def test_another_post_under_the_same_key_is_not_taken_for_ours(account, server, outgoing):
    await account().send(outgoing)
    with pytest.raises(Rejected, match="Another post"):
        await account().send(msgspec.structs.replace(outgoing, text="Something else"))


@pytest.mark.parametrize(
    "change",
    [
        {"visibility": Visibility.PRIVATE},
        {"visibility": Visibility.LIMITED},
        {"files": (File("b.png", "image/png", b"png"),)},
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
