"""PostgreSQL and Redis for the peers: temporary, on free loopback ports, ended by their process id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class Missing(RuntimeError):
    """A program that the peers need is not on this machine. The message says what to install."""


def program(name: str) -> str:
    """The path of an installed program. Debian keeps PostgreSQL's own outside PATH. Raises `Missing`."""
    places = [os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
    found = shutil.which(name, path=os.pathsep.join(places))
    if not found:
        raise Missing(f"'{name}' is not installed: install PostgreSQL, Redis and Node 20 or newer.")
    return found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: Sequence[str], ready: Callable[[], bool], *, end: int = signal.SIGTERM, **popen: object
) -> Iterator[int]:
    """Run a server until the block ends: {its process id}. It also ends when we are killed, where `setpriv` exists."""
    tied = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([*tied, *command], stdout=log, stderr=log, **popen)  # type: ignore[call-overload]
        try:
            deadline = time.monotonic() + 30
            while not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise RuntimeError(f"{command[0]} did not start: {log.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.05)
            yield process.pid
        finally:
            process.send_signal(end)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL cluster of its own: {the address of its database}. Nothing in it outlives the block."""
    initdb, server = program("initdb"), program("postgres")
    with tempfile.TemporaryDirectory(prefix="amends-peer-", ignore_cleanup_errors=True) as folder:
        # PostgreSQL refuses to run as root: then it runs as the user that its package made.
        user = {"user": "postgres", "group": "postgres", "extra_groups": ()} if os.geteuid() == 0 else {}
        if user:
            shutil.chown(folder, "postgres", "postgres")
        data, port = f"{folder}/data", free_port()
        subprocess.run(
            [initdb, "-D", data, "-U", "peer", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8"],
            check=True, capture_output=True, cwd=folder, **user,
        )  # fmt: skip
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
        command = [server, "-D", data, *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))]
        with running(command, lambda: answers(port), end=signal.SIGINT, cwd=folder, **user):
            yield f"postgresql://peer@127.0.0.1:{port}/postgres"


@contextmanager
def redis() -> Iterator[str]:
    """A Redis that keeps nothing on disk: {host:port}."""
    server, port = program("redis-server"), free_port()
    command = [server, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with running(command, lambda: answers(port)):
        yield f"127.0.0.1:{port}"
