from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amends.channels.base import Visibility
from amends.channels.matrix import history
from amends.channels.matrix.cursor import Place
from amends.channels.matrix.tests.server import ACME, BOB, CHARLIE, refusal

HOUR = 3600.0


def texts(batches):
    return [post.text for batch in batches for post in batch.posts]


def said(text):
    return lambda batches: text in texts(batches) and batches[-1].cursor


@pytest.fixture
def room(server):
    """A room that was made a week ago."""
    server.clock = lambda: time.time() - 168 * HOUR
    made = server.room("help", CHARLIE, BOB, ACME)
    server.clock = time.time
    return made


async def test_what_one_answer_leaves_out_is_read_from_the_history(server, room, account, hear, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 7)
    channel = account()
    server.say(room, "Before")
    heard = await hear(channel, said("Before"))
    for number in range(40):
        server.say(room, f"Bag {number}")
    heard = await hear(channel, said("Bag 39"), heard[-1].cursor)
    assert sorted(texts(heard)) == sorted(f"Bag {number}" for number in range(40)), "all of it, and each once"
    assert heard[-1].covered[0].start < heard[-1].covered[0].end - timedelta(minutes=4)


async def test_a_history_too_long_to_be_read_is_told(server, room, account, hear, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 5)
    monkeypatch.setattr(history, "PAGES", 2)
    channel = account()
    server.say(room, "Before")
    heard = await hear(channel, said("Before"))
    for number in range(40):
        server.say(room, f"Bag {number}")
    heard = await hear(channel, said("Bag 39"), heard[-1].cursor)
    assert len(texts(heard)) == 20
    assert datetime.now(UTC) - heard[-1].covered[0].start < timedelta(minutes=1)


async def test_a_new_connection_hears_the_last_day(server, room, account, hear):
    server.clock = lambda: time.time() - 30 * HOUR
    for number in range(30):
        server.say(room, f"Long ago {number}")
    server.clock = lambda: time.time() - 20 * HOUR
    for number in range(30):
        server.say(room, f"Today {number}")
    heard = await hear(account(), lambda batches: batches[-1].cursor)
    assert sorted(texts(heard)) == sorted(f"Today {number}" for number in range(30))


async def test_a_server_set_up_anew_is_heard_by_time(server, room, account, hear):
    place = Place("not_a_token", datetime.now(UTC) - timedelta(hours=2))
    server.clock = lambda: time.time() - 3 * HOUR
    server.say(room, "Heard before")
    server.clock = lambda: time.time() - HOUR
    server.say(room, "Missed")
    heard = await hear(account(), said("Missed"), place.text())
    assert texts(heard) == ["Missed"]
    assert msgspec.json.decode(heard[-1].cursor)["since"].startswith("s")


@pytest.mark.parametrize("cursor", ["", "{", "7", '{"since": 7}', "\ud83d"])
async def test_a_cursor_that_can_not_be_read_begins_anew(server, room, account, hear, cursor):
    server.say(room, "Lost my bag")
    assert texts(await hear(account(), said("Lost my bag"), cursor)) == ["Lost my bag"]


async def test_a_direct_invitation_is_accepted_and_what_was_said_before_is_heard(server, room, account, hear):
    channel = account()
    heard = await hear(channel, lambda batches: batches[-1].cursor)
    direct = server.room("direct", CHARLIE, public=False)
    server.say(direct, "Before you came")
    server.enter(direct, ACME, "invite", is_direct=True)
    heard = await hear(channel, said("Before you came"), heard[-1].cursor)
    (post,) = {post.id: post for batch in heard for post in batch.posts}.values()
    assert (post.visibility, post.root) == (Visibility.PRIVATE, direct)
    assert server.lists == {CHARLIE: [direct]}


async def test_an_invitation_heard_once_is_not_forgotten(server, room, account, hear):
    direct = server.room("direct", CHARLIE, public=False)
    server.enter(direct, ACME, "invite", is_direct=True)
    server.faults["join"] = [refusal(502, "M_UNKNOWN", "Can't connect to any server")]
    heard = await hear(account(), lambda batches: batches[-1].cursor)
    assert server.membership(direct, ACME) == "invite"
    server.say(room, "News")
    await hear(account(), said("News"), heard[-1].cursor)
    assert server.membership(direct, ACME) == "join"


