"""How long an agent's own write takes while an import runs on SQLite.

One process takes posts in as `amends import` does, through the pipeline with the models of the product, and does not
end before the agent does. The agent, in another process, adds a note or assigns a case through the actions of `cases`,
some thirty times a second, and takes the time of each. The baseline is the same in the same home with nobody else at
work.
"""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

BATCH = 500
IDLE, BESIDE = (
    200,
    400,
)  # writes on an idle desk and beside the import, which takes in tens of thousands of posts meanwhile
EVERY = 0.02  # seconds an agent waits between two


def prepare() -> None:
    """A brand, and a hundred cases to work on."""
    from amends.accounts.actions import make_brand, make_user
    from amends.sources.actions import add_query
    from amends.sources.models import Source

    now = datetime.now(UTC)
    member = make_brand(make_user("alice@meridian.example", "Alice"), "Meridian Air", now)
    add_query(member, "Name", "@meridianair", now)
    Source.objects.create(brand=member.brand, channel="file", created=now, next_at=now)
    take_in(0, 100)


def take_in(first: int, count: int) -> None:
    """What `amends import` does with so many posts, in its portions."""
    from amends.channels.base import Author, Batch, Post
    from amends.intake.pipeline import process
    from amends.sources.models import Source

    source, now = Source.objects.get(), datetime.now(UTC)
    for start in range(first, first + count, BATCH):
        posts = tuple(
            Post(
                network="file",
                id=f"post-{number}",
                author=Author(id=f"a{number}", name=f"a{number}", followers=number),
                created=now,
                text=f"@meridianair my suitcase {number} did not arrive, and nobody answers the phone!",
            )
            for number in range(start, min(start + BATCH, first + count))
        )
        process(source, Batch(posts=posts), datetime.now(UTC), clocks=False)


def work(count: int) -> list[float]:
    """Milliseconds of each write: a note, then an assignment, case after case."""
    from amends.accounts.access import member
    from amends.accounts.models import User
    from amends.cases.actions import add_note, assign
    from amends.cases.models import Case

    alice = member(User.objects.get(), "meridian-air")
    cases = list(Case.objects.order_by("pk").values_list("pk", flat=True)[:100])
    took: list[float] = []
    while len(took) < count:
        case = cases[len(took) // 2 % len(cases)]
        now = datetime.now(UTC)
        began = time.perf_counter()
        if len(took) % 2:
            assign(alice, case, alice.user.pk, now)
        else:
            add_note(alice, case, "I have called the lost luggage desk.", now)
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(EVERY)
    return took


def both() -> dict[str, Any]:
    """The times on an idle desk and beside an import, and the import's posts a second."""
    from amends.conversations.models import Post

    prepare()
    idle = work(IDLE)
    command = [sys.executable, "-m", "benchmarks.beside_import", "import"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as importing:
        assert importing.stdout
        importing.stdout.readline()  # it has begun
        before, began = Post.objects.count(), time.monotonic()
        beside = work(BESIDE)
        rate = (Post.objects.count() - before) / (time.monotonic() - began)
        importing.terminate()
    return {"idle": idle, "beside": beside, "rate": rate}


def run() -> list[dict[str, Any]]:
    from benchmarks.home import in_fresh_home

    found = in_fresh_home("benchmarks.beside_import", "both")
    entries = []
    for name, figure in (("agent_write_p50", statistics.median), ("agent_write", p99)):
        value, baseline = figure(found["beside"]), figure(found["idle"])
        entries.append({"name": name, "value": value, "unit": "ms", "baseline": baseline, "ratio": value / baseline})
    print(f"{len(found['beside'])} writes beside an import of {found['rate']:,.0f} posts/s")
    return entries


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


if __name__ == "__main__":
    if len(sys.argv) == 1:
        for entry in run():
            print(entry)
    else:
        import django

        django.setup()
        if sys.argv[1] == "both":
            print(json.dumps(both()))
        else:
            from amends import triage

            triage.load().judge_many(["warm"], ["en"])
            print("begun", flush=True)
            for first in itertools.count(100, 10 * BATCH):
                take_in(first, 10 * BATCH)
