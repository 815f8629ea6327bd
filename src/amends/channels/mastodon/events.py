"""What a stream says: events of websockets and of server-sent events, and the posts in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import Malformed
from amends.channels.foreign import Unreadable, fields, text
from amends.channels.mastodon.fields import decode, ident
from amends.channels.mastodon.parse import Heard, conversation, notification, status
from amends.channels.mastodon.server import Server


class Event(NamedTuple):
    """Its name, and its payload: JSON, or an id as it is."""

    name: str
    payload: bytes


class Gone(NamedTuple):
    """The local id of a post that was deleted."""

    id: str


def frame(message: bytes) -> Event:
    """An event of a websocket: JSON in which the payload stands as text (or, on some servers, as it is). Raises
    `Unreadable`."""
    outer = fields(decode(message))
    if "error" in outer and "event" not in outer:
        raise Unreadable(f"the stream said: {text(outer.get('error'))[:200]}")
    payload = outer.get("payload")
    if isinstance(payload, str):
        return Event(text(outer.get("event")), payload.encode("utf-8", "replace"))
    return Event(text(outer.get("event")), msgspec.json.encode(payload))


class Lines:
    """Server-sent events, a line at a time: `take` gives an event when its last line has come."""

    def __init__(self) -> None:
        self._name, self._data = "", []  # type: tuple[str, list[str]]

    def take(self, line: str) -> Event | None:
        if line:
            name, _, value = line.partition(":")
            if name == "event":
                self._name = value.strip()
            elif name == "data":
                self._data.append(value.removeprefix(" "))
            return None
        name, data = self._name, "\n".join(self._data)
        self._name, self._data = "", []
        return Event(name, data.encode("utf-8", "replace")) if name and data else None


def hear(event: Event, server: Server, now: datetime) -> tuple[str, Heard | Gone | Malformed | None]:
    """(the id of the notification, "" for anything else; what the event tells: None for what is not about posts)."""
    try:
        return _told(event, server, now)
    except Unreadable as error:
        return "", Malformed(str(error), event.payload)


def _told(event: Event, server: Server, now: datetime) -> tuple[str, Heard | Gone | None]:
    match event.name:
        case "update" | "status.update" | "status_update":
            return "", status(_view(event), event.payload, server, now)
        case "notification":
            view = _view(event)
            return ident(view.get("id")), notification(view, event.payload, server, now)
        case "conversation":
            return "", conversation(_view(event), event.payload, server, now)
        case "delete":
            local = ident(event.payload.decode("utf-8", "replace").strip().strip('"'))
            if not local:
                raise Unreadable("a deletion without an id")
            return "", Gone(local)
        case "":
            raise Unreadable("an event without a name")
    return "", None


def _view(event: Event) -> Mapping[str, Any]:
    return fields(decode(event.payload))
