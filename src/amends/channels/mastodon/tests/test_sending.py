from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amends.channels.base import Act, Can, File, LogInAgain, Outgoing, Rejected, RetryLater, Unclear, Visibility
from amends.channels.mastodon import connect, uploads
from amends.channels.mastodon.parse import Context
from amends.channels.mastodon.tests.conftest import NOW
from amends.channels.mastodon.tests.server import DONE_UNHEARD, refusal
from amends.channels.testing.loopback import NOTHING, Reply

POST = "POST /api/v1/statuses"
OWN = "GET /api/v1/accounts/:id/statuses"


@pytest.fixture
def asked(server):
    """Somebody's post, which is answered."""
    return server.write("charlie", "Where is my bag?")


@pytest.fixture
def outgoing(server, asked):
    """An answer to it, with values replaced."""

    def made(text="Sorry!", *, to=asked, **more):
        known = Context(to["id"], server.domain, to["visibility"], f"charlie@{server.domain}", to["spoiler_text"])
        given = {"to": to["uri"], "root": to["uri"], "to_context": msgspec.json.encode(known).decode()}
        return Outgoing(**{"key": "key", "text": text, "created": NOW, **given, **more})

    return made


def ours(server):
    return [one for one in server.statuses if one["account"]["acct"] == "acme"]


async def test_a_reply_stands_under_the_post_and_names_its_writer(server, account, outgoing, asked):
    sent = await (await account()).send(outgoing(lang="en-GB"))
    [standing] = ours(server)
    assert (sent.id, sent.url, sent.at) == (standing["uri"], standing["url"], NOW)
    assert standing["in_reply_to_id"] == asked["id"]
    assert server.bodies[-1] == {
        "status": "@charlie Sorry!", "visibility": "public", "in_reply_to_id": asked["id"], "language": "en",
    }  # fmt: skip
    assert json.loads(sent.context)["id"] == standing["id"]
    assert list(server.keys) == ["key"]


@pytest.mark.parametrize(
    ("answered", "wanted", "got"),
    [
        ("public", Visibility.PUBLIC, "public"),
        ("unlisted", Visibility.PUBLIC, "unlisted"),
        ("private", Visibility.PUBLIC, "private"),
        ("direct", Visibility.PUBLIC, "direct"),
        ("local", Visibility.PUBLIC, "private"),
        ("public", Visibility.PRIVATE, "direct"),
        ("public", Visibility.LIMITED, "private"),
    ],
)
async def test_who_may_read_an_answer(server, account, outgoing, answered, wanted, got):
    to = server.write("charlie", "psst", visibility=answered)
    await (await account()).send(outgoing(to=to, visibility=wanted))
    assert server.bodies[-1]["visibility"] == got


async def test_a_content_warning_is_kept(server, account, outgoing):
    to = server.write("charlie", "well", spoiler_text="politics")
    await (await account()).send(outgoing(to=to))
    assert (server.bodies[-1]["spoiler_text"], server.bodies[-1]["sensitive"]) == ("politics", True)


@pytest.mark.parametrize(
    "context", ["", "{", '{"id": "7", "at": "another.example"}', '{"id": "../7", "at": "social.example"}']
)
async def test_a_post_known_from_elsewhere_is_looked_up(server, account, outgoing, asked, context):
    await (await account()).send(outgoing(to_context=context))
    assert server.bodies[-1]["in_reply_to_id"] == asked["id"]
    assert server.bodies[-1]["status"] == "@charlie Sorry!"


async def test_what_is_gone_can_not_be_answered(server, account, outgoing, asked):
    channel = await account()
    server.remove(asked["id"])
    for known in ({}, {"to_context": ""}):
        with pytest.raises(Rejected, match="gone"):
            await channel.send(outgoing(**known))
    assert ours(server) == []


@pytest.mark.parametrize("fault", [DONE_UNHEARD, NOTHING, Reply(status=502), Reply(b"<html>")])
async def test_a_cut_send_is_looked_up(server, account, outgoing, fault):
    channel = await account()
    server.faults[POST] = [fault]
    if fault is DONE_UNHEARD:
        assert (await channel.send(outgoing())).id == ours(server)[0]["uri"]
    else:
        with pytest.raises(Exception) as caught:
            await channel.send(outgoing())
        assert type(caught.value).__name__ in ("Unclear", "BadData")
        assert await channel.find(outgoing()) is None
        await channel.send(outgoing())
    assert len(ours(server)) == 1
    assert await channel.find(outgoing())


