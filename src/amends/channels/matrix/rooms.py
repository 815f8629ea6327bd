"""What the account knows of its rooms: who reads there, whether we can, which are direct."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from amends.channels.base import Visibility
from amends.channels.foreign import UNDECODABLE, count, decode, fields, items, text
from amends.channels.matrix.ids import localpart


class Room(msgspec.Struct):
    """A room that we are in, as its state events told until now."""

    name: str = ""
    joinable: bool = False  # by anybody
    readable: bool = False  # by anybody, without joining
    encrypted: bool = False
    space: bool = False  # a folder of rooms: nobody writes there
    direct: bool = False
    people: int = 0  # joined and invited, 0 while unknown

    @property
    def visibility(self) -> Visibility:
        if self.direct and self.people <= 2:
            return Visibility.PRIVATE
        return Visibility.PUBLIC if (self.joinable or self.readable) and not self.direct else Visibility.LIMITED

    def take(self, kind: str, content: Mapping[str, Any]) -> None:
        """One state event."""
        match kind:
            case "m.room.name":
                self.name = text(content.get("name"))
            case "m.room.canonical_alias":
                self.name = self.name or text(content.get("alias"))
            case "m.room.join_rules":
                self.joinable = content.get("join_rule") == "public"
            case "m.room.history_visibility":
                self.readable = content.get("history_visibility") == "world_readable"
            case "m.room.encryption":
                self.encrypted = True  # it is never taken back
            case "m.room.create":
                self.space = content.get("type") == "m.space"

    def count(self, summary: object) -> None:
        joined = count(fields(summary).get("m.joined_member_count"))
        invited = count(fields(summary).get("m.invited_member_count"))
        if joined is not None:
            self.people = joined + (invited or 0)


class Book(msgspec.Struct):
    """All of our rooms by id. `wanted`: those to listen to, beside direct ones; None for all. `calls`: how people name
    us in a text. `server` is where media are."""

    me: str
    server: str = ""
    wanted: Collection[str] | None = None
    calls: re.Pattern[str] = re.compile(r"(?!)")
    rooms: dict[str, Room] = {}
    direct: set[str] = set()

    def room(self, key: str) -> Room:
        found = self.rooms.setdefault(key, Room())
        found.direct = key in self.direct
        return found

    def listens(self, key: str) -> bool:
        room = self.room(key)
        return not room.space and (self.wanted is None or key in self.wanted or room.direct)

    @property
    def unreadable(self) -> int:
        """How many rooms we should hear and can't, since they are encrypted."""
        return sum(room.encrypted for key, room in self.rooms.items() if self.listens(key))


def direct_rooms(content: object) -> dict[str, list[str]]:
    """The content of m.direct: {a person: the rooms that are theirs and ours alone}."""
    told = {text(user): [text(room) for room in items(rooms)] for user, rooms in fields(content).items()}
    return {user: [room for room in rooms if room.startswith("!")] for user, rooms in told.items()}


def state(raws: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """The state events among these. What can't be read tells nothing of a room."""
    for raw in raws:
        if b'"state_key"' in raw:
            with suppress(*UNDECODABLE):
                event = fields(decode(raw))
                if isinstance(event.get("state_key"), str):
                    yield event


def calls(user: str, display: str) -> re.Pattern[str]:
    """How people call us where their app does not tell whom they mention: the local part of our id or our display name,
    as whole words. As the push rules contains_user_name and contains_display_name did until Matrix 1.17."""
    names = sorted({name for name in (localpart(user), display.strip()) if len(name) > 1}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)" if names else r"(?!)", re.IGNORECASE)
