"""The Matrix channel against Synapse."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from amends.channels.base import Act, Batch, Channel, File, Kind, Outgoing, Post, Rejected, Visibility
from amends.channels.http import Http
from amends.channels.matrix import connect, cursor, hearing, history
from amends.channels.matrix.ids import split
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Heard, Network
from tests.peers.matrix import Account, MatrixServer

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("matrix")]

names = itertools.count(1)


class Room(Network):
    """A public room of the real server, with Charlie in it and the account."""

    def __init__(self, server: MatrixServer) -> None:
        self.server, self.address = server, server.url
        self.account = server.create_account(f"acme{next(names)}", "Acme Air")
        self.charlie = server.create_account(f"charlie{next(names)}", "Charlie")
        self.room = server.room(self.charlie, [self.account])

    async def write(self, text: str) -> str:
        return f"{self.room}/{self.server.say(self.charlie, self.room, text)}"

    async def change(self, post: str, text: str) -> None:
        self.server.edit(self.charlie, self.room, _event(post), text)

    async def remove(self, post: str) -> None:
        self.server.redact(self.charlie, self.room, _event(post))

    async def replies(self, text: str) -> int:
        said = self.server.said(self.charlie, self.room)
        return sum(one["sender"] == self.account.user and one["content"].get("body") == text for one in said)

    async def end_sessions(self) -> None:
        given = {"identifier": {"type": "m.id.user", "user": self.account.user}, "password": self.account.password}
        token = self.server.call("POST", "/v3/login", None, {"type": "m.login.password"} | given)["access_token"]
        self.server.call("POST", "/v3/logout/all", self.account._replace(token=token), {})


class TestSynapse(ChannelContract):
    name = "matrix"
    recorded = False

    @pytest.fixture(autouse=True)
    def _server(self, matrix_server: MatrixServer) -> None:
        self.server = matrix_server

    @asynccontextmanager
    async def network(self) -> AsyncIterator[Room]:
        yield Room(self.server)

    def settings(self, network: Room) -> dict[str, str]:
        return self.server.settings(network.account) | {"server": network.address}

    async def test_a_server_that_is_killed_is_heard_again(self) -> None:
        async with self.network() as network, self.connected(network) as channel:
            first = await network.write(f"{self.word} 1")
            heard = await self.hear(channel, network, Heard(), lambda heard: first in heard.posts)
            await asyncio.to_thread(self.server.restart)
            second = await network.write(f"{self.word} 2")
            await self.hear(channel, network, heard, lambda heard: second in heard.posts)
            outgoing = self.reply(channel, heard.posts[second], "We are back.", 1)
            assert await self.attempt(channel, outgoing)
            assert await network.replies("We are back.") == 1


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    door = Http(allow_private=True)
    yield door
    await door.close()


@pytest.fixture
def acme(matrix_server: MatrixServer) -> Account:
    return matrix_server.create_account(f"acme{next(names)}", "Acme Air")


@pytest.fixture
def charlie(matrix_server: MatrixServer) -> Account:
    return matrix_server.create_account(f"charlie{next(names)}", "Charlie")


async def heard(
    channel: Channel, until: Callable[[list[Post]], object], place: str = ""
) -> tuple[list[Post], list[Batch]]:
    """Listen until it is so, at most twenty seconds: (the posts, each in its newest version; the batches)."""
    posts: dict[str, Post] = {}
    batches: list[Batch] = []
    async with asyncio.timeout(20), aclosing(channel.stream(place, ())) as feed:  # type: ignore[type-var]
        async for batch in feed:
            batches.append(batch)
            posts |= {post.id: post for post in batch.posts if post.stamp >= posts.get(post.id, post).stamp}
            if until(list(posts.values())) and batch.cursor:
                return list(posts.values()), batches
    raise AssertionError


def answer(channel: Channel, post: Post, text: str, **more: Any) -> Outgoing:
    now = datetime.now(UTC)
    fixed = {"key": channel.new_key(now, next(names)), "text": text, "created": now, "to": post.id, "root": post.thread}
    told = {"to_author": post.author, "to_context": post.context, "visibility": post.visibility}
    return Outgoing(**(fixed | told | more))


async def test_who_we_are_and_what_can_be_heard(matrix_server, http, acme, charlie):
    matrix_server.room(charlie, [acme])
    locked = matrix_server.room(charlie, [acme])
    path = f"/v3/rooms/{locked}/state/m.room.encryption/"
    matrix_server.call("PUT", path, charlie, {"algorithm": "m.megolm.v1.aes-sha2"})
    checked = await connect(matrix_server.settings(acme), http).check()
    assert checked.account
    assert (checked.account.id, checked.account.display) == (acme.user, "Acme Air")
    assert checked.note == "Rooms heard: 1. Encrypted, and so not readable here: 1. Read those in a Matrix app."
    assert checked.learned["homeserver"] == matrix_server.url
    assert checked.learned["upload"] == str(50 << 20)


async def test_nothing_is_lost_of_a_busy_room_and_nothing_is_heard_twice(
    matrix_server, http, acme, charlie, monkeypatch
):
    monkeypatch.setattr(cursor, "OVERLAP", timedelta(0))
    monkeypatch.setattr(history, "PAGE", 10)
    monkeypatch.setattr(hearing, "MOST", 5)
    room = matrix_server.room(charlie, [acme])
    channel = connect(matrix_server.settings(acme), http)
    matrix_server.say(charlie, room, "Before")
    _, batches = await heard(channel, len)
    wanted = {matrix_server.say(charlie, room, f"Bag {number}") for number in range(30)}
    posts, batches = await heard(channel, lambda posts: len(posts) >= 30, batches[-1].cursor or "")
    assert {_event(post.id) for post in posts} == wanted
    assert sum(len(batch.posts) for batch in batches) == 30


async def test_threads_answers_likes_and_mentions(matrix_server, http, acme, charlie):
    room = matrix_server.room(charlie, [acme], name="Help")
    first = matrix_server.say(charlie, room, "My bag is lost", **{"m.mentions": {"user_ids": [acme.user]}})
    hanging = {"rel_type": "m.thread", "event_id": first, "is_falling_back": True, "m.in_reply_to": {"event_id": first}}
    within = matrix_server.say(charlie, room, "It is red", relates_to=hanging)
    ours = matrix_server.say(acme, room, "We look for it", relates_to={"m.in_reply_to": {"event_id": first}})
    thanks = matrix_server.say(charlie, room, "Thanks", relates_to={"m.in_reply_to": {"event_id": ours}})
    matrix_server.react(charlie, room, ours, "❤️")
    matrix_server.react(acme, room, ours, "👍")
    posts, batches = await heard(connect(matrix_server.settings(acme), http), lambda posts: len(posts) >= 4)
    told = {_event(post.id): post for post in posts}
    assert {post.root for post in posts} == {f"{room}/{first}"}
    assert {event for event, post in told.items() if post.addressed} == {first, thanks}
    assert told[thanks].parent_author == acme.user
    assert told[within].parent == f"{room}/{first}"
    assert [(reading.id, reading.engagement.likes) for batch in batches for reading in batch.readings] == [
        (f"{room}/{ours}", 2)
    ]


async def test_an_answer_in_a_thread_its_edit_and_a_like(matrix_server, http, acme, charlie):
    room = matrix_server.room(charlie, [acme])
    first = matrix_server.say(charlie, room, "My bag is lost")
    hanging = {"rel_type": "m.thread", "event_id": first, "is_falling_back": True, "m.in_reply_to": {"event_id": first}}
    matrix_server.say(charlie, room, "It is red", relates_to=hanging)
    channel = connect(matrix_server.settings(acme), http)
    posts, _ = await heard(channel, lambda posts: len(posts) == 2)
    to = posts[1]
    picture = File("bag.png", "image/png", b"made up", "Is it this one?")
    sent = await channel.send(answer(channel, to, "We look for it.", files=(picture,)))
    liking = answer(channel, to, "", act=Act.LIKE)
    assert (await channel.send(liking)).id == (await channel.send(liking)).id
    edit = answer(channel, to, "We found it.", act=Act.EDIT, to=sent.id, to_context=sent.context)
    assert await channel.find(edit) is None
    assert (await channel.send(edit)).id == (await channel.send(edit)).id == sent.id
    newest, *older = matrix_server.said(charlie, room)
    assert newest["content"]["m.new_content"]["body"] == "We found it."
    assert older[0]["type"] == "m.reaction"
    file, text = older[1], older[2]
    assert (file["content"]["msgtype"], file["content"]["body"]) == ("m.image", "Is it this one?")
    for one in (file, text):
        assert one["content"]["m.relates_to"]["event_id"] == first
        assert one["content"]["m.relates_to"]["m.in_reply_to"] == {"event_id": _event(to.id)}
    posts, _ = await heard(channel, lambda posts: any(post.text == "We found it." for post in posts))
    assert next(post for post in posts if post.id == sent.id).root == f"{room}/{first}"
    seen = matrix_server.call("GET", "/v3/sync", charlie, timeout=0)["rooms"]["join"][room]["ephemeral"]["events"]
    assert acme.user in seen[0]["content"][_event(to.id)]["m.read"]


async def test_who_writes_directly_is_heard_and_answered_there(matrix_server, http, acme, charlie):
    channel = connect(matrix_server.settings(acme), http)
    _, batches = await heard(channel, lambda posts: True)
    room = matrix_server.direct(charlie, acme)
    matrix_server.say(charlie, room, "Here is my number")
    (post,), _ = await heard(channel, len, batches[-1].cursor or "")
    assert (post.kind, post.visibility, post.root) == (Kind.DIRECT, Visibility.PRIVATE, room)
    assert post.addressed
    sent = await channel.send(answer(channel, post, "Thank you."))
    assert sent.id.startswith(room)
    other = matrix_server.create_account(f"bob{next(names)}")
    matrix_server.call("POST", f"/v3/rooms/{room}/invite", charlie, {"user_id": other.user})
    aside = await channel.send(answer(channel, post, "Only for you."))
    assert not aside.id.startswith(room), "somebody else may read there by now"


async def test_a_private_answer_to_a_public_post_goes_to_a_room_of_two(matrix_server, http, acme, charlie):
    room = matrix_server.room(charlie, [acme])
    matrix_server.say(charlie, room, "My bag is lost")
    channel = connect(matrix_server.settings(acme), http)
    (post,), _ = await heard(channel, len)
    one = answer(channel, post, "Your number, please?", visibility=Visibility.PRIVATE)
    assert await channel.find(one) is None
    sent = await channel.send(one)
    found = await channel.find(one)
    assert found
    assert found.id == (await channel.send(one)).id == sent.id
    two = await channel.send(answer(channel, post, "And your name?", visibility=Visibility.PRIVATE))
    name, other = split(sent.id), split(two.id)
    assert name and other
    assert name.room == other.room != room
    matrix_server.join(charlie, name.room)
    said = [one["content"].get("body") for one in matrix_server.said(charlie, name.room)]
    assert [text for text in said if text] == ["And your name?", "Your number, please?"]


async def test_an_encrypted_room_is_told_of_and_never_written_to(matrix_server, http, acme, charlie):
    algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
    room = matrix_server.direct(
        charlie, acme, initial_state=[{"type": "m.room.encryption", "state_key": "", "content": algorithm}]
    )
    channel = connect(matrix_server.settings(acme), http)
    _, batches = await heard(channel, lambda posts: True)
    matrix_server.put(charlie, room, "m.room.encrypted", algorithm | {"ciphertext": "bWFkZSB1cA"})
    (post,), _ = await heard(channel, len, batches[-1].cursor or "")
    assert (post.text, post.kind) == ("", Kind.DIRECT)
    assert "encrypted" in post.warning
    with pytest.raises(Rejected, match="encrypted"):
        await channel.send(answer(channel, post, "Hello"))


async def test_no_device_is_made_for_each_log_in(matrix_server, http, acme):
    settings = matrix_server.settings(acme)
    checked = await connect(settings, http).check()
    for _ in range(2):
        door = Http(allow_private=True)
        await connect(settings | checked.learned, door).check()
        await door.close()
    devices = [one["device_id"] for one in matrix_server.call("GET", "/v3/devices", acme)["devices"]]
    assert devices.count(checked.learned["device"]) == 1
    assert len(devices) == 2, "the one that registered the account, and ours"


def _event(post: str) -> str:
    name = split(post)
    assert name
    return name.event
