"""Where an answer goes: its room, and what of it hangs together with the message answered. Never more public than the
answer shall be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from amends.channels.base import Act, Outgoing, Rejected, Sent, Visibility
from amends.channels.matrix import direct
from amends.channels.matrix.client import Client
from amends.channels.matrix.ids import Name, split, web
from amends.channels.matrix.parse import Context

LOCKED = "This room is encrypted, and Amends can't write there: answer in a Matrix app."


class Target(msgspec.Struct, frozen=True):
    """`room` is "" where there is none yet. `relation` is the m.relates_to of each of the answer's events, and `edits`
    the event that it replaces."""

    room: str
    user: str
    context: Context
    relation: Mapping[str, Any] = {}
    edits: str = ""

    def around(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """The content of an event."""
        if self.edits:
            old = {**content, "body": f"* {content['body']}"}
            return old | {"m.new_content": content, "m.relates_to": {"rel_type": "m.replace", "event_id": self.edits}}
        return {**content, "m.relates_to": self.relation} if self.relation else dict(content)

    def sent(self, event: str, at: datetime) -> Sent:
        name = Name(self.room, self.edits or event)
        return Sent(str(name), at, web(name, self.user), msgspec.json.encode(self.context).decode())


async def target_of(client: Client, outgoing: Outgoing, *, make: bool) -> Target:
    """Where it goes; a direct room with its author is made where there is none. Raises `Rejected` where there is no
    place as narrow as it shall be."""
    name, me = split(outgoing.to), (await client.session()).user
    context, author = _context(outgoing), outgoing.to_author.id if outgoing.to_author else ""
    if outgoing.act is Act.EDIT:
        if not name:
            raise Rejected("This is no message on Matrix: it can't be changed.")
        return Target(name.room, me, context, edits=name.event)
    private = outgoing.visibility is Visibility.PRIVATE
    if private and not (name and context.direct and await direct.is_private(client, name.room, author)):
        if not author:
            raise Rejected("Nobody is named to whom this could be written privately.")
        room = await direct.room_of(client, author, make=make)
        return Target(room, me, Context(Visibility.PRIVATE, direct=True))
    if not name:
        raise Rejected("No room is named: this can only answer a message on Matrix.")
    if outgoing.visibility is Visibility.LIMITED and await _open(client, name.room):
        raise Rejected("The room is open to everybody by now, and this was meant for its members: it was not sent.")
    if await direct.is_encrypted(client, name.room):
        raise Rejected(LOCKED)
    return Target(name.room, me, context, _relation(name, context))


def _relation(name: Name, context: Context) -> dict[str, Any]:
    answered = {"m.in_reply_to": {"event_id": name.event}}
    if not context.thread:
        return answered
    return {"rel_type": "m.thread", "event_id": context.thread, "is_falling_back": False, **answered}


def _context(outgoing: Outgoing) -> Context:
    try:
        return msgspec.json.decode(outgoing.to_context, type=Context)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return Context(outgoing.visibility)


async def _open(client: Client, room: str) -> bool:
    """Whether anybody may come into the room, or read it from outside."""
    rules = await direct.state_of(client, room, "m.room.join_rules")
    shown = await direct.state_of(client, room, "m.room.history_visibility")
    return bool(rules.get("join_rule") == "public" or shown.get("history_visibility") == "world_readable")
