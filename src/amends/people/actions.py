"""Every write about customers and their handles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from amends.channels.base import Author
from amends.events.rows import among, insert, reserve, select, update
from amends.events.transaction import Tx
from amends.people.models import Customer, Handle

_FIELDS = ("name", "display", "followers", "verified", "since", "avatar", "bio")


class Known(NamedTuple):
    """A handle as the database has it now. `new`: it was not there before."""

    id: int
    followers: int | None
    new: bool


def _values(author: Author) -> tuple[object, ...]:
    return (
        author.name[:256],
        author.display[:256],
        author.followers,
        author.verified,
        author.created,
        author.avatar,
        author.bio,
    )


def know(tx: Tx, brand_id: int, network: str, authors: Iterable[Author]) -> dict[str, Known]:
    """The handles of these authors by the network's id, made or brought up to date, each new one with a customer.

    What a network leaves out does not overwrite what is known. On PostgreSQL the handles stay locked, in id order,
    until the transaction ends: nobody else can decide about the same people's cases meanwhile.
    """
    wanted = {author.id[:512]: author for author in authors}
    known = _load(brand_id, network, sorted(wanted))
    fresh = [wanted[key] for key in sorted(wanted.keys() - known.keys())]
    made: set[str] = set()
    if fresh:
        made = _make(brand_id, network, fresh, tx.now)
        known |= _load(brand_id, network, [author.id[:512] for author in fresh])
    _refresh({row[0]: (wanted[key], row) for key, row in known.items() if key not in made})
    return {
        key: Known(row[0], wanted[key].followers if wanted[key].followers is not None else row[3], key in made)
        for key, row in known.items()
    }


def known_ids(brand_id: int, network: str, external_ids: Iterable[str]) -> set[int]:
    """The handles of these ids of the network that are here already."""
    condition, values = among("external_id", sorted({key[:512] for key in external_ids}))
    rows = select(
        f"SELECT id FROM people_handle WHERE brand_id = %s AND network = %s AND {condition}",  # noqa: S608
        [brand_id, network, values],
    )
    return {row[0] for row in rows}


def _load(brand_id: int, network: str, external_ids: list[str]) -> dict[str, tuple[int, str, str, int | None]]:
    condition, values = among("external_id", external_ids)
    lock = "FOR UPDATE" if connection.vendor == "postgresql" else ""
    rows = select(
        "SELECT external_id, id, name, display, followers FROM people_handle"  # noqa: S608 - our own names
        f" WHERE brand_id = %s AND network = %s AND {condition} ORDER BY id {lock}",
        [brand_id, network, values],
    )
    return {row[0]: row[1:] for row in rows}


def _make(brand_id: int, network: str, authors: list[Author], now: datetime) -> set[str]:
    """Insert handles with their customers; returns the external ids that were really new (somebody may be faster)."""
    ids = reserve(Handle, len(authors))
    customers = reserve(Customer, len(authors))
    insert(
        Handle,
        ("id", "brand", "customer", "network", "external_id", *_FIELDS, "seen"),
        [
            (handle, brand_id, customer, network, author.id[:512], *_values(author), now)
            for handle, customer, author in zip(ids, customers, authors, strict=True)
        ],
        or_ignore=True,
    )
    ours = set(ids)
    if connection.vendor == "postgresql":  # alone on SQLite, every one of them went in
        ours = set(Handle.objects.filter(pk__in=ids).values_list("pk", flat=True))
    insert(
        Customer,
        ("id", "brand", "name", "created"),
        [
            (customer, brand_id, (author.display or author.name)[:256], now)
            for handle, customer, author in zip(ids, customers, authors, strict=True)
            if handle in ours
        ],
    )
    return {author.id[:512] for handle, author in zip(ids, authors, strict=True) if handle in ours}


def _refresh(rows: dict[int, tuple[Author, tuple[int, str, str, int | None]]]) -> None:
    """Bring names and follower counts up to date where the network told new ones."""
    changed = []
    for handle, (author, (_, name, display, followers)) in rows.items():
        new = (
            author.name[:256] or name,
            author.display[:256] or display,
            author.followers if author.followers is not None else followers,
        )
        if new != (name, display, followers):
            changed.append((*new, handle))
    if changed:
        update(Handle, ("name", "display", "followers"), changed)
