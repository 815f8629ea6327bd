"""The working process: loops that run until told to stop. One that fails is started again; the others go on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import close_old_connections

log = structlog.get_logger(__name__)

Loop = Callable[[asyncio.Event], Coroutine[Any, Any, None]]

SHORTEST, LONGEST = 1.0, 60.0  # seconds before a loop that failed starts again; doubled each time
GOODBYE = 8.0  # seconds in which loops may end what they are at
TIDY = 3600.0  # seconds between two clearances of what has served its time


def loops(*, listen: bool, work: bool) -> dict[str, Loop]:
    """The loops of this process, by name."""
    found: dict[str, Loop] = {}
    if listen:
        found["listen"] = import_module("amends.intake.listen").run
    if work:
        found["unpack"] = import_module("amends.intake.unpack").run
        found["deepen"] = rounds(import_module("amends.intake.deepen").once)
        found["learn"] = rounds(import_module("amends.teaching.learner").once)
        found["deliver"] = import_module("amends.replies.deliver").run
        found["sweep"] = rounds(import_module("amends.cases.sweep").once)
        found["tidy"] = rounds(tidy_once)
    return found


def rounds(once: Callable[[datetime], float]) -> Loop:
    """A loop of passes, each in a thread, which is told the time and tells how many seconds to wait before the next:
    none where more is left to do."""

    def begin() -> float:
        close_old_connections()  # this thread's may have broken since
        return once(datetime.now(UTC))

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            if pause := await asyncio.to_thread(begin):
                await wait(stop, pause)

    return run


async def run(chosen: Mapping[str, Loop], started: Callable[[], None]) -> None:
    """Run the loops until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(keep(name, loop, stop), name=name) for name, loop in chosen.items()]
    started()
    await stop.wait()
    _, late = await asyncio.wait(tasks, timeout=GOODBYE)
    for task in late:
        log.warning("this loop did not end in time and was cut off", loop=task.get_name())
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def keep(name: str, loop: Loop, stop: asyncio.Event, shortest: float = SHORTEST) -> None:
    """Run the loop, again after a while when it fails, until `stop`."""
    pause = shortest
    while not stop.is_set():
        began = asyncio.get_running_loop().time()
        try:
            await loop(stop)
        except Exception:  # the outermost edge of a loop: it is logged and started again
            log.exception("a loop failed and will be started again", loop=name, seconds=pause)
        # A connection that broke is dropped, so that the next attempt opens a new one.
        await sync_to_async(close_old_connections)()
        if asyncio.get_running_loop().time() - began > LONGEST:
            pause = shortest
        await wait(stop, pause)
        pause = min(pause * 2, LONGEST)


async def wait(stop: asyncio.Event, seconds: float) -> None:
    """Until `stop`, at most `seconds`."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def tidy_once(now: datetime) -> float:
    """Forget what has served its time: events of a week ago, raw payloads past their retention, files of answers that
    nobody went on with, corrections of posts that were deleted, sessions and sign-in links that ended."""
    from amends.accounts.models import SignInLink
    from amends.conversations.deletion import forget_raw
    from amends.events.sweep import sweep
    from amends.events.transaction import write
    from amends.intake.quarantine import forget_quarantined
    from amends.replies import uploads
    from amends.teaching.actions import forget_deleted

    sweep(now)
    gone = True
    while gone:
        with write(now):
            gone = bool(forget_raw(settings.CONF.raw_days, now) + forget_quarantined(settings.CONF.raw_days, now))
    with write(now):
        uploads.forget(now)
        forget_deleted()
        SignInLink.objects.filter(expires__lt=now).delete()
    _sessions().clear_expired()
    return TIDY


def _sessions() -> type[SessionBase]:
    store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
    return store