async def test_a_cut_send_that_can_not_be_looked_up_is_unclear(server, account, outgoing):
    channel = await account()
    server.faults = {POST: [DONE_UNHEARD], OWN: [Reply(status=503)] * 3}
    with pytest.raises(Unclear, match="could not be looked up"):
        await channel.send(outgoing())
    assert (await channel.find(outgoing())).id == ours(server)[0]["uri"]


async def test_what_stands_is_known_by_its_very_text(server, account, outgoing, asked):
    channel = await account()
    server.write("acme", "@charlie Sorry?", in_reply_to_id=asked["id"])
    server.write("acme", "@charlie Sorry!")
    server.now = NOW - timedelta(minutes=6)
    server.write("acme", "@charlie Sorry!", in_reply_to_id=asked["id"])  # before this reply was approved
    assert await channel.find(outgoing()) is None
    server.lacks.add("source")
    server.now = NOW
    server.write("acme", "@charlie@social.example  Sorry!", in_reply_to_id=asked["id"])
    assert await channel.find(outgoing())


async def test_a_direct_answer_is_found_where_our_posts_do_not_list_it(server, account, outgoing):
    to = server.write("charlie", "psst", visibility="direct")
    channel = await account()
    sent = await channel.send(outgoing(to=to, visibility=Visibility.PRIVATE))
    server.faults[OWN] = [Reply([])]
    assert (await channel.find(outgoing(to=to, visibility=Visibility.PRIVATE))).id == sent.id


async def test_several_parts_answer_one_another(server, account, outgoing, asked):
    channel = await account()
    parts = outgoing("one two three", parts=("one", "two", "three"))
    sent = await channel.send(parts)
    first, second, third = ours(server)
    assert [first["in_reply_to_id"], second["in_reply_to_id"]] == [asked["id"], first["id"]]
    assert third["in_reply_to_id"] == second["id"]
    assert [server.sources[one["id"]] for one in (first, second, third)] == ["@charlie one", "two", "three"]
    assert [sent.id, *(one.id for one in sent.more)] == [one["uri"] for one in (first, second, third)]
    assert await channel.find(parts) == sent
    server.keys.clear()  # an hour later
    assert await channel.send(parts) == sent
    assert len(ours(server)) == 3


async def test_parts_go_on_where_they_were_cut(server, account, outgoing):
    channel, parts = await account(), outgoing("one two three", parts=("one", "two", "three"))
    server.faults[POST] = [DONE_UNHEARD, Reply(status=429, headers={"retry-after": "9"})]
    with pytest.raises(RetryLater) as error:
        await channel.send(parts)
    assert error.value.after == timedelta(seconds=9)
    assert len(ours(server)) == 1
    assert await channel.find(parts) is None
    assert len((await channel.send(parts)).more) == 2
    assert len(ours(server)) == 3


async def test_a_refused_part_takes_back_those_before(server, account, outgoing):
    channel, parts = await account(), outgoing("one two three", parts=("one", "two", "three"))
    original, count = server.post, iter((False, False, True))
    server.post = lambda request: refusal(422, "Validation failed: no") if next(count) else original(request)
    with pytest.raises(Rejected, match="Validation failed"):
        await channel.send(parts)
    assert ours(server) == []


async def test_parts_that_can_not_be_taken_back_are_told(server, account, outgoing):
    channel, parts = await account(), outgoing("one two", parts=("one", "two"))
    original, count = server.post, iter((False, True))
    server.post = lambda request: refusal(422, "no") if next(count) else original(request)
    server.faults["DELETE /api/v1/statuses/:id"] = [refusal(403, "no")]
    with pytest.raises(Rejected, match=r"delete them by hand: https://social\.example/@acme/"):
        await channel.send(parts)


async def test_nothing_leaves_when_a_later_part_is_too_long(server, account, outgoing):
    with pytest.raises(Rejected, match="shorten"):
        await (await account()).send(outgoing("one", parts=("one", "x" * 501)))
    assert POST not in server.asked


PICTURE = File("bag.png", "image/png", b"\x89PNG made up", alt="A red bag")


async def test_files_go_with_their_description(server, account, outgoing):
    channel = await account()
    await channel.send(outgoing(files=(PICTURE,)))
    assert server.bodies[-1]["media_ids"] == ["900"]
    sent = server.media["900"]["body"]
    assert b"A red bag" in sent and b'filename="bag.png"' in sent and PICTURE.content in sent
    await channel.send(outgoing("Again", key="key2", files=(PICTURE,)))
    assert len(server.media) == 1


