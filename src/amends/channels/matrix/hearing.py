"""Listening: /sync without end. The cursor moves past an answer when all of it was given, and what it left out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime

import msgspec

from amends.channels.base import Batch, Period
from amends.channels.foreign import fields, text
from amends.channels.http import Refused
from amends.channels.matrix import direct
from amends.channels.matrix.client import Client
from amends.channels.matrix.cursor import Place
from amends.channels.matrix.history import Walk
from amends.channels.matrix.ids import path
from amends.channels.matrix.invitations import accept
from amends.channels.matrix.lookup import Lookup
from amends.channels.matrix.rooms import Book, calls
from amends.channels.matrix.sync import look, page

MOST = 10  # events of a room in one answer: an answer about a thousand rooms is whole


async def open_book(client: Client, rooms: Sequence[str]) -> Book:
    """What is to be known before the first answer: who we are, which rooms are wanted, which are direct."""
    session = await client.session()
    wanted = [await resolved(client, room) for room in rooms]
    try:
        profile = fields((await client.get(path("v3", "profile", session.user))).json())
    except Refused:  # an account need not have one
        profile = {}
    book = Book(session.user, session.server, calls=calls(session.user, text(profile.get("displayname"))))
    book.wanted = {room for room in wanted if room} if rooms else None
    book.direct = {room for rooms in (await direct.known(client)).values() for room in rooms}
    return book


async def resolved(client: Client, room: str) -> str:
    """The id of a room from its id or its alias, "" where there is no such room."""
    if room.startswith("!"):
        return room
    try:
        return text(fields((await client.get(path("v3", "directory", "room", room))).json()).get("room_id"))
    except Refused:
        return ""


async def follow(client: Client, rooms: Sequence[str], invites: str, cursor: str) -> AsyncGenerator[Batch, None]:
    """Batches without end. Raises when the server does not answer."""
    place, book = Place.parse(cursor), await open_book(client, rooms)
    lookup, whole = Lookup(client, book), True
    while True:
        try:
            body = await look(client, place.since, whole=whole, limit=MOST)
        except Refused as error:
            if not place.since or error.status != 400:
                raise
            # The server does not know its token any more: it was set up anew. What was missed is read by its time.
            place.since, whole = "", True
            continue
        seen = datetime.now(UTC)
        found = page(body, book, seen)
        start = edge = place.edge(seen)
        for walk in (Walk(client, book, place, gap, seen) for gap in found.gaps):
            async for heard in walk.pages():
                if heard.anything:
                    yield await lookup.complete(heard, seen)
            start = max(start, walk.start)
        batch = await lookup.complete(found.heard if place.since else found.heard.since(edge), seen)
        period = Period("rooms", min(start, seen), seen)
        left = await accept(client, book, invites, place.invited | found.invitations)
        place, whole = Place(found.next_batch, seen, left), False
        yield msgspec.structs.replace(batch, cursor=place.text(), covered=(period,))
