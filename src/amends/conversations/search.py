"""The full-text index over the tokens of `listening`: FTS5 on SQLite, a tsvector on PostgreSQL."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from django.db import connection

from amends import listening


def body(text: str) -> str:
    """What the index of this database holds of a text. Costly for long texts: call it outside transactions."""
    if connection.vendor == "postgresql":
        return listening.tsvector_literal(listening.tokens(text))
    return listening.search_text(text)


def index(brand_id: int, rows: Sequence[tuple[int, str]]) -> None:
    """Add posts as (id, `body`). One statement a batch on SQLite: FTS5 is four times faster so."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.executemany(
                "INSERT INTO conversations_search (post_id, brand_id, body) VALUES (%s, %s, %s::tsvector)"
                " ON CONFLICT (post_id) DO NOTHING",
                [(post, brand_id, vector) for post, vector in rows],
            )
        else:
            cursor.execute(
                "INSERT INTO conversations_search (rowid, brand, body)"
                " SELECT json_extract(value, '$[0]'), %s, json_extract(value, '$[1]') FROM json_each(%s)",
                [str(brand_id), json.dumps(rows)],
            )


def forget(post_id: int) -> None:
    column = "post_id" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM conversations_search WHERE {column} = %s", [post_id])  # noqa: S608 - our name


def forget_brand(brand_id: int) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DELETE FROM conversations_search WHERE brand_id = %s", [brand_id])
        else:
            cursor.execute("DELETE FROM conversations_search WHERE brand MATCH %s", [f'"{brand_id}"'])


def reindex(brand_id: int, post_id: int, new: str) -> None:
    forget(post_id)
    index(brand_id, [(post_id, new)])


def find(brand_id: int, text: str, before: int | None, limit: int) -> list[int]:
    """The ids of the newest `limit` posts of the brand that answer the query `text`, below the id `before`, newest
    first. Raises `listening.QueryError`."""
    node = listening.parse(text)
    where = ["post.brand_id = %s"]
    values: list[Any] = [brand_id]
    if connection.vendor == "postgresql":
        source, key = "conversations_search found JOIN conversations_post post ON post.id = found.post_id", "post.id"
        if query := listening.tsquery(node):
            where.append("found.brand_id = %s AND found.body @@ %s::tsquery")
            values += [brand_id, query]
    else:
        source, key = "conversations_search found JOIN conversations_post post ON post.id = found.rowid", "found.rowid"
        if query := listening.fts5_match(node):
            where.append("conversations_search MATCH %s")
            values.append(f'brand : "{brand_id}" AND body : ({query})')
    if before is not None:
        where.append(f"{key} < %s")
        values.append(before)
    for one in listening.filters(node):
        condition, more = _condition(one)
        where.append(f"NOT ({condition})" if one.negated else f"({condition})")
        values += more
    sql = f"SELECT post.id FROM {source} WHERE {' AND '.join(where)} ORDER BY {key} DESC LIMIT %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, limit])
        return [row[0] for row in cursor.fetchall()]


def _condition(one: listening.Filter) -> tuple[str, list[Any]]:
    """A filter as SQL on the post's columns, values apart."""
    parts: list[str] = []
    values: list[Any] = []
    for value in one.values:
        match one.field:
            case "from":
                parts.append(
                    "EXISTS (SELECT 1 FROM people_handle h WHERE h.id = post.handle_id AND (LOWER(h.name) = %s OR"
                    " LOWER(h.name) LIKE %s ESCAPE '!' OR LOWER(h.name) LIKE %s ESCAPE '!' OR LOWER(h.name) LIKE %s"
                    " ESCAPE '!'))"
                )
                exact = re.sub(r"([!%_])", r"!\1", value)
                values += [value, f"{exact}.%", f"{exact}-%", f"{exact}@%"]
            case "lang":
                parts.append("(post.lang = %s OR post.lang LIKE %s)")
                values += [value, f"{value}-%"]
            case "has":
                kinds = ("image", "video", "audio") if value == "media" else (value,)
                tests = ["CAST(post.media AS text) LIKE %s"] * len(kinds)
                values += [f'%"{kind}"%' for kind in kinds]
                if value == "link":  # as the matcher has it: an address in the text is a link, too
                    tests.append("post.text LIKE %s")
                    values.append("%://%")
                parts.append(f"({' OR '.join(tests)})")
            case _:
                parts.append({"reply": "post.parent <> ''", "promoted": "post.promoted"}.get(value, "post.kind = %s"))
                values += [] if value in ("reply", "promoted") else [value]
    return " OR ".join(parts), values
