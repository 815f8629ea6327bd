"""Many rows at once, without an ORM object for each: several times bulk_create's rate (docs/explanation/speed.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from functools import cache, lru_cache
from typing import Any, cast

import msgspec
from django.db import connection, models

Adapt = tuple[tuple[int, Callable[[Any], Any]], ...]


@cache
def _columns(model: type[models.Model], names: tuple[str, ...], vendor: str) -> tuple[list[str], Adapt]:
    """(the columns of these fields, which of them need adapting and how) on this database."""
    columns: list[str] = []
    adapt: list[tuple[int, Callable[[Any], Any]]] = []
    for index, name in enumerate(names):
        field = cast("models.Field[Any, Any]", model._meta.get_field(name))
        columns.append(connection.ops.quote_name(str(field.column)))
        if isinstance(field, models.DateTimeField) and vendor == "sqlite":
            adapt.append((index, _sqlite_instant))
        elif isinstance(field, models.JSONField):
            adapt.append((index, _json))
    return columns, tuple(adapt)


def _adapted(rows: Iterable[Sequence[Any]], adapt: Adapt) -> list[list[Any]]:
    values = [list(row) for row in rows]
    for index, change in adapt:
        for row in values:
            row[index] = change(row[index])
    return values


@lru_cache(4096)  # a batch has few instants
def _sqlite_instant(value: Any) -> str | None:
    """As Django stores instants on SQLite: naive UTC text. (Its own adapter costs five times this.)"""
    if value is None:
        return None
    text: str = value.isoformat(" ")
    return text[:-6] if text.endswith("+00:00") else str(connection.ops.adapt_datetimefield_value(value))


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def instant(value: Any) -> Any:
    """An instant as `select` brings it, aware: Django has SQLite's text parsed, and PostgreSQL's are aware already."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def among(column: str, values: Iterable[Any]) -> tuple[str, Any]:
    """(SQL, parameter) for "the column is one of these": one parameter for however many, so that the statement stays
    the same and is prepared once."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)", list(values)
    condition = f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - our own name
    return condition, msgspec.json.encode(list(values)).decode()


def select(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a read on the hot path, as the database gives them: several times cheaper than a queryset."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def insert(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]], *, or_ignore: bool = False
) -> None:
    """Insert `rows` (values in the order of the field `names`; foreign keys as ids) with one executemany.

    `or_ignore`: rows that break a uniqueness rule are passed over in silence.
    """
    columns, adapt = _columns(model, tuple(names), connection.vendor)
    values = _adapted(rows, adapt)
    if values:
        table = connection.ops.quote_name(model._meta.db_table)
        slots = ", ".join(["%s"] * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({slots})"  # noqa: S608 - our own names
        with connection.cursor() as cursor:
            cursor.executemany(sql + (" ON CONFLICT DO NOTHING" if or_ignore else ""), values)


def update(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Set the fields `names` of many rows with one executemany; each of `rows` has their values, then the id."""
    columns, adapt = _columns(model, tuple(names), connection.vendor)
    values = _adapted(rows, adapt)
    if values:
        table = connection.ops.quote_name(model._meta.db_table)
        pairs = ", ".join(f"{column} = %s" for column in columns)
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {pairs} WHERE id = %s", values)  # noqa: S608 - our own names


def reserve(model: type[models.Model], count: int) -> Sequence[int]:
    """`count` fresh ids of `model`, ours alone. On SQLite the write lock that we hold guards them, on PostgreSQL the
    sequence. Knowing the ids beforehand, rows that point at each other go in without a look-up between."""
    if not count:
        return ()
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        last = row[0] if row else 0
        statement = (
            "UPDATE sqlite_sequence SET seq = %s WHERE name = %s"
            if row
            else ("INSERT INTO sqlite_sequence (seq, name) VALUES (%s, %s)")
        )
        cursor.execute(statement, [last + count, table])
        return range(last + 1, last + count + 1)
