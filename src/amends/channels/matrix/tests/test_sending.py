from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from amends.channels.base import Act, Author, File, Outgoing, Rejected, RetryLater, Unclear, Visibility
from amends.channels.matrix.parse import Context
from amends.channels.matrix.sending import KEY
from amends.channels.matrix.tests.server import ACME, BOB, CHARLIE, DONE_UNHEARD, refusal
from amends.channels.testing.loopback import NOTHING

NOW = datetime.now(UTC)
LIMITED, PRIVATE = Visibility.LIMITED, Visibility.PRIVATE
PICTURES = (File("a.png", "image/png", b"one"), File("b.pdf", "application/pdf", b"two", "The form"))


@pytest.fixture
def room(server):
    return server.room("help")


@pytest.fixture
def post(server, room):
    return f"{room}/{server.say(room, 'Lost my bag')}"


@pytest.fixture
def answer(post):
    context = msgspec.json.encode(Context(Visibility.PUBLIC)).decode()
    given = {"key": "key-1", "text": "Sorry.", "created": NOW, "to": post, "root": post, "to_context": context}
    return lambda **more: Outgoing(**({**given, "to_author": Author(CHARLIE)} | more))


def standing(server, kind="m.room.message"):
    return [one for one in server.events if one["sender"] == ACME and one["type"] == kind]


async def test_an_answer_is_under_its_message_names_its_author_and_tells_that_it_was_read(server, account, answer):
    sent = await account().send(answer())
    (event,) = standing(server)
    assert sent.id == f"{event['room_id']}/{event['event_id']}"
    assert event["content"] == {
        "msgtype": "m.text",
        "body": "Sorry.",
        "m.mentions": {"user_ids": [CHARLIE]},
        "m.relates_to": {"m.in_reply_to": {"event_id": answer().to.rpartition("/")[2]}},
        KEY: {"key": "key-1", "part": 0},
    }
    assert server.read == [answer().to.rpartition("/")[2]]


@pytest.mark.parametrize("fault", [DONE_UNHEARD, NOTHING, refusal(502, "M_UNKNOWN", "Bad gateway")])
async def test_whatever_breaks_the_answer_stands_once(server, account, answer, fault):
    server.faults["send"] = [fault]
    channel = account()
    try:
        sent = await channel.send(answer())
    except RetryLater:
        sent = await channel.send(answer())
    assert len(standing(server)) == 1
    assert sent.id == (await channel.find(answer())).id


async def test_another_device_that_sends_the_same_finds_it(server, account, answer):
    first = await account().send(answer())
    server.done.clear()  # the server remembers no transaction for ever
    assert (await account().send(answer())).id == first.id
    assert len(standing(server)) == 1


async def test_an_answer_that_can_not_be_looked_up_is_unclear(server, account, answer, monkeypatch):
    def down(request, room):
        return refusal(503, "M_UNKNOWN", "Down")

    def send(request, *parts, real=server.send):
        monkeypatch.setattr(server, "messages", down)
        real(request, *parts)
        return NOTHING

    monkeypatch.setattr(server, "send", send)
    channel = account()
    with pytest.raises(Unclear, match="could not be looked up"):
        await channel.send(answer())
    with pytest.raises(RetryLater):
        await channel.find(answer())
    monkeypatch.undo()
    assert await channel.find(answer())


async def test_files_follow_the_words_and_a_break_between_leaves_none_out(server, account, answer):
    outgoing, channel = answer(files=PICTURES), account()
    server.faults["upload"] = [refusal(502, "M_UNKNOWN", "Bad gateway")]
    with pytest.raises(RetryLater):
        await channel.send(outgoing)
    assert await channel.find(outgoing) is None, "not all of it is there"
    sent = await channel.send(outgoing)
    assert [one["content"]["body"] for one in standing(server)] == ["Sorry.", "a.png", "The form"]
    assert [one["content"]["msgtype"] for one in standing(server)] == ["m.text", "m.image", "m.file"]
    assert server.files == [b"one", b"two"]
    found = await channel.find(outgoing)
    assert [part.id for part in (found, *found.more)] == [part.id for part in (sent, *sent.more)]
    assert len(found.more) == 2


