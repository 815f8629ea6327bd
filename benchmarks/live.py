"""The live stream: how long an event is on its way from its commit to 1,000 browsers, in milliseconds.

The real site in a process of its own, on SQLite; a writer in another commits 20 events a second through `write`; this
process holds 1,000 raw connections and notes when each event's last byte came. All three read one monotonic clock. The
baseline is a bare asyncio server that sends frames of the same size at the same rate to as many listeners, without any
database, measured beside ours in the same run.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

LISTENERS, RATE, WARM, EVENTS = 1000, 20, 40, 160  # connections, events a second, events before and while we measure
PEOPLE = 25  # one person may have no more than fifty streams
CASE = re.compile(rb'"case":(\d+)')


class Listener(asyncio.Protocol):
    """One connection. Keeps (instant, bytes) as they come and reads them afterwards."""

    def __init__(self, request: bytes, stands: asyncio.Semaphore) -> None:
        self._request = request
        self._stands = stands
        self._received: list[tuple[float, bytes]] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self._received and not data.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"not let in: {data[:80]!r}")
        if b"retry:" in data:
            self._stands.release()
        self._received.append((time.monotonic(), data))

    def receipts(self) -> dict[int, float]:
        """When each case's event was received. An event cut in two counts when its end came."""
        found: dict[int, float] = {}
        rest = b""
        for at, data in self._received:
            block, _, rest = (rest + data).rpartition(b"\n\n")
            for case in CASE.findall(block):
                found.setdefault(int(case), at)
        return found


def _same(listener: Listener) -> Listener:
    return listener


async def connected(port: int, cookie: str) -> list[Listener]:
    """All listeners, fifty at a time, each with the head of its answer; they share the cookies, parted by "|"."""
    loop = asyncio.get_running_loop()
    requests = [f"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {one}\r\n\r\n".encode() for one in cookie.split("|")]
    stands = asyncio.Semaphore(0)
    listeners = [Listener(requests[number % len(requests)], stands) for number in range(LISTENERS)]
    for first in range(0, LISTENERS, 50):
        some = listeners[first : first + 50]
        for listener in some:
            await loop.create_connection(partial(_same, listener), "127.0.0.1", port)
        for _ in some:
            await asyncio.wait_for(stands.acquire(), 60)
    return listeners


async def delays(port: int, cookie: str, begin: Callable[[], Awaitable[asyncio.StreamReader]]) -> list[float]:
    """Milliseconds from every event's commit to every listener's receipt. `begin` is called when all listen; what it
    returns tells of each commit in a line: number, instant."""
    listeners = await connected(port, cookie)
    told = await begin()
    commits: dict[int, float] = {}
    while len(commits) < WARM + EVENTS:
        case, at = (await asyncio.wait_for(told.readline(), 60)).split()
        commits[int(case)] = float(at)
    await asyncio.sleep(1)
    for listener in listeners:
        listener.transport.abort()
    measured = sorted(commits)[WARM:]
    got = [listener.receipts() for listener in listeners]
    missing = sum(case not in receipts for receipts in got for case in measured)
    if missing:
        raise RuntimeError(f"{missing} deliveries never came.")
    return [(receipts[case] - commits[case]) * 1000 for receipts in got for case in measured]


def setup() -> None:
    """In a fresh home: tables, a brand, and people who are signed in. Prints the brand and their cookies."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from amends.accounts.models import Brand, Membership, User
    from amends.accounts.sessions import SessionStore

    call_command("migrate", verbosity=0)
    brand = Brand.objects.create(name="Aurora", slug="aurora")
    cookies = []
    for number in range(PEOPLE):
        user = User.objects.create_user(f"agent{number}@example.com")
        Membership.objects.create(user=user, brand=brand)
        session = SessionStore()
        session["_auth_user_id"] = str(user.pk)
        session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
        session["_auth_user_hash"] = user.get_session_auth_hash()
        session.create()
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
    print(brand.pk, "|".join(cookies))


def ticks() -> Iterator[int]:
    """The numbers of the events, at their rate."""
    start = time.monotonic()
    for case in range(1, WARM + EVENTS + 1):
        time.sleep(max(0.0, start + case / RATE - time.monotonic()))
        yield case


def write_events(brand: int) -> None:
    """Commit the events; print each one's number and the instant at which its commit had returned."""
    import django

    django.setup()
    from amends.events.transaction import write
    from amends.events.types import CaseChanged

    for case in ticks():
        with write() as tx:
            tx.tell(brand, CaseChanged(case=case, version=1, state="open", priority="normal", answer_by=1772366400000))
        print(case, time.monotonic(), flush=True)


