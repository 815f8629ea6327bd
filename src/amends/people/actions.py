"""Every write about customers and their handles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from amends.channels.base import Author
from amends.events.rows import among, insert, instant, reserve, select, update
from amends.events.transaction import Tx
from amends.people.models import Customer, Handle

_FIELDS = ("name", "display", "followers", "verified", "since", "avatar", "bio")


class Told(NamedTuple):
    """What a network told of an author, and when that was so."""

    author: Author
    at: datetime


def supposed(author: Author) -> Told:
    """What we take an author for until the network tells."""
    return Told(author, datetime(1970, 1, 1, tzinfo=UTC))


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


def know(tx: Tx, brand_id: int, network: str, told: Iterable[Told]) -> dict[str, Known]:
    """The handles of these authors by the network's id, made or brought up to date, each new one with a customer.

    What a network leaves out does not overwrite what is known, nor does what was told of an earlier time. On PostgreSQL
    the handles stay locked, in id order, until the transaction ends: nobody else can decide about the same people's
    cases meanwhile.
    """
    wanted: dict[str, Told] = {}
    for one in sorted(told, key=lambda one: one.at):
        key, at = one.author.id[:512], min(one.at, tx.now)  # somebody's clock may be wrong
        wanted[key] = Told(_merged(wanted[key].author, one.author) if key in wanted else one.author, at)
    known = _load(brand_id, network, sorted(wanted))
    fresh = [wanted[key] for key in sorted(wanted.keys() - known.keys())]
    made: set[str] = set()
    if fresh:
        made = _make(brand_id, network, fresh, tx.now)
        known |= _load(brand_id, network, [one.author.id[:512] for one in fresh])
    followers = _refresh({key: (wanted[key], row) for key, row in known.items() if key not in made})
    return {key: Known(row.id, followers.get(key, row.author.followers), key in made) for key, row in known.items()}


def known_ids(brand_id: int, network: str, external_ids: Iterable[str]) -> set[int]:
    """The handles of these ids of the network that are here already."""
    condition, values = among("external_id", sorted({key[:512] for key in external_ids}))
    rows = select(
        f"SELECT id FROM people_handle WHERE brand_id = %s AND network = %s AND {condition}",  # noqa: S608
        [brand_id, network, values],
    )
    return {row[0] for row in rows}


class _Row(NamedTuple):
    id: int
    author: Author
    seen: datetime


def _load(brand_id: int, network: str, external_ids: list[str]) -> dict[str, _Row]:
    condition, values = among("external_id", external_ids)
    lock = "FOR UPDATE" if connection.vendor == "postgresql" else ""
    rows = select(
        f"SELECT external_id, id, seen, {', '.join(_FIELDS)} FROM people_handle"  # noqa: S608 - our own names
        f" WHERE brand_id = %s AND network = %s AND {condition} ORDER BY id {lock}",
        [brand_id, network, values],
    )
    return {row[0]: _Row(row[1], _author(row[0], row[3:]), instant(row[2])) for row in rows}


def _author(key: str, values: Sequence[Any]) -> Author:
    name, display, followers, verified, since, avatar, bio = values
    return Author(key, name, display, followers, bool(verified), instant(since), avatar, bio)


def _merged(old: Author, new: Author) -> Author:
    """The author as told last, and of what was left out as told before. A network that shows nothing of a profile but
    its name does not know whether it is verified."""
    shown = bool(new.display or new.avatar or new.bio or new.followers is not None)
    return Author(
        id=old.id,
        name=new.name or old.name,
        display=new.display or old.display,
        followers=old.followers if new.followers is None else new.followers,
        verified=new.verified if shown else (new.verified or old.verified),
        created=new.created or old.created,
        avatar=new.avatar or old.avatar,
        bio=new.bio or old.bio,
    )


def _make(brand_id: int, network: str, fresh: list[Told], now: datetime) -> set[str]:
    """Insert handles with their customers; returns the external ids that were really new (somebody may be faster)."""
    ids = reserve(Handle, len(fresh))
    customers = reserve(Customer, len(fresh))
    insert(
        Handle,
        ("id", "brand", "customer", "network", "external_id", *_FIELDS, "seen"),
        [
            (handle, brand_id, customer, network, author.id[:512], *_values(author), at)
            for handle, customer, (author, at) in zip(ids, customers, fresh, strict=True)
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
            for handle, customer, (author, _) in zip(ids, customers, fresh, strict=True)
            if handle in ours
        ],
    )
    return {one.author.id[:512] for handle, one in zip(ids, fresh, strict=True) if handle in ours}


def _refresh(rows: dict[str, tuple[Told, _Row]]) -> dict[str, int | None]:
    """Bring handles up to date where newer things were told of them; their followers, by key. Of an earlier time only
    what was not known yet is taken."""
    changed, followers = [], {}
    for key, (told, row) in rows.items():
        newer = told.at > row.seen
        author = _merged(row.author, told.author) if newer else _merged(told.author, row.author)
        values, seen = _values(author), max(told.at, row.seen)
        followers[key] = author.followers
        if values != _values(row.author) or seen != row.seen:
            changed.append((*values, seen, row.id))
    if changed:
        update(Handle, (*_FIELDS, "seen"), changed)
    return followers
