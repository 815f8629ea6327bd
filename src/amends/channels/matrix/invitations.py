"""Accepting invitations, as far as the account's settings want it."""

from __future__ import annotations

from amends.channels.base import Rejected, RetryLater
from amends.channels.matrix import direct
from amends.channels.matrix.client import Client
from amends.channels.matrix.ids import path
from amends.channels.matrix.rooms import Book
from amends.channels.matrix.sync import Invitation


async def accept(client: Client, book: Book, wanted: str, invited: dict[str, Invitation]) -> None:
    """Come into the rooms of `invited` that are `wanted` ("direct", "all" or "none"). What is left there afterwards is
    to be tried again."""
    for room, invitation in list(invited.items()):
        if wanted == "all" or (wanted == "direct" and invitation.direct):
            try:
                await client.write("POST", path("v3", "rooms", room, "join"), {}, repeatable=True)
                if invitation.direct:
                    await direct.remember(client, invitation.inviter, room)
                    book.direct.add(room)
            except RetryLater:  # rooms of other servers come slowly
                continue
            except Rejected:  # it was taken back, or its server is gone
                pass
        del invited[room]
