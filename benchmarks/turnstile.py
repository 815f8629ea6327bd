"""How long a small write waits beside a bulk writer on SQLite: with the turnstile, and as SQLite itself would have it.

One process writes transactions of some 50 ms without a pause, as an import does. Another writes one row, thirty times a
second, as an agent does, and takes the time of each write. Both go through `write`; the baseline is the very same with
Django's plain transaction, whose waiting is SQLite's own. The bulk writer's rate is told as well: fairness must not be
paid for with it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

SECONDS, SMALL_EVERY, BULK = 8.0, 0.033, 0.05
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def transaction(fair: bool) -> AbstractContextManager[Any]:
    from django.db import transaction

    from amends.events.transaction import write

    return write(NOW) if fair else transaction.atomic()


def rows(count: int) -> None:
    from amends.events.models import Event
    from amends.events.rows import insert

    insert(Event, ("brand", "data", "at"), [(1, '{"type":"brand","what":"bulk"}', NOW)] * count)


def bulk(fair: bool) -> None:
    """Write until the time is over; print how many rows a second."""
    count, start = 0, time.monotonic()
    while time.monotonic() < start + SECONDS:
        with transaction(fair):
            end = time.monotonic() + BULK
            while time.monotonic() < end:
                rows(100)
                count += 100
    print(count / (time.monotonic() - start))


def small(fair: bool) -> None:
    """Print the milliseconds of each write."""
    start = time.monotonic()
    while time.monotonic() < start + SECONDS - 1:
        before = time.monotonic()
        with transaction(fair):
            rows(1)
        print((time.monotonic() - before) * 1000)
        time.sleep(SMALL_EVERY)


def waits(fair: bool) -> tuple[list[float], float]:
    """(the milliseconds of the small writes, the rows a second of the bulk writer)"""
    with tempfile.TemporaryDirectory(prefix="amends-bench-") as home:
        env = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
        env.pop("DATABASE_URL", None)
        env |= {"AMENDS_HOME": home, "DJANGO_SETTINGS_MODULE": "amends.config.settings"}

        def begin(role: str) -> subprocess.Popen[str]:
            command = [sys.executable, __file__, role, "fair" if fair else "plain"]
            return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)

        if begin("migrate").wait():
            raise RuntimeError("the tables could not be made")
        writers = [begin("bulk"), begin("small")]
        heavy, light = (writer.communicate(timeout=SECONDS * 10)[0] for writer in writers)
    return [float(line) for line in light.split()], float(heavy)


def run() -> list[dict[str, Any]]:
    """Entries for the table; the baselines are SQLite's own waiting, in the same run."""
    (plain, plain_rate), (fair, fair_rate) = waits(False), waits(True)

    def p99(values: list[float]) -> float:
        return statistics.quantiles(values, n=100)[98]

    return [
        _entry("turnstile_wait_p50", statistics.median(fair), "ms", statistics.median(plain)),
        _entry("turnstile_wait_p99", p99(fair), "ms", p99(plain)),
        _entry("turnstile_bulk", fair_rate, "rows/s", plain_rate),
    ]


def _entry(name: str, value: float, unit: str, baseline: float) -> dict[str, Any]:
    ratio = round(value / baseline, 3)
    return {"name": name, "value": round(value, 2), "unit": unit, "baseline": round(baseline, 2), "ratio": ratio}


if __name__ == "__main__":
    if len(sys.argv) == 1:
        for entry in run():
            print(entry)
    else:
        import django

        django.setup()
        _, role, how = sys.argv
        if role == "migrate":
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
        else:
            {"bulk": bulk, "small": small}[role](how == "fair")
