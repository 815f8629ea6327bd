"""Channels: how many posts a CPU-second each parses from what its network sent, and what a house full of sources holds.

The baseline of parsing is 10,000 posts a CPU-second; that of memory is 400 MB for 2,000 polled sources that bring
nothing and 200 streams that say nothing, all in one process, connected to a server on loopback in another.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

POSTS_A_SECOND = 10_000
MEGABYTES = 400
FOR = 1.0  # CPU-seconds a channel
SOURCES, STREAMS = 2_000, 200


def parsed(name: str) -> float | None:
    """Posts a CPU-second, over the channel's own recorded payloads; None where it has none."""
    from amends.channels.testing.contract import ChannelContract

    module = import_module(f"amends.channels.{name}.tests.test_contract")
    suites = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, ChannelContract) and kind.__module__ == module.__name__
    ]
    suite = next((kind() for kind in suites if kind.name == name and kind.recorded), None)
    if suite is None:
        return None
    payloads = suite.payloads()
    count, began = 0, time.process_time()
    while (spent := time.process_time() - began) < FOR:
        count += sum(len(suite.parse(kind, payload).posts) for kind, payload in payloads.items())
    return count / spent


def parsing() -> list[dict[str, Any]]:
    from amends.channels import registry

    found = []
    for name in sorted(registry.channels()):
        if (Path(__file__).parents[1] / "src/amends/channels" / name / "fixtures").is_dir():
            value = parsed(name)
            if value:
                unit = "posts/CPU-s"
                ratio = value / POSTS_A_SECOND
                found.append(
                    {"name": f"parse_{name}", "value": value, "unit": unit, "baseline": POSTS_A_SECOND, "ratio": ratio}
                )
    return found


def run() -> list[dict[str, Any]]:
    from benchmarks.home import in_fresh_home

    memory, look = in_fresh_home("benchmarks.channels", "idle")
    name = "idle_sources"
    held = {"name": name, "value": memory, "unit": "MB", "baseline": MEGABYTES, "ratio": memory / MEGABYTES}
    cpu = {"name": f"{name}_cpu", "value": look, "unit": "CPU-s a second", "baseline": 1.0, "ratio": look}
    return [*parsing(), held, cpu]


async def idle() -> tuple[float, float]:
    """(megabytes that the listener's process holds, CPU-seconds that it uses in a second) once all are heard."""
    from datetime import UTC, datetime

    from asgiref.sync import sync_to_async

    from amends.channels.http import Http
    from amends.intake.listen import Listener
    from benchmarks.quiet import running

    with running() as (polled, streamed):
        await sync_to_async(connect_all)(polled, streamed, datetime.now(UTC))
        http, stop = Http(allow_private=True), asyncio.Event()
        listener = Listener(http)
        task = asyncio.create_task(listener.run(stop))
        while await sync_to_async(unheard)():  # noqa: ASYNC110 - the listener tells nobody
            await asyncio.sleep(0.5)
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.sleep(10)
        used = (time.process_time() - cpu) / (time.perf_counter() - began)
        held = proportional_memory()
        stop.set()
        await task
        await http.close()
    return held, used


def connect_all(polled: str, streamed: str, now: Any) -> None:
    from amends.accounts.actions import make_brand, make_user
    from amends.sources.actions import add_query
    from amends.sources.models import Source

    member = make_brand(make_user("alice@meridian.example", "Alice"), "Meridian Air", now)
    add_query(member, "Name", "@meridianair", now)
    kinds = [("feeds", {"feeds": f"{polled}/feed/{{number}}"}, SOURCES), ("bluesky", {"jetstream": streamed}, STREAMS)]
    Source.objects.bulk_create(
        Source(
            brand=member.brand, channel=channel, created=now, next_at=now,
            settings={key: value.replace("{number}", str(number)) for key, value in settings.items()},
        )
        for channel, settings, count in kinds
        for number in range(count)
    )  # fmt: skip


def unheard() -> int:
    """How many have not been asked yet, or say nothing yet."""
    from amends.sources.models import Source, State

    broken = Source.objects.exclude(state=State.ACTIVE).first()
    if broken is not None:
        raise SystemExit(f"{broken}: {broken.problem}")
    polled = Source.objects.filter(channel="feeds", checked=None).count()
    return polled + Source.objects.filter(channel="bluesky", checked=None).count()


def proportional_memory() -> float:
    """Megabytes of this process, shared pages divided among those that share them."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    raise SystemExit("Only Linux tells how much memory a process really holds.")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import django

        django.setup()
        print(json.dumps(asyncio.run(idle())))
    else:
        for entry in run():
            print(entry)