async def bare(door: socket.socket) -> None:
    """The baseline: hello to everybody who connects; once all are there, the frames to all of them."""
    everybody = asyncio.Event()
    writers: list[asyncio.StreamWriter] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1000\n\n")
        writers.append(writer)
        if len(writers) == LISTENERS:
            everybody.set()

    async with await asyncio.start_server(greet, sock=door):
        await everybody.wait()
        await asyncio.sleep(0.5)
        facts = '"version":1,"state":"open","priority":"normal","answer_by":1772366400000'
        start = time.monotonic()
        for case in range(1, WARM + EVENTS + 1):
            await asyncio.sleep(max(0.0, start + case / RATE - time.monotonic()))
            print(case, time.monotonic(), flush=True)
            frame = f'id: {case}\ndata: {{"brand":1,"type":"case","case":{case},{facts}}}\n\n'.encode()
            for writer in writers:
                writer.write(frame)
        await asyncio.sleep(2)


def memory(pid: int) -> int:
    """Resident kB of a process."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])


def role(*words: str) -> list[str]:
    return [sys.executable, __file__, *words]


@contextmanager
def server(command: list[str], env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """(a server process that is given its door by number, its port)"""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as door:
        os.set_inheritable(door.fileno(), True)
        line = [part.replace("DOOR", str(door.fileno())) for part in command]
        port = door.getsockname()[1]
        process = subprocess.Popen(line, env=env, pass_fds=[door.fileno()], stdout=subprocess.PIPE)
    try:
        yield process, port
    finally:
        process.kill()
        process.wait()


async def answers(port: int) -> None:
    """Wait until the site is healthy."""
    for _ in range(600):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        if answer.startswith(b"HTTP/1.1 200"):
            return
        await asyncio.sleep(0.05)
    raise RuntimeError("the site did not start")


async def told_by(pipe: Any) -> asyncio.StreamReader:
    """The lines of a process's output."""
    told = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), pipe)
    return told


async def ours(env: dict[str, str], brand: str, cookie: str) -> dict[str, Any]:
    """Delays of the real site, what a connection costs it, and how long its end takes with all of them open."""

    async def begin() -> asyncio.StreamReader:
        writer = await asyncio.create_subprocess_exec(*role("write", brand), env=env, stdout=subprocess.PIPE)
        assert writer.stdout is not None
        return writer.stdout

    command = [sys.executable, "-m", "uvicorn", "amends.config.asgi:application", "--fd", "DOOR", "--ws", "none"]
    with server([*command, "--log-level", "warning", "--timeout-graceful-shutdown", "20"], env) as (process, port):
        await answers(port)
        before = memory(process.pid)
        found: dict[str, Any] = {"delays": await delays(port, cookie, begin)}
        again = await connected(port, cookie)
        found["kb"] = (memory(process.pid) - before) / LISTENERS
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 30)
        found["end"] = time.monotonic() - asked
        for listener in again:
            listener.transport.abort()
    return found


async def theirs(env: dict[str, str]) -> list[float]:
    with server(role("bare", "DOOR"), env) as (process, port):
        return await delays(port, "", lambda: told_by(process.stdout))


def centile(values: list[float], part: float) -> float:
    return statistics.quantiles(values, n=1000)[round(part * 1000) - 1]


def entry(name: str, value: float, unit: str, baseline: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": round(baseline, 2),
        "ratio": round(value / baseline, 3),
    }


def run() -> list[dict[str, Any]]:
    """Entries for the table. `live` and `live_p99` stand beside the bare server's, the others beside their targets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = LISTENERS * 2 + 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))
    with tempfile.TemporaryDirectory(prefix="amends-bench-") as home:
        env = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
        env.pop("DATABASE_URL", None)
        env |= {"AMENDS_HOME": home, "DJANGO_SETTINGS_MODULE": "amends.config.settings"}
        made = subprocess.run(role("setup"), env=env, check=True, capture_output=True, text=True)
        mine = asyncio.run(ours(env, *made.stdout.split()))
        base = asyncio.run(theirs(env))
    return [
        entry("live", statistics.median(mine["delays"]), "ms", statistics.median(base)),
        entry("live_p99", centile(mine["delays"], 0.99), "ms", centile(base, 0.99)),
        entry("live_memory", mine["kb"], "kB a connection", 25),
        entry("live_end", mine["end"], "s from SIGTERM with 1,000 streams", 3),
    ]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["setup"]:
            setup()
        case ["write", brand]:
            write_events(int(brand))
        case ["bare", door]:
            asyncio.run(bare(socket.socket(fileno=int(door))))
        case _:
            for line in run():
                print(line)
