"""What is here already: the posts and threads that a batch may be about, looked up on the hot path."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from amends.conversations.models import Post as Row
from amends.events.rows import among, instant, select

COUNTS = ("likes", "reshares", "replies", "quotes", "views")


class Existing(msgspec.Struct, frozen=True):
    id: int
    conversation: int
    stamp: int
    deleted: bool
    counts: tuple[int | None, ...]
    counted: datetime | None
    text: str
    handle: int
    addressed: bool
    subject: str
    stars: float | None


def existing(brand_id: int, network: str, external_ids: Iterable[str]) -> dict[str, Existing]:
    """The posts of these ids that are stored, deleted ones included."""
    condition, values = among("external_id", external_ids)
    rows = select(
        f"SELECT external_id, id, conversation_id, stamp, deleted, counted, text, handle_id, addressed,"  # noqa: S608
        f" subject, stars, {', '.join(COUNTS)} FROM conversations_post"
        f" WHERE brand_id = %s AND network = %s AND {condition}",
        [brand_id, network, values],
    )
    return {
        row[0]: Existing(
            row[1],
            row[2],
            row[3],
            row[4] is not None,
            tuple(row[11:]),
            instant(row[5]),
            row[6],
            row[7],
            bool(row[8]),
            row[9],
            row[10],
        )
        for row in rows
    }


def threads(brand_id: int, network: str, roots: Iterable[str]) -> dict[str, int]:
    """The conversations of these thread ids that are here, by id."""
    condition, values = among("external_id", roots)
    rows = select(
        "SELECT external_id, id FROM conversations_conversation"  # noqa: S608 - our own names
        f" WHERE brand_id = %s AND network = %s AND {condition}",
        [brand_id, network, values],
    )
    return dict(rows)


def writers(brand_id: int, keys: Iterable[tuple[str, str]]) -> set[int]:
    """The handles that wrote these posts, as far as they are stored; `keys` are (network, external id)."""
    found: set[int] = set()
    wanted = sorted(set(keys))
    for network in sorted({network for network, _ in wanted}):
        condition, values = among("external_id", [key[:512] for of, key in wanted if of == network])
        rows = select(
            "SELECT handle_id FROM conversations_post"  # noqa: S608 - our own names
            f" WHERE brand_id = %s AND network = %s AND {condition}",
            [brand_id, network, values],
        )
        found |= {row[0] for row in rows}
    return found


def partners(brand_id: int, network: str, roots: Iterable[str]) -> set[tuple[int, int]]:
    """Who else than the brand has written in these threads, as (conversation, handle)."""
    ours = threads(brand_id, network, {root[:512] for root in roots})
    there = Row.objects.filter(conversation__in=list(ours.values()), ours=False)
    return set(there.values_list("conversation_id", "handle_id").distinct()) if ours else set()
