"""The depth that the intake chooses: under a backlog posts are heard as quickly as ever, and read deeply later.

`triage_auto` is how many posts a CPU-second are taken in from batches too large to be read deeply at once; its baseline
reads all of them deeply as they come. `triage_auto_batch` is how many seconds such a batch takes while the worker makes
up deep readings beside it; its baseline is the same while nothing is made up. `triage_auto_made_up` is how many posts a
CPU-second get their deep reading then, stored and told to whoever looks on; its baseline is the model alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

BATCH, BATCHES, ALL_DEEP = 200, 8, 100


def batches(texts: list[str]) -> list[Any]:
    """Mentions of a brand, everyone's first."""
    from amends.channels.base import Author, Batch, Post

    now = datetime.now(UTC)
    posts = [
        Post(
            network="bluesky",
            id=f"at://did:plc:x/post/{number}",
            author=Author(id=f"did:plc:{number:024d}", name=f"user{number}.example"),
            created=now - timedelta(seconds=len(texts) - number),
            text=f"@meridianair {text}",
            lang="en",
        )
        for number, text in enumerate(texts)
    ]
    return [Batch(posts=tuple(posts[at : at + BATCH]), cursor=str(at)) for at in range(0, len(posts), BATCH)]


def took(clock: Callable[[], float], act: Callable[[], object]) -> float:
    began = clock()
    act()
    return clock() - began


async def measure(texts: list[str]) -> dict[str, list[float]]:
    """(value, baseline) by name."""
    from amends import triage
    from amends.accounts.actions import make_brand, make_user
    from amends.config.work import rounds
    from amends.conversations.models import Post as Row
    from amends.intake import deepen, judge
    from amends.intake.pipeline import process
    from amends.sources.actions import add_query
    from amends.sources.models import Source

    now = datetime.now(UTC)

    def begin() -> Source:
        member = make_brand(make_user("alice@meridian.example", "Alice"), "Meridian Air", now)
        add_query(member, "Name", "@meridianair", now)
        triage.load().judge_many(texts[:BATCH], ["en"] * BATCH, triage.Depth.DEEP)
        return Source.objects.create(brand=member.brand, channel="file", created=now, next_at=now)

    source = await asyncio.to_thread(begin)
    waiting = batches(texts)

    async def hear(batch: Any, clock: Callable[[], float]) -> float:
        return await asyncio.to_thread(took, clock, lambda: process(source, batch, now))

    alone = [await hear(batch, time.perf_counter) for batch in waiting[:BATCHES]]
    heard = [await hear(batch, time.process_time) for batch in waiting[BATCHES : 2 * BATCHES]]
    stop = asyncio.Event()
    beside = asyncio.create_task(rounds(deepen.once)(stop))
    busy = [await hear(batch, time.perf_counter) for batch in waiting[2 * BATCHES : 3 * BATCHES]]
    stop.set()
    await beside
    left = await asyncio.to_thread(Row.objects.filter(deepen=True).count)
    if left <= BATCH:
        raise RuntimeError("the backlog was made up too soon to show anything: give it more batches")

    def make_up() -> None:
        while deepen.deepen(now):
            pass

    made_up = await asyncio.to_thread(took, time.process_time, make_up)
    some = texts[:left]
    model = took(time.process_time, lambda: triage.load().judge_many(some, ["en"] * left, triage.Depth.DEEP))
    if await asyncio.to_thread(Row.objects.exclude(depth="deep").exclude(labels={}).exists):
        raise RuntimeError("a post was never read deeply")
    judge.AT_ONCE = ALL_DEEP
    few = waiting[3 * BATCHES]
    deeply = await hear(type(few)(posts=few.posts[:ALL_DEEP], cursor="last"), time.process_time)
    return {
        "triage_auto": [BATCH / median(heard), ALL_DEEP / deeply],
        "triage_auto_batch": [median(busy), median(alone)],
        "triage_auto_made_up": [left / made_up, left / model],
    }


def run() -> list[dict[str, Any]]:
    from benchmarks.home import in_fresh_home

    units = {"triage_auto_batch": "s"}
    return [
        {
            "name": name,
            "value": value,
            "unit": units.get(name, "posts/CPU-s"),
            "baseline": baseline,
            "ratio": value / baseline,
        }
        for name, (value, baseline) in in_fresh_home("benchmarks.triage_auto", "measure").items()
    ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import django

        from benchmarks.readers import some_posts

        django.setup()
        print(json.dumps(asyncio.run(measure(some_posts((3 * BATCHES + 1) * BATCH)))))
    else:
        for entry in run():
            print(entry)
