"""The delivery: claims due replies, talks to the network outside any transaction, writes the outcome down."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import structlog
from django.conf import settings
from django.db import close_old_connections

from amends.channels.base import (
    Act,
    BadData,
    Budget,
    Can,
    Channel,
    LogInAgain,
    Outgoing,
    Rejected,
    RetryLater,
    Sent,
    Unclear,
)
from amends.channels.http import Http
from amends.events.again import again
from amends.replies import outbox
from amends.replies.models import Reply, State
from amends.replies.uploads import files
from amends.sources.connect import connect
from amends.sources.models import Source

log = structlog.get_logger()
LOOK_EVERY = 0.25
AT_ONCE = 8
PATIENCE = 40  # seconds for one send: well within the lease


def now_utc() -> datetime:
    return datetime.now(UTC)


class Delivery:
    def __init__(self, http: Http) -> None:
        self.http = http
        self.owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.channels: dict[int, tuple[bytes, Channel]] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`; what is on its way then is waited for."""
        while not stop.is_set():
            for reply in await asyncio.to_thread(self._claim):
                task = asyncio.create_task(self.deliver(reply), name=f"deliver {reply.pk}")
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
            try:
                await asyncio.wait_for(stop.wait(), LOOK_EVERY)
            except TimeoutError:
                continue
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=PATIENCE)
        for _, channel in self.channels.values():
            await channel.close()

    def _claim(self) -> list[Reply]:
        close_old_connections()
        now = now_utc()
        outbox.reclaim(now)
        room = AT_ONCE - len(self.tasks)
        claimed = (outbox.claim(pk, self.owner, now) for pk in (outbox.due(now, room) if room > 0 else []))
        return [reply for reply in claimed if reply is not None]

    async def deliver(self, reply: Reply) -> None:
        """Send a claimed reply, or look an uncertain one up, and write down what became of it."""
        outgoing = msgspec.json.decode(bytes(reply.outgoing), type=Outgoing)
        try:
            channel = await self._channel(reply.source)
            if reply.state == State.UNCERTAIN:
                await self._look_up(reply, channel, outgoing)
            else:
                await self._send(reply, channel, outgoing)
        except Exception:
            # The outermost edge: the lease runs out and the reply becomes uncertain, never a plain retry.
            log.exception("delivery failed", reply=reply.pk)

    async def _channel(self, source: Source) -> Channel:
        """One connection an account, made anew when its credentials or settings change."""
        mark = bytes(source.credentials) + msgspec.json.encode([source.settings, source.learned])
        held = self.channels.get(source.pk)
        if held is None or held[0] != mark:
            if held is not None:
                await held[1].close()
            held = self.channels[source.pk] = (mark, connect(source, self.http))
        return held[1]

    async def _send(self, reply: Reply, channel: Channel, outgoing: Outgoing) -> None:
        if reply.lease_until is None or now_utc() + timedelta(seconds=PATIENCE) > reply.lease_until:
            # This machine slept since the claim: somebody else may look the reply up before ours would arrive.
            log.warning("too late to send: the reply will be looked up", reply=reply.pk)
            return
        outgoing = msgspec.structs.replace(outgoing, files=await asyncio.to_thread(files, reply.pk))
        try:
            sent = await asyncio.wait_for(channel.send(outgoing), PATIENCE)
        except RetryLater as error:
            await self._write(outbox.not_yet, reply, str(error), error.after)
        except LogInAgain as error:
            await self._write(outbox.not_yet, reply, str(error), None)
        except Rejected as error:
            await self._write(outbox.refused, reply, str(error))
        except (Unclear, BadData, TimeoutError) as error:
            problem = str(error) or "The network did not answer in time."
            look = Can.FIND in channel.can or outgoing.act in (Act.LIKE, Act.EDIT)
            await self._write(outbox.unclear, reply, problem, look)
        else:
            await self._arrived(reply, sent, channel.budget)

    async def _look_up(self, reply: Reply, channel: Channel, outgoing: Outgoing) -> None:
        if outgoing.act in (Act.LIKE, Act.EDIT):  # done twice it is done: nothing to look for
            await self._write(outbox.missing, reply)
            return
        if Can.FIND not in channel.can:
            await self._write(outbox.unclear, reply, reply.problem, False)
            return
        try:
            sent = await asyncio.wait_for(channel.find(outgoing), PATIENCE)
        except (RetryLater, LogInAgain, Rejected, Unclear, BadData, TimeoutError) as error:
            still = now_utc() < reply.expires
            await self._write(outbox.unclear, reply, str(error) or reply.problem, still)
            return
        if sent is None:
            await self._write(outbox.missing, reply)
        else:
            await self._arrived(reply, sent, channel.budget)

    async def _arrived(self, reply: Reply, sent: Sent, budget: Budget | None) -> None:
        await self._write(outbox.arrived, reply, sent, budget)
        log.info("reply sent", reply=reply.pk, attempts=reply.attempts)

    async def _write(self, verb: Callable[..., None], reply: Reply, *more: object) -> None:
        await asyncio.to_thread(again, partial(verb, reply, *more, now_utc()))


async def run(stop: asyncio.Event) -> None:
    """Deliver replies until `stop`."""
    http = Http(allow_private=settings.CONF.allow_private)
    try:
        await Delivery(http).run(stop)
    finally:
        await http.close()
