"""Direct rooms: those of one person and us, as the account's own list (m.direct) tells them to all of its apps."""

from __future__ import annotations

from typing import Any

from amends.channels.base import Rejected, RetryLater, Unclear
from amends.channels.foreign import fields, items, text
from amends.channels.http import Refused
from amends.channels.matrix.client import Client
from amends.channels.matrix.fields import answered
from amends.channels.matrix.ids import path
from amends.channels.matrix.rooms import direct_rooms, state
from amends.channels.matrix.sync import Joined, Synced, look

MARK = "org.amends.direct"  # in the first event of a room that we made: for whom


async def known(client: Client) -> dict[str, list[str]]:
    """{a person: their direct rooms}."""
    return direct_rooms(await _listed(client))


async def remember(client: Client, user: str, room: str) -> None:
    """Put a room on the list. Whoever else changes the list at that moment is overwritten: Matrix has no other way."""
    listed = await _listed(client)
    rooms = items(listed.get(user))
    if room not in rooms:
        await client.write("PUT", await _place(client), {**listed, user: [*rooms, room]}, repeatable=True)


async def room_of(client: Client, user: str, *, make: bool) -> str:
    """The room to write to this person in, made where there is none, or "" where none shall be made. Raises `Rejected`
    where it would be encrypted."""
    joined = items(fields((await client.get("/v3/joined_rooms")).json()).get("joined_rooms"))
    rooms: list[str] = [room for room in (await known(client)).get(user, ()) if room in joined]
    for room in [*rooms, *(await _made_before(client, user) if not rooms else ())]:
        if await is_private(client, room, user) and not await is_encrypted(client, room):
            await remember(client, user, room)
            return str(room)
    return await _make(client, user) if make else ""


async def is_private(client: Client, room: str, user: str) -> bool:
    """Whether nobody but this person and we are in the room, or may come in."""
    found = fields((await client.get(path("v3", "rooms", room, "members"), not_membership="leave")).json())
    members = {
        text(event.get("state_key"))
        for event in map(fields, items(found.get("chunk")))
        if fields(event.get("content")).get("membership") in ("join", "invite")
    }
    return user in members and members <= {user, (await client.session()).user}


async def is_encrypted(client: Client, room: str) -> bool:
    return bool(await state_of(client, room, "m.room.encryption"))


async def state_of(client: Client, room: str, kind: str) -> Any:
    """The content of a room's state event, empty where it has none."""
    try:
        return fields((await client.get(path("v3", "rooms", room, "state", kind))).json())
    except Refused as error:
        if error.status == 404:
            return {}
        raise


async def _made_before(client: Client, user: str) -> list[str]:
    """Rooms that we made for this person and could not put on the list."""
    found, me = [], (await client.session()).user
    for key, raw in answered(await look(client, "", whole=True, limit=1), Synced).rooms.join.items():
        for event in state(answered(bytes(raw), Joined).everything):
            ours = event.get("type") == "m.room.create" and event.get("sender") == me
            if ours and fields(event.get("content")).get(MARK) == user:
                found.append(key)
    return found


async def _make(client: Client, user: str) -> str:
    asked = {
        "preset": "trusted_private_chat",
        "is_direct": True,
        "invite": [user],
        "creation_content": {MARK: user},
    }
    try:
        answer = await client.write("POST", "/v3/createRoom", asked)
    except Unclear as error:
        raise RetryLater(f"{error} It is looked up, and tried again.") from error
    room = text(fields(answer.json()).get("room_id"))
    if await is_encrypted(client, room):
        raise Rejected(
            "The homeserver encrypts every direct room, and Amends can't write there: write in a Matrix app."
        )
    await remember(client, user, room)
    return room


async def _listed(client: Client) -> dict[str, Any]:
    try:
        return dict(fields((await client.get(await _place(client))).json()))
    except Refused as error:
        if error.status == 404:
            return {}
        raise


async def _place(client: Client) -> str:
    return path("v3", "user", (await client.session()).user, "account_data", "m.direct")
