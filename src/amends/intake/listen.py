"""Who polls what. One loop finds sources whose time has come, takes the lease of each and listens in a task of its own:
a poll from time to time, or a stream without end. Two listeners never share a source, and a killed one's sources are
taken over when its leases run out.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db import close_old_connections
from django.db.models import Q

from amends.channels import registry
from amends.channels.base import Batch, Budget, Can, Channel, ChannelError, LogInAgain, Manifest, RetryLater
from amends.channels.http import Http
from amends.events.again import again
from amends.intake.audit import audit
from amends.intake.lens import lens
from amends.intake.pace import pause, retry
from amends.intake.pipeline import process
from amends.sources import actions as sources
from amends.sources.connect import connect
from amends.sources.models import LISTENABLE, Source, State
from amends.sources.secrets import Sealed

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
LOOK_EVERY = 0.25
AUDIT_EVERY = timedelta(seconds=30)
CHECK_EVERY = timedelta(days=1)  # servers are upgraded


def now_utc() -> datetime:
    return datetime.now(UTC)


class Listener:
    """All the sources that this process listens to."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}"
        self.audited = now_utc()
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self.runs: dict[int, str] = {}  # the lease that each task listens under
        self.opened_with: dict[int, int] = {}  # the revision of the queries that a stream was opened with

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop`, then let go of everything."""
        try:
            while not stop.is_set():
                await self.look()
                try:
                    await asyncio.wait_for(stop.wait(), LOOK_EVERY)
                except TimeoutError:
                    continue
        finally:
            for task in self.tasks.values():
                task.cancel()
            await asyncio.gather(*self.tasks.values(), return_exceptions=True)

    async def look(self) -> None:
        """Begin with sources that are due, keep the leases, and end with those that a person paused, removed or
        changed: a changed one is due again at once."""
        self.tasks = {pk: task for pk, task in self.tasks.items() if not task.done()}
        due, keep = await asyncio.to_thread(self._due)
        for pk, task in self.tasks.items():
            if pk not in keep and not task.cancelling():
                task.cancel()
        for source in due:
            self.tasks[source.pk] = asyncio.create_task(self._listen(source), name=f"listen {source.pk}")

    def _due(self) -> tuple[list[Source], set[int]]:
        """(sources to begin with, leased to us; those of our own that go on)."""
        close_old_connections()
        now = now_utc()
        busy = list(self.tasks)
        keep: set[int] = set()
        mine = Source.objects.filter(pk__in=busy, state__in=LISTENABLE)
        for pk, owner, until, revision in mine.values_list("pk", "lease_owner", "lease_until", "brand__revision"):
            if owner != self.runs[pk] or self.opened_with.get(pk, revision) != revision:
                continue
            keep.add(pk)
            if until is not None and until - now < LEASE / 2:  # without one it is done, but for the goodbye
                sources.renew(pk, owner, now, LEASE)
        if now - self.audited > AUDIT_EVERY:
            self.audited = now
            again(partial(audit, now))
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        rows = Source.objects.filter(free, state__in=LISTENABLE, next_at__lte=now).exclude(pk__in=busy)
        due = [self._lease(pk, now) for pk in rows.order_by("next_at").values_list("pk", flat=True)[:200]]
        return [source for source in due if source is not None], keep

    def _lease(self, pk: int, now: datetime) -> Source | None:
        """The source, for a run of its own: what an earlier run of ours may still write is not this one's."""
        self.runs[pk] = f"{self.name}:{secrets.token_hex(8)}"
        return sources.lease(pk, self.runs[pk], now, LEASE)

    async def _listen(self, source: Source) -> None:
        """One poll, or one stream until it breaks; what goes wrong is written on the source."""
        channel: Channel | None = None
        try:
            manifest = registry.get(source.channel).manifest
            channel = await asyncio.to_thread(connect, source, self.http)
            if source.checked is None or now_utc() - source.checked > CHECK_EVERY:
                channel = await self._introduce(source, channel)
            await self._hear(source, channel, manifest)
        except asyncio.CancelledError:
            await asyncio.to_thread(sources.release, source)
            raise
        except (ChannelError, Sealed, registry.UnknownChannel) as error:
            await asyncio.to_thread(_failed, source, error)
        except Exception as error:
            log.exception("listening failed", source=source.pk, channel=source.channel)
            await asyncio.to_thread(_failed, source, error)
        finally:
            if channel is not None:
                await channel.close()
            self.opened_with.pop(source.pk, None)
            close_old_connections()

    async def _introduce(self, source: Source, channel: Channel) -> Channel:
        """Ask the server who we are there and what it can: the channel as it is, knowing that."""
        before = source.learned
        await asyncio.to_thread(sources.know, source, await channel.check(), now_utc())
        if source.learned == before:
            return channel
        await channel.close()
        return await asyncio.to_thread(connect, source, self.http)

    async def _hear(self, source: Source, channel: Channel, manifest: Manifest) -> None:
        if not channel.can & {Can.POLL, Can.STREAM}:  # it comes to our door
            await asyncio.to_thread(_rest, source, manifest, 0, channel.budget)
            return
        held = await asyncio.to_thread(lens, source.brand_id)
        queries, streaming = held.queries, Can.STREAM in channel.can
        if streaming:  # a poll asks anew each time
            self.opened_with[source.pk] = held.revision
        batches: AsyncIterator[Batch] = (
            channel.stream(source.cursor, queries) if streaming else channel.poll(source.cursor, queries, now_utc())
        )
        brought = 0
        async with aclosing(batches) as open_batches:  # type: ignore[type-var]  # async generators, all of them
            async for batch in open_batches:
                outcome = await asyncio.to_thread(process, source, batch, now_utc())
                brought += outcome.new
        if brought:
            log.info("heard", source=source.pk, channel=source.channel, new=brought)
        await asyncio.to_thread(_rest, source, manifest, brought, channel.budget)


def _rest(source: Source, manifest: Manifest, brought: int, budget: Budget | None) -> None:
    """Come back later."""
    now = now_utc()
    rate = Source.objects.filter(pk=source.pk).values_list("rate", flat=True).first() or 0.0
    sources.rest(source, now + pause(manifest, rate, brought, budget, now) * _jitter(), budget)


def _jitter() -> float:
    """So that sources do not march in step; never earlier than is polite."""
    return 1 + 0.2 * random.random()  # noqa: S311 - nobody gains by guessing it


def _failed(source: Source, error: Exception) -> None:
    now = now_utc()
    failures = Source.objects.filter(pk=source.pk).values_list("failures", flat=True).first() or 0
    state = State.FAILING
    if isinstance(error, LogInAgain | Sealed):
        state = State.LOGIN
    wait = retry(failures, error.after if isinstance(error, RetryLater) else None)
    known = isinstance(error, ChannelError | Sealed | registry.UnknownChannel)
    problem = str(error) if known else f"Something unexpected went wrong ({type(error).__name__}); the log has more."
    if sources.failed(source, state, problem, now + wait * _jitter(), now):
        log.warning("source failed", source=source.pk, channel=source.channel, state=state.value, problem=problem)


async def run(stop: asyncio.Event) -> None:
    """Listen to everything until `stop`."""
    http = Http(allow_private=settings.CONF.allow_private)
    try:
        await Listener(http).run(stop)
    finally:
        await http.close()
