"""Takes in what was brought to the door: claims waiting calls, reads them with their channel, and gives their posts to
the pipeline, which stores them and forgets the calls in one transaction."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain

import structlog
from django.conf import settings
from django.db import close_old_connections

from amends.channels.base import BadData, Batch, Channel, ChannelError
from amends.channels.http import Http
from amends.channels.registry import UnknownChannel
from amends.events.transaction import Tx
from amends.intake import inbox
from amends.intake.models import Inbox
from amends.intake.pipeline import process
from amends.sources import hooks
from amends.sources.connect import connect
from amends.sources.models import Source
from amends.sources.secrets import Sealed

log = structlog.get_logger()
LOOK_EVERY = 0.2  # seconds: a call is to be on an agent's screen within one


def now_utc() -> datetime:
    return datetime.now(UTC)


def unpack(owner: str, http: Http) -> int:
    """One round: a portion of each source that has calls waiting. How many were taken in hand."""
    count = 0
    for source_id in inbox.waiting(now_utc()):
        if calls := inbox.claim(source_id, owner, now_utc()):
            take(Source.objects.get(pk=source_id), calls, http)
            count += len(calls)
    return count


def take(source: Source, calls: Sequence[Inbox], http: Http) -> None:
    """Take in these calls of a source. One that can't be is put off, and does not hold up the others."""
    read = [(call, batch) for call in calls if (batch := _read(source, call, http)) is not None]
    if read and not _stored(source, read) and len(read) > 1:
        for call, _ in read:
            take(source, [call], http)


def _read(source: Source, call: Inbox, http: Http) -> Batch | None:
    try:
        channel: Channel = connect(source, http)
        return channel.receive(inbox.opened(call), call.received)
    except BadData as error:
        inbox.put_aside(call, str(error), now_utc())
    except (ChannelError, Sealed, UnknownChannel) as error:
        log.warning("a call could not be read", source=source.pk, channel=source.channel, problem=str(error))
        inbox.put_off(call, str(error), now_utc())
    except Exception as error:  # the outermost edge of a call: whatever it is, it is told and tried again
        log.exception("a call could not be read", source=source.pk, channel=source.channel)
        inbox.put_off(call, _unexpected(error), now_utc())
    return None


def _stored(source: Source, read: Sequence[tuple[Inbox, Batch]]) -> bool:
    """Whether they went in, all together. A single one that did not is put off."""
    batches = [batch for _, batch in read]
    whole = Batch(
        posts=tuple(chain.from_iterable(batch.posts for batch in batches)),
        deletions=tuple(chain.from_iterable(batch.deletions for batch in batches)),
        readings=tuple(chain.from_iterable(batch.readings for batch in batches)),
        malformed=tuple(chain.from_iterable(batch.malformed for batch in batches)),
    )

    def taken(tx: Tx, of: Source, _: Batch, kept: int) -> None:
        hooks.received(tx, of, kept)
        inbox.forget([call.pk for call, _ in read])

    try:
        outcome = process(source, whole, now_utc(), heard=taken)
    except Exception as error:  # as above
        log.exception("calls could not be taken in", source=source.pk, channel=source.channel, calls=len(read))
        if len(read) == 1:
            inbox.put_off(read[0][0], _unexpected(error), now_utc())
        return False
    if outcome.new:
        log.info("heard", source=source.pk, channel=source.channel, new=outcome.new)
    return True


def _unexpected(error: Exception) -> str:
    return f"Something unexpected went wrong ({type(error).__name__}); the log has more."


def _round(owner: str, http: Http) -> int:
    close_old_connections()  # this thread's may have broken since
    return unpack(owner, http)


async def run(stop: asyncio.Event) -> None:
    """Take in what comes until `stop`."""
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    http = Http(allow_private=settings.CONF.allow_private)
    try:
        while not stop.is_set():
            if await asyncio.to_thread(_round, owner, http):
                continue
            try:
                await asyncio.wait_for(stop.wait(), LOOK_EVERY)
            except TimeoutError:
                continue
    finally:
        await http.close()
