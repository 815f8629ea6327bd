"""A house of its own for a test: the real `amends` in real processes, on a home, a port and a database of their own."""

from __future__ import annotations

import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psycopg

from tests.peers.stores import free_port

PATIENCE = 30  # seconds that anything may take on a busy machine


class House:
    """`run` a command to its end, or `start` one and stop it with the test."""

    def __init__(self, home: Path, database_url: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AMENDS_", "PYTHON"))},
            "AMENDS_HOME": str(home),
            "AMENDS_PORT": str(self.port),
            "AMENDS_ALLOW_PRIVATE": "yes",
            "DATABASE_URL": database_url,
        }
        self._started: list[subprocess.Popen[str]] = []

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """`amends ARGUMENTS`, to its end."""
        command = [sys.executable, "-m", "amends", *arguments]
        return subprocess.run(
            command, env={**self.environ, **environ}, capture_output=True, text=True, timeout=120, check=False
        )

    def database(self) -> sqlite3.Connection | psycopg.Connection[Any]:
        """A connection of the test's own to this house's database."""
        url = self.environ["DATABASE_URL"]
        return psycopg.connect(url) if url else sqlite3.connect(self.home / "amends.sqlite3")

    def count(self, table: str) -> int:
        with closing(self.database()) as database:
            row = database.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(row[0]) if row else 0

    def python(self, program: str) -> None:
        """Run a few lines of Python in this house. Fails where they fail."""
        subprocess.run([sys.executable, "-c", program], env=self.environ, timeout=120, check=True)

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """`amends ARGUMENTS`, running; what it says goes to `said`."""
        with (self.home / "said").open("a") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "amends", *arguments],
                env={**self.environ, **environ},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                text=True,
            )
        self._started.append(process)
        return process

    @property
    def said(self) -> str:
        return (self.home / "said").read_text()

    def until(self, true: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait for something that happens in another process. Fails with what `amends` said."""
        end = time.monotonic() + patience
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"It did not come true within {patience} s. Amends said:\n{self.said}")
            time.sleep(0.05)

    def up(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """`amends up`, answering and with all its processes."""
        process = self.start("up", *arguments, **environ)
        self.until(lambda: self.answers() or process.poll() is not None)
        self.until(lambda: set(children(process.pid)) == {"web", "work"} or process.poll() is not None)
        return process

    def answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx2.TransportError:
            return False

    def close(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def children(pid: int) -> dict[str, int]:
    """{"web": process id, ...} of the children of an `amends up`."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    found: dict[str, int] = {}
    for child in listed.read_text().split() if listed.exists() else []:
        words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0") if Path(f"/proc/{child}").exists() else []
        if b"amends" in words:
            found[words[words.index(b"amends") + 1].decode()] = int(child)
    return found


@contextmanager
def database(url: str) -> Iterator[str]:
    """An empty database beside the one that `url` names, dropped at the end; "" (a SQLite file) where that is ""."""
    if not url:
        yield ""
        return
    name = f"house_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
