"""The light parent of `amends up`: it starts the processes, starts again what dies, and ends them all.

It imports neither Django nor anything of ours that does, so it costs little memory.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from amends.config.lifeline import PATIENCE, READY, VARIABLE

UNFIT = 2  # a child that ends so can't run until somebody changes something: it is not started again
SHORTEST, LONGEST = 1.0, 60.0  # seconds before a dead child is started again; doubled each time
STEADY = 60.0  # seconds of life after which a death counts as the first


@dataclass
class Child:
    """A process to keep alive: its name and the arguments of `amends`. `first` are added at its first start only."""

    name: str
    arguments: Sequence[str]
    first: Sequence[str] = ()
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """`say` takes one line for the operator."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], None]) -> None:
        self._children = children
        self._say = say
        self._stop = asyncio.Event()
        self._code = 0

    async def run(self) -> int:
        """Until SIGTERM or SIGINT, or a child says that it can't run as things are. The exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        async with asyncio.TaskGroup() as tasks:
            for child in self._children:
                tasks.create_task(self._keep(child))
                # One after another: the first brings the tables up to date, and start-up is not slowed by the rest.
                await self._first_of(child.ready.wait(), self._stop.wait())
        return self._code

    async def _keep(self, child: Child) -> None:
        pause = SHORTEST
        more = child.first
        while not self._stop.is_set():
            began = time.monotonic()
            code = await self._live([*child.arguments, *more], child)
            if self._stop.is_set():
                return
            if code == UNFIT or (code and not child.ready.is_set()):
                self._code = code if code > 0 else 1
                self._stop.set()
                return
            more = ()
            pause = SHORTEST if time.monotonic() - began > STEADY else pause
            how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
            self._say(f"amends {child.name} {how}; starting it again in {pause:.0f} s.")
            await self._first_of(asyncio.sleep(pause), self._stop.wait())
            pause = min(pause * 2, LONGEST)

    async def _live(self, arguments: Sequence[str], child: Child) -> int:
        """Start the child and stay with it until it has ended: its exit status."""
        ours, its = socket.socketpair()
        with ours:
            with its:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "amends", *arguments),
                    env={**os.environ, VARIABLE: str(its.fileno())},
                    pass_fds=[its.fileno()],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C in a terminal reaches the parent alone, which ends the children
                )
            ours.setblocking(False)
            listening = asyncio.create_task(_hear(ours, child.ready))
            await self._first_of(process.wait(), self._stop.wait())
            if process.returncode is None:
                process.terminate()
                await self._first_of(process.wait(), asyncio.sleep(PATIENCE))
            if process.returncode is None:
                self._say(f"amends {child.name} did not end within {PATIENCE} s and was killed.")
                process.kill()
            listening.cancel()
            return await process.wait()

    @staticmethod
    async def _first_of(*waits: object) -> None:
        """Wait for whichever comes first and drop the others."""
        tasks = [asyncio.ensure_future(one) for one in waits]  # type: ignore[call-overload]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()


async def _hear(line: socket.socket, ready: asyncio.Event) -> None:
    if await asyncio.get_running_loop().sock_recv(line, len(READY)):
        ready.set()