@pytest.mark.parametrize(
    ("wanted", "direct", "accepted"),
    [
        ("none", True, False),
        ("none", False, False),
        ("direct", True, True),
        ("direct", False, False),
        ("all", True, True),
        ("all", False, True),
    ],
)
async def test_invitations_are_accepted_as_wanted(server, room, account, hear, wanted, direct, accepted):
    other = server.room("other", CHARLIE, public=False)
    server.enter(other, ACME, "invite", is_direct=direct)
    await hear(account(invites=wanted), lambda batches: batches[-1].cursor)
    assert (server.membership(other, ACME) == "join") is accepted


async def test_an_invitation_that_was_taken_back_is_let_be(server, room, account, hear):
    other = server.room("other", CHARLIE, public=False)
    server.enter(other, ACME, "invite", is_direct=True)
    server.faults["join"] = [refusal(403, "M_FORBIDDEN", "You are not invited to this room.")]
    heard = await hear(account(), lambda batches: batches[-1].cursor)
    assert msgspec.json.decode(heard[-1].cursor)["invited"] == {}


async def test_only_the_rooms_listed_are_heard_and_direct_ones(server, account, hear):
    rooms = [server.room(name) for name in ("help", "party", "direct")]
    server.aliases["#help:example.org"] = rooms[0]
    server.lists = {CHARLIE: [rooms[2]]}
    for room in rooms:
        server.say(room, f"In {room}")
    channel = account(rooms="#help:example.org\n#nowhere:example.org")
    heard = await hear(channel, lambda batches: batches[-1].cursor)
    assert sorted(texts(heard)) == sorted([f"In {rooms[0]}", f"In {rooms[2]}"])
    note = (await channel.check()).note
    assert note == "Rooms heard: 2. Listed, and not heard because the account is not in them: 1."


async def test_encrypted_rooms_are_counted(server, account):
    server.set(server.room("locked"), "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    server.room("space", type="m.space")
    server.room("help")
    assert (await account().check()).note.startswith("Rooms heard: 1. Encrypted, and so not readable here: 1.")


async def test_an_answer_to_what_was_not_heard_finds_its_thread(server, room, account, hear):
    server.clock = lambda: time.time() - 100 * HOUR
    first = server.say(room, "We are open again", ACME)
    between = server.say(room, "Great", BOB, **{"m.relates_to": {"m.in_reply_to": {"event_id": first}}})
    server.clock = time.time
    server.say(room, "Since when?", **{"m.relates_to": {"m.in_reply_to": {"event_id": between}}})
    server.say(room, "And where?", **{"m.relates_to": {"m.in_reply_to": {"event_id": first}}})
    server.say(room, "What?", **{"m.relates_to": {"m.in_reply_to": {"event_id": "$hidden"}}})
    heard = await hear(account(), said("What?"))
    when, where, what = (post for batch in heard for post in batch.posts)
    assert {when.root, where.root} == {f"{room}/{first}"}
    assert (when.parent_author, when.addressed) == (BOB, False)
    assert (where.parent_author, where.addressed) == (ACME, True), "who answers us means us"
    assert (what.root, what.parent_author) == (f"{room}/$hidden", "")
    assert server.asked.count("event") == 3, "each is asked for once"


async def test_reactions_are_counted(server, room, account, hear):
    first = server.say(room, "Lost my bag")
    for user, key in ((CHARLIE, "👍"), (BOB, "❤️"), (BOB, "😢")):
        relation = {"rel_type": "m.annotation", "event_id": first, "key": key}
        server.put(room, user, "m.reaction", {"m.relates_to": relation})
    heard = await hear(account(), said("Lost my bag"))
    (reading,) = heard[-1].readings
    assert (reading.id, reading.engagement.likes) == (f"{room}/{first}", 3)
