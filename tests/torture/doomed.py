"""Processes that are killed again and again, and waiting for what others do."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.house import House

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds in which everything has come to rest after the last kill


class Doomed:
    """A process that is killed again and again. It is at work when it says "ready"."""

    def __init__(self, house: House, name: str, *arguments: str, **environ: str) -> None:
        self.house, self.said = house, house.home / f"{name}.said"
        self.command, self.environ = [sys.executable, "-m", *arguments], {**house.environ, **environ}
        self.start()

    def start(self) -> None:
        self.begins = self.said.stat().st_size if self.said.exists() else 0
        with self.said.open("a") as said:
            self.process = subprocess.Popen(self.command, env=self.environ, cwd=ROOT, stdout=said, stderr=said)

    @property
    def ready(self) -> bool:
        assert self.process.poll() is None, self.said.read_text()
        return self.at_work()

    def at_work(self) -> bool:
        return b"ready" in self.said.read_bytes()[self.begins :]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Web(Doomed):
    """`amends web`. It is at work when it answers."""

    def at_work(self) -> bool:
        return self.house.answers()


def until(true: Callable[[], object], why_not: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"it did not come true within {PATIENCE} s: {why_not()}"
        time.sleep(0.05)