async def test_a_message_is_liked_once(server, account, answer):
    liking, channel = answer(act=Act.LIKE, text=""), account()
    assert await channel.find(liking) is None
    server.faults["send"] = [DONE_UNHEARD]
    with pytest.raises(RetryLater):
        await channel.send(liking)
    assert (await channel.send(liking)).id == (await channel.find(liking)).id
    assert len(standing(server, "m.reaction")) == 1


async def test_an_answer_of_ours_is_changed_under_its_id(server, account, answer):
    channel = account()
    sent = await channel.send(answer())
    change = answer(key="key-2", act=Act.EDIT, to=sent.id, text="So sorry.")
    assert await channel.find(change) is None
    assert (await channel.send(change)).id == (await channel.send(change)).id == sent.id
    event = standing(server)[-1]["content"]
    assert event["m.relates_to"] == {"rel_type": "m.replace", "event_id": sent.id.rpartition("/")[2]}
    assert event["m.new_content"] == {"msgtype": "m.text", "body": "So sorry.", "m.mentions": {}}
    assert len(standing(server)) == 2


async def test_a_private_answer_makes_one_room_and_keeps_to_it(server, account, answer):
    private, channel = answer(visibility=PRIVATE), account()
    assert await channel.find(private) is None
    sent = await channel.send(private)
    assert sent.id == (await channel.find(private)).id
    again = await channel.send(answer(visibility=PRIVATE, key="key-2"))
    room = sent.id.partition("/")[0]
    assert again.id.startswith(room)
    assert server.asked.count("create") == 1
    assert server.lists == {CHARLIE: [room]}
    assert "m.relates_to" not in standing(server)[0]["content"], "what it answers is in another room"


async def test_a_room_that_was_made_and_not_told_is_found(server, account, answer):
    server.faults["create"] = [DONE_UNHEARD]
    private, channel = answer(visibility=PRIVATE), account()
    with pytest.raises(RetryLater):
        await channel.send(private)
    await channel.send(private)
    assert server.asked.count("create") == 1


async def test_a_direct_room_is_answered_in_while_it_is_one_of_two(server, account, answer):
    room = server.room("direct", CHARLIE, ACME, public=False)
    context = msgspec.json.encode(Context(PRIVATE, direct=True)).decode()
    to = f"{room}/{server.say(room, 'My number is 555-0199')}"
    private = answer(visibility=PRIVATE, to=to, to_context=context)
    assert (await account().send(private)).id.startswith(room)
    server.enter(room, BOB)
    aside = await account().send(answer(visibility=PRIVATE, to=to, to_context=context, key="key-2"))
    assert not aside.id.startswith(room)


async def test_a_room_that_is_encrypted_gets_no_plain_words(server, account, answer, room):
    server.encrypts = True
    with pytest.raises(Rejected, match="encrypts every direct room"):
        await account().send(answer(visibility=PRIVATE))
    server.set(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    with pytest.raises(Rejected, match="encrypted"):
        await account().send(answer())
    assert not standing(server)


@pytest.mark.parametrize("opened", [("m.room.join_rules", "join_rule", "public"),
                                    ("m.room.history_visibility", "history_visibility", "world_readable")])  # fmt: skip
async def test_what_was_meant_for_members_is_not_said_in_public(server, account, answer, opened):
    kind, name, value = opened
    room = server.room("members", public=False)
    limited = answer(visibility=LIMITED, to=f"{room}/{server.say(room, 'Lost my bag')}")
    assert await account().send(limited)
    server.set(room, kind, {name: value})
    with pytest.raises(Rejected, match="open to everybody"):
        await account().send(answer(visibility=LIMITED, to=limited.to, key="key-2"))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"act": Act.QUOTE}, "quoted"),
        ({"text": "é" * 15_001}, "30,000 bytes"),
        ({"files": PICTURES * 6}, "at most 10 files"),
        ({"files": (File("a.png", "image/png", b"x" * 1001),)}, "larger"),
        ({"to": ""}, "No room"),
        ({"to": "", "act": Act.EDIT}, "can't be changed"),
        ({"to": "$x", "act": Act.LIKE}, "can't be liked"),
        ({"to_author": None, "visibility": PRIVATE}, "Nobody is named"),
    ],
)
async def test_what_is_not_offered_is_refused(server, account, answer, more, why):
    with pytest.raises(Rejected, match=why):
        await account(upload="1000").send(answer(**more))
    assert not standing(server)