async def test_a_file_in_work_is_waited_for(server, account, outgoing):
    server.working = 2
    await (await account()).send(outgoing(files=(PICTURE,)))
    assert server.asked.count("GET /api/v1/media/:id") == 2


async def test_a_file_that_takes_long_is_tried_again_later(server, account, outgoing, monkeypatch):
    monkeypatch.setattr(uploads, "WAITS", (0, 0))
    server.working = 99
    channel = await account()
    with pytest.raises(RetryLater, match=r"still working on bag\.png"):
        await channel.send(outgoing(files=(PICTURE,)))
    assert ours(server) == []
    server.working = 0
    await channel.send(outgoing(files=(PICTURE,)))
    assert len(server.media) == 1


async def test_older_servers_take_files_elsewhere(server, account, outgoing):
    channel = await account()
    server.faults["POST /api/v2/media"] = [refusal(404, "no")]
    await channel.send(outgoing(files=(PICTURE,)))
    assert "POST /api/v1/media" in server.asked


@pytest.mark.parametrize(
    ("files", "match"),
    [
        ((PICTURE,) * 5, "takes 4 files"),
        ((File("big.png", "image/png", b"x" * 1001),), "big.png is too large"),
        ((File("big.mp4", "video/mp4", b"x" * 2001),), "big.mp4 is too large"),
    ],
)
async def test_files_that_do_not_fit_are_refused_first(server, account, outgoing, files, match):
    with pytest.raises(Rejected, match=match):
        await (await account()).send(outgoing(files=files))
    assert not server.media


async def test_a_favourite(server, account, outgoing, asked):
    channel = await account()
    like = outgoing("", act=Act.LIKE)
    assert await channel.find(like) is None
    sent = await channel.send(like)
    assert asked["favourited"] and sent.id == f"{asked['uri']}#favourite-acme@social.example"
    assert await channel.find(like) == sent == await channel.send(like)


async def test_a_correction_keeps_the_rest(server, account, outgoing, asked):
    channel = await account()
    sent = await channel.send(outgoing(files=(PICTURE,)))
    edit = outgoing("Very sorry!", act=Act.EDIT, to=ours(server)[0], to_context=sent.context)
    assert await channel.find(edit) is None
    assert (await channel.send(edit)).id == sent.id
    assert server.bodies[-1] == {
        "status": "@charlie Very sorry!", "spoiler_text": "", "sensitive": False, "media_ids": ["900"],
        "language": "en",
    }  # fmt: skip
    assert (await channel.find(edit)).id == sent.id
    with pytest.raises(Rejected, match="at most 500"):
        await channel.send(msgspec.structs.replace(edit, text="x" * 500))


async def test_a_quote_where_the_server_can(server, account, outgoing, asked):
    channel = await account()
    await channel.send(outgoing(act=Act.QUOTE))
    assert server.bodies[-1] == {"status": "Sorry!", "visibility": "public", "quoted_status_id": asked["id"]}
    server.extra = {"api_versions": {"mastodon": 6}}
    channel = await account()
    assert Can.QUOTE not in channel.can
    with pytest.raises(Rejected, match="can't quote"):
        await channel.send(outgoing(act=Act.QUOTE))


async def test_a_refusal_stands(server, account, outgoing):
    channel = await account()
    server.faults[POST] = [refusal(422, "Validation failed: Text can't be blank")]
    with pytest.raises(Rejected, match="can't be blank"):
        await channel.send(outgoing())


async def test_a_private_message_to_nobody_is_not_sent(server, account, outgoing):
    with pytest.raises(Rejected, match="nobody would see"):
        await (await account()).send(
            outgoing(to={"id": "", "uri": "", "visibility": "", "spoiler_text": ""}, visibility=Visibility.PRIVATE)
        )


async def test_a_listener_can_not_answer(server, http, outgoing):
    channel = connect({"server": server.url}, http)
    for call in (channel.send, channel.find):
        with pytest.raises(LogInAgain, match="only listens"):
            await call(outgoing())


async def test_an_account_that_was_never_checked_says_so(server, http, outgoing):
    with pytest.raises(Rejected, match="check the connection"):
        await connect({"server": server.url, "token": "made-up-token"}, http).send(outgoing())


async def test_keys_are_made_of_the_moment_and_the_reply(account):
    channel = await account()
    assert channel.new_key(datetime(2026, 3, 2, tzinfo=UTC), 7) == "20260302T000000000000-7"
