"""The people of the tests: Alice owns the brand, Bob works for it too, Charlie works for another and must see nothing.

`mention` makes posts, `hear` takes them in through the real pipeline.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from amends.accounts.access import Member
from amends.accounts.models import Role
from amends.channels.base import Author, Batch, Post
from amends.sources.models import Source

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture
def alice(db: None, now: datetime) -> Member:
    """Admin of Meridian Air."""
    from amends.accounts.actions import make_brand, make_user

    return make_brand(make_user("alice@meridian.example", "Alice Archer", "correct horse"), "Meridian Air", now)


@pytest.fixture
def bob(alice: Member, now: datetime) -> Member:
    """Agent at Meridian Air."""
    from amends.accounts.actions import set_membership

    row = set_membership(alice, "bob@meridian.example", "Bob Baker", Role.AGENT, None, now)
    return Member(user=row.user, brand=alice.brand, role=Role.AGENT, team_id=None)


@pytest.fixture
def charlie(db: None, now: datetime) -> Member:
    """Admin of another brand."""
    from amends.accounts.actions import make_brand, make_user

    return make_brand(make_user("charlie@other.example", "Charlie Chase", "correct horse"), "Other Lines", now)


@pytest.fixture
def source(alice: Member, now: datetime) -> Source:
    """A source of Meridian Air that listens for its name."""
    from amends.sources.actions import add_query, set_own_handles

    set_own_handles(alice, [("demo", "meridianair")], now)
    add_query(alice, "Name", '@meridianair OR "meridian air"', now)
    return Source.objects.create(brand=alice.brand, channel="demo", label="Test", created=now, next_at=now)


@pytest.fixture
def somebody_waits() -> Callable[[], bool]:
    """Whether a session of this test's own database waits for a lock (PostgreSQL shows those of all databases)."""
    from django.db import connection

    def look() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_locks"
                " JOIN pg_database ON pg_database.oid = pg_locks.database WHERE datname = current_database())"
            )
            return bool(cursor.fetchone()[0])

    return look


@pytest.fixture
def mention() -> Callable[..., Post]:
    """A post of a customer: `mention("1", "text", author="ann", minutes=-5, **fields of Post)`."""

    def make(key: str, text: str = "@meridianair where is my suitcase?", **fields: Any) -> Post:
        author = fields.pop("author", "ann")
        if isinstance(author, str):
            author = Author(id=f"did:{author}", name=author, display=author.title(), followers=120)
        created = NOON + timedelta(minutes=fields.pop("minutes", -5))
        given = {"network": "demo", "id": f"at://{key}", "author": author, "created": created, "text": text}
        return Post(**given | fields)

    return make


@pytest.fixture
def hear(source: Source, now: datetime) -> Callable[..., Any]:
    """Take posts in: `hear(post, post, at=instant, deletions=..., readings=...)`."""
    from amends.intake.pipeline import process

    def take(*posts: Post, at: datetime = now, **more: Any) -> Any:
        return process(source, Batch(posts=posts, **more), at)

    return take
