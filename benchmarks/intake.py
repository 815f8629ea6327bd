"""Intake: how many matched posts become cases in a second, on SQLite and on PostgreSQL.

The baseline inserts the very same rows into the same tables with the same indexes, by bare executemany, 500 posts a
transaction, and does nothing else: no matching, no judging, no thought about cases, no foreign keys checked. On SQLite
the unit is the CPU-second of the one process that does all the work; on PostgreSQL it is the second, since the server
works beside us.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

POSTS, BATCH = 10_000, 500
ROUNDS = 3  # the median is told: on a shared machine one run says little
TABLES = (
    "people_customer", "people_handle", "conversations_conversation", "conversations_post", "conversations_rawpost",
    "conversations_engagementreading", "conversations_sighting", "cases_case", "cases_casethread", "events_event",
)  # fmt: skip


def posts() -> list[Any]:
    """Mentions of a brand: a few thousand authors, a third of them in threads, all with counts and a raw payload."""
    from amends.channels.base import Author, Engagement, Post

    chance = random.Random(7)
    words = [line for line in _SENTENCES.split("|") if line]
    now = datetime.now(UTC)
    made = []
    for number in range(POSTS):
        author = chance.randrange(POSTS // 2)
        root = f"at://did:plc:x/post/{chance.randrange(number)}" if number and chance.random() < 0.3 else ""
        made.append(
            Post(
                network="bluesky",
                id=f"at://did:plc:x/post/{number}",
                author=Author(id=f"did:plc:{author:024d}", name=f"user{author}.example", followers=author),
                created=now - timedelta(seconds=POSTS - number),
                text=f"@meridianair {chance.choice(words)} {chance.choice(words)} ({number})",
                root=root,
                parent=root,
                lang="en",
                url=f"https://example.org/{number}",
                engagement=Engagement(seen=now, likes=chance.randrange(5), reshares=0, replies=0),
                raw=b'{"uri": "%d", "record": {"text": "..."}}' % number,
            )
        )
    return made


_SENTENCES = (
    "where is my suitcase?|day three and nobody answers|the crew was lovely, thank you|your app does not load at all|"
    "I want my money back NOW|flight cancelled, hotline busy for 50 minutes|can I bring a guitar on board?|"
    "never again!!!|check-in treated my mother like luggage|shout-out to Marcus at the Leeds desk|"
    "we are stuck in Lisbon since last night|does the lounge open before six?|what a mess, honestly"
)


def clock(postgres: bool) -> Callable[[], float]:
    return time.perf_counter if postgres else time.process_time


def ours(postgres: bool) -> float:
    """Posts a second through `process`."""
    from amends import triage
    from amends.accounts.actions import make_brand, make_user
    from amends.channels.base import Batch
    from amends.intake.pipeline import process
    from amends.sources.actions import add_query
    from amends.sources.models import Source

    now = datetime.now(UTC)
    member = make_brand(make_user("alice@meridian.example", "Alice"), "Meridian Air", now)
    add_query(member, "Name", "@meridianair", now)
    source = Source.objects.create(brand=member.brand, channel="file", created=now, next_at=now)
    all_posts = posts()
    triage.load().judge_many(["warm"], [""])
    tell = clock(postgres)
    began = tell()
    for start in range(0, POSTS, BATCH):
        process(source, Batch(posts=tuple(all_posts[start : start + BATCH]), cursor=str(start)), now)
    return POSTS / (tell() - began)


def bare(postgres: bool) -> float:
    """Posts a second when the rows of that run are inserted again by executemany, and nothing else is done."""
    from django.db import connection, transaction

    search = "conversations_search"
    with connection.cursor() as cursor:
        rows: dict[str, tuple[list[str], list[Any]]] = {}
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            rows[table] = ([column[0] for column in cursor.description], [_plain(row) for row in cursor.fetchall()])
        cursor.execute(f"SELECT {'post_id, brand_id, body::text' if postgres else 'rowid, brand, body'} FROM {search}")
        found = cursor.fetchall()
        for table in (*reversed(TABLES), search):
            cursor.execute(f"TRUNCATE {table} CASCADE" if postgres else f"DELETE FROM {table}")
        cursor.execute("SET session_replication_role = replica" if postgres else "PRAGMA foreign_keys = OFF")
    slot = "%s, %s, %s::tsvector" if postgres else "%s, %s, %s"
    names = "post_id, brand_id, body" if postgres else "rowid, brand, body"
    portions = POSTS // BATCH
    tell = clock(postgres)
    began = tell()
    for portion in range(portions):
        with transaction.atomic(), connection.cursor() as cursor:
            for table, (columns, values) in rows.items():
                size = -(-len(values) // portions)
                quoted = ", ".join(f'"{column}"' for column in columns)
                cursor.executemany(
                    f"INSERT INTO {table} ({quoted}) VALUES ({', '.join(['%s'] * len(columns))})",
                    values[portion * size : (portion + 1) * size],
                )
            some = found[portion * BATCH : (portion + 1) * BATCH]
            cursor.executemany(f"INSERT INTO {search} ({names}) VALUES ({slot})", some)
    return POSTS / (tell() - began)


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(json.dumps(value) if isinstance(value, list | dict) else value for value in row)


def run() -> list[dict[str, Any]]:
    from benchmarks.home import in_fresh_home

    found = []
    for name, postgres in (("intake_sqlite", False), ("intake_postgres", True)):
        runs = [in_fresh_home("benchmarks.intake", name, postgres=postgres) for _ in range(ROUNDS)]
        value, baseline = sorted(runs, key=lambda run: run[0] / run[1])[ROUNDS // 2]
        unit = "posts/s" if postgres else "posts/CPU-s"
        found.append({"name": name, "value": value, "unit": unit, "baseline": baseline, "ratio": value / baseline})
    return found


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import django

        django.setup()
        on_postgres = sys.argv[1] == "intake_postgres"
        print(json.dumps([ours(on_postgres), bare(on_postgres)]))
    else:
        for entry in run():
            print(entry)
