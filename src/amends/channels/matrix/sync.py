"""The answers of /sync and /rooms/{id}/messages, asked for and taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import Malformed
from amends.channels.foreign import UNDECODABLE, decode, fields, items, text
from amends.channels.matrix.client import Client
from amends.channels.matrix.cursor import Invitation
from amends.channels.matrix.fields import answered, when
from amends.channels.matrix.parse import Read, Scene
from amends.channels.matrix.rooms import Book, direct_rooms, state

SAID = ["m.room.message", "m.room.encrypted", "m.sticker", "m.reaction", "m.room.redaction"]
KNOWN = [
    "m.room.name", "m.room.canonical_alias", "m.room.join_rules", "m.room.history_visibility", "m.room.encryption",
    "m.room.create",
]  # fmt: skip
NOTHING: dict[str, list[str]] = {"types": []}
LAZY = {"lazy_load_members": True, "include_redundant_members": True}


WAIT = 30  # seconds that the server may wait for news
PATIENCE = 60  # seconds that an answer about all of the rooms may take


async def look(client: Client, since: str, *, whole: bool, limit: int) -> bytes:
    """An answer of /sync: what is new, waiting for it, and all that rooms are where it shall be `whole`. `limit`: how
    many events of a room it holds."""
    params: dict[str, Any] = {"filter": filter_of(limit), "timeout": 0 if whole else WAIT * 1000}
    if since:
        params |= {"since": since, "full_state": "true" if whole else "false"}
    # Nobody is there to be seen online.
    answer = await client.get("/v3/sync", wait=PATIENCE if whole else WAIT, set_presence="offline", **params)
    return answer.body


def filter_of(limit: int) -> str:
    """What /sync shall tell: what is said, at most `limit` events a room, who says it, and what rooms are."""
    shown = {
        "presence": NOTHING,
        "account_data": {"types": ["m.direct"]},
        "room": {
            "account_data": NOTHING,
            "ephemeral": NOTHING,
            "state": {"types": [*KNOWN, "m.room.member"], **LAZY},
            "timeline": {"types": [*SAID, *KNOWN], "limit": limit, **LAZY},
        },
    }
    return msgspec.json.encode(shown).decode()


def backwards_of() -> str:
    """What /messages shall tell of what was said."""
    return msgspec.json.encode({"types": SAID, **LAZY}).decode()


class Events(msgspec.Struct):
    events: list[msgspec.Raw] = []

    def __iter__(self) -> Iterator[bytes]:
        return (bytes(raw) for raw in self.events)


class Timeline(Events):
    limited: bool = False
    prev_batch: str = ""


class Joined(msgspec.Struct):
    state: Events = msgspec.field(default_factory=Events)
    timeline: Timeline = msgspec.field(default_factory=Timeline)
    summary: Any = None

    @property
    def everything(self) -> Iterator[bytes]:
        return chain(self.state, self.timeline)


class Rooms(msgspec.Struct):
    join: dict[str, msgspec.Raw] = {}
    leave: dict[str, msgspec.Raw] = {}
    invite: dict[str, msgspec.Raw] = {}


class Synced(msgspec.Struct):
    next_batch: str
    account_data: Events = msgspec.field(default_factory=Events)
    rooms: Rooms = msgspec.field(default_factory=Rooms)


class Messages(msgspec.Struct):
    """A page of a room's history, the newest first."""

    chunk: list[msgspec.Raw]
    end: str = ""
    state: list[msgspec.Raw] = []


class Gap(NamedTuple):
    """What lies in a room before `token`. `limited`: /sync left some of it out. `joined`: when we came into it."""

    room: str
    token: str
    limited: bool
    joined: datetime | None


class Page(msgspec.Struct):
    """One answer of /sync."""

    next_batch: str
    heard: Read = msgspec.field(default_factory=Read)
    gaps: list[Gap] = []
    invitations: dict[str, Invitation] = {}


def page(body: bytes, book: Book, seen: datetime) -> Page:
    """What an answer of /sync holds; `book` learns what rooms are. Raises `BadData`."""
    synced = answered(body, Synced)
    found = Page(synced.next_batch)
    for raw in synced.account_data:
        with suppress(*UNDECODABLE):
            event = fields(decode(raw))
            if event.get("type") == "m.direct":
                book.direct = {room for rooms in direct_rooms(event.get("content")).values() for room in rooms}
    for key, raw in synced.rooms.invite.items():
        if invitation := _invitation(bytes(raw), book.me):
            found.invitations[key] = invitation
    for key, raw in (*synced.rooms.join.items(), *synced.rooms.leave.items()):
        try:
            joined = decode(bytes(raw), Joined)
        except UNDECODABLE as error:
            found.heard.malformed.append(Malformed(f"a room that can't be read: {error}", bytes(raw)))
            continue
        if key.startswith("!"):
            _room(found, book, key, joined, seen)
    for key in synced.rooms.leave:
        book.rooms.pop(key, None)
    return found


def _room(found: Page, book: Book, key: str, joined: Joined, seen: datetime) -> None:
    room, people, came = book.room(key), {}, None
    for event in state(joined.everything):
        content = fields(event.get("content"))
        room.take(text(event.get("type")), content)
        if event.get("type") == "m.room.member":
            people[event["state_key"]] = _person(content)
            if event["state_key"] == book.me and content.get("membership") == "join":
                came = when(event.get("origin_server_ts"))
    room.count(joined.summary)
    if not book.listens(key):
        return
    found.heard.take(Scene(book, key, people, seen), joined.timeline)
    if joined.timeline.prev_batch and (joined.timeline.limited or came):
        found.gaps.append(Gap(key, joined.timeline.prev_batch, joined.timeline.limited, came))


def history(body: bytes, book: Book, key: str, seen: datetime) -> tuple[Read, str]:
    """(what a page of a room's history holds, the token of the page before it, "" at its beginning). Raises
    `BadData`."""
    messages = answered(body, Messages)
    members = [event for event in state(_raws(messages.state)) if event.get("type") == "m.room.member"]
    people = {event["state_key"]: _person(fields(event.get("content"))) for event in members}
    heard = Read()
    heard.take(Scene(book, key, people, seen), reversed(list(_raws(messages.chunk))))
    return heard, messages.end


def _invitation(raw: bytes, me: str) -> Invitation | None:
    try:
        invited = fields(fields(decode(raw)).get("invite_state"))
    except UNDECODABLE:
        return None
    for event in map(fields, items(invited.get("events"))):
        content = fields(event.get("content"))
        ours = event.get("type") == "m.room.member" and event.get("state_key") == me
        if ours and content.get("membership") == "invite":
            return Invitation(text(event.get("sender")), content.get("is_direct") is True)
    return None


def _person(content: Mapping[str, Any]) -> tuple[str, str]:
    return text(content.get("displayname")), text(content.get("avatar_url"))


def _raws(raws: Iterable[msgspec.Raw]) -> Iterator[bytes]:
    return (bytes(raw) for raw in raws)
