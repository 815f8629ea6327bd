"""What reads posts, ours and theirs: how many a CPU-second, and how much memory it takes.

VADER and TextBlob tell a sentiment from lists of words, which is what most open tools have. What is measured of ours
tells all that it tells.
"""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from .tweets import made_posts, real_posts

BATCH = 256
Reader = Callable[[Sequence[str]], int]
"""Reads posts and says how many it could."""


def some_posts(count: int) -> list[str]:
    """Made from a fixed seed. Where AMENDS_DATA names a folder of data sets, its tweets."""
    chance = random.Random(20261122)
    folder = os.environ.get("AMENDS_DATA")
    return real_posts(Path(folder), count, chance) if folder else made_posts(count, chance)


def heads() -> Reader:
    """Fast: all but language and personal data."""
    from amends.triage import Depth
    from amends.triage.hashed import Hashed
    from amends.triage.shipped import Shipped

    class Untold:
        """In place of the language's model: nothing is told, and all is read as if it could be English."""

        def tell(self, *_: str) -> tuple[str, float]:
            return "", 0.0

    model = Shipped(Untold(), Hashed.load())  # type: ignore[arg-type]
    return lambda posts: _read(posts, lambda some: len(model.judge_many(some, [""] * len(some), Depth.FAST)))


def fast() -> Reader:
    """Everything: language and personal data as well."""
    from amends.triage import Depth, load, personal

    def read(some: Sequence[str]) -> int:
        load().judge_many(some, [""] * len(some), Depth.FAST)
        return len([personal.find(text) for text in some])

    return lambda posts: _read(posts, read)


def deep() -> Reader:
    """Everything, and deeply what can be."""
    from amends.triage import Depth, load, personal

    def read(some: Sequence[str]) -> int:
        said = load().judge_many(some, ["en"] * len(some), Depth.DEEP)
        for text in some:
            personal.find(text)
        return sum(one.depth is Depth.DEEP for one in said)

    return lambda posts: _read(posts, read)


def vader() -> Reader:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    tell = SentimentIntensityAnalyzer().polarity_scores
    return lambda posts: len([tell(post) for post in posts])


def textblob() -> Reader:
    from textblob import TextBlob

    return lambda posts: len([TextBlob(post).sentiment for post in posts])


def _read(posts: Sequence[str], read: Reader) -> int:
    return sum(read(posts[start : start + BATCH]) for start in range(0, len(posts), BATCH))


READERS: dict[str, Callable[[], Reader]] = {
    "heads": heads, "fast": fast, "deep": deep, "vader": vader, "textblob": textblob,
}  # fmt: skip


def rates(names: Sequence[str], posts: Sequence[str], rounds: int) -> dict[str, float]:
    """Posts a CPU-second: medians of interleaved rounds, since this machine may not be ours alone."""
    readers = {name: READERS[name]() for name in names}
    times: dict[str, list[float]] = {name: [] for name in names}
    for reader in readers.values():
        reader(posts[:BATCH])  # loads what is loaded when it is first needed
    gc.collect()
    gc.freeze()  # what is there by now is nobody's cost
    for _ in range(rounds):
        for name, reader in readers.items():
            start = time.process_time()
            count = reader(posts)
            times[name].append((time.process_time() - start) / count)
    gc.unfreeze()
    return {name: 1 / median(some) for name, some in times.items()}


def memory(names: Sequence[str], posts: Sequence[str]) -> dict[str, float]:
    """By how many megabytes a fresh process grows, its libraries counted, when each has been loaded and has read."""
    grown = {}
    for name in names:
        command = [sys.executable, "-m", "benchmarks.readers", name]
        done = subprocess.run(command, input=json.dumps(posts), stdout=subprocess.PIPE, text=True, check=True)
        grown[name] = float(done.stdout)
    return grown


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def against(name: str, unit: str, ours: float, theirs: dict[str, float]) -> list[dict[str, Any]]:
    """Results of ours beside VADER, and beside TextBlob."""
    return [
        {"name": called, "value": ours, "unit": unit, "baseline": theirs[other], "ratio": ours / theirs[other]}
        for called, other in ((name, "vader"), (f"{name}_textblob", "textblob"))
    ]


if __name__ == "__main__":
    given = json.load(sys.stdin)
    before = _resident()
    READERS[sys.argv[1]]()(given)
    print(_resident() - before)
