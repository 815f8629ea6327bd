"""Accepting invitations, as far as the account's settings want it."""

from __future__ import annotations

from collections.abc import Mapping

from amends.channels.base import Rejected, RetryLater
from amends.channels.matrix import direct
from amends.channels.matrix.client import Client
from amends.channels.matrix.cursor import Invitation
from amends.channels.matrix.ids import path
from amends.channels.matrix.rooms import Book


async def accept(client: Client, book: Book, wanted: str, invited: Mapping[str, Invitation]) -> dict[str, Invitation]:
    """Come into those rooms that are `wanted` ("direct", "all" or "none"): {what is to be tried again}."""
    left = {}
    for room, invitation in invited.items():
        if wanted == "all" or (wanted == "direct" and invitation.direct):
            try:
                await client.write("POST", path("v3", "rooms", room, "join"), {}, repeatable=True)
                if invitation.direct:
                    await direct.remember(client, invitation.inviter, room)
                    book.direct.add(room)
            except RetryLater:  # rooms of other servers come slowly
                left[room] = invitation
            except Rejected:  # it was taken back, or its server is gone
                continue
    return left
