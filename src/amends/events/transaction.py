"""The one way to write: `with write() as tx`.

It takes the turnstile on SQLite, opens the transaction, collects what happened and inserts the events last. On
PostgreSQL the insertion holds an advisory lock until the commit, so that the order of ids is the order of commits and a
tailer that reads up to an id has missed nothing below it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from django.db import connection, transaction

from amends.events.models import Event as Row
from amends.events.rows import insert
from amends.events.turnstile import turnstile
from amends.events.types import Event, encode

EVENT_ORDER_LOCK = 0x416D656E64
CHANNEL = "amends_events"


class Tx:
    """A write under way. `now` is its instant; `tell` says what happened in it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.events: list[tuple[int, Event]] = []

    def tell(self, brand: int, event: Event) -> None:
        """The event is inserted when the transaction ends, if it commits."""
        self.events.append((brand, event))


class _Current(threading.local):
    tx: Tx | None = None


_current = _Current()


@contextmanager
def write(now: datetime | None = None) -> Iterator[Tx]:
    """Open the write transaction, or join the one this thread has open. Never do network or model work inside.

    What is joined stands or falls with the whole: after an error has left a joined block, nothing of the whole is
    written, and `TransactionManagementError` says so where somebody caught it on the way. No verb is ever half done.
    """
    if _current.tx is not None:
        with transaction.atomic(savepoint=False):
            yield _current.tx
        return
    with ExitStack() as stack:
        # Inside a transaction that somebody opened without us (a test's), waiting for the turn could wait for ever.
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            stack.enter_context(turnstile(str(connection.settings_dict["NAME"])))
        tx = Tx(now or datetime.now(UTC))
        stack.enter_context(transaction.atomic())
        _current.tx = tx
        stack.callback(_forget)
        yield tx
        connection.validate_no_broken_transaction()
        _insert(tx)


def _forget() -> None:
    _current.tx = None


def _insert(tx: Tx) -> None:
    if not tx.events:
        return
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgres:
            # Foreign keys are checked now, since a check locks rows: at the commit it might wait for somebody who holds
            # a row and waits for us.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [EVENT_ORDER_LOCK])
        insert(Row, ("brand", "data", "at"), [(brand, encode(event).decode(), tx.now) for brand, event in tx.events])
        if postgres:
            cursor.execute(f"NOTIFY {CHANNEL}")
