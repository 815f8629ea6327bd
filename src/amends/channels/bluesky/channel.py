"""One Bluesky account, or one anonymous listener."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Protocol

from amends.channels.base import (
    Author,
    Base,
    Batch,
    Budget,
    Can,
    Checked,
    LogInAgain,
    Outgoing,
    Query,
    Rejected,
    Sent,
    Visibility,
)
from amends.channels.bluesky import chat, ids, sending, telling
from amends.channels.bluesky.client import Client
from amends.channels.bluesky.manifest import MANIFEST
from amends.channels.bluesky.names import Names
from amends.channels.bluesky.offers import refuse
from amends.channels.bluesky.parse import author
from amends.channels.bluesky.polling import poll
from amends.channels.bluesky.streaming import Jetstreams, follow
from amends.channels.foreign import Unreadable, fields
from amends.channels.http import Http, Refused

LISTENING = frozenset({Can.STREAM, Can.EDITS, Can.DELETIONS, Can.BACKFILL, Can.ANONYMOUS})
NOT_HEARD = "Direct messages are not heard: this app password, or this server, does not allow it."
UNSURE = "Whether direct messages can be heard could not be told; it is tried again within a day."


class Bluesky(Base):
    """The channel: polled where it has an account (`client`), a follower of the live stream where it has none.
    `direct`: its server has told that it may hear and send direct messages."""

    manifest = MANIFEST

    def __init__(self, http: Http, client: Client | None, names: Names, jetstreams: Jetstreams, direct: bool) -> None:
        self._http, self._client, self._names, self._direct = http, client, names, direct
        self._jetstreams = jetstreams

    def __repr__(self) -> str:
        return f"Bluesky({self._client or 'anonymous'})"

    @property
    def can(self) -> frozenset[Can]:
        if not self._client:
            return LISTENING
        return MANIFEST.can - {Can.STREAM, Can.ANONYMOUS} - (frozenset() if self._direct else {Can.DIRECT})

    @property
    def budget(self) -> Budget | None:
        return self._client.budget if self._client else None

    async def check(self) -> Checked:
        if not self._client:
            async with self._jetstreams.connected(self._http):
                return Checked(note="Hears every public post, without an account. It can't answer.")
        session = await self._client.session()
        account = Author(id=session.did, name=session.handle)
        with suppress(Refused, Unreadable):  # an account made a moment ago has no profile yet
            answer = await self._client.query("app.bsky.actor.getProfile", actor=session.did)
            account = author(fields(answer.json()))
        match await chat.allowed(self._client):
            case True:
                return Checked(account=account, learned={"direct": "yes"})
            case False:
                return Checked(account=account, learned={"direct": "no"}, note=f"{NOT_HEARD} {chat.ADVICE}")
            case _:
                return Checked(account=account, note=UNSURE)

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        if not self._client:
            raise Rejected("Without an account Bluesky can't be polled: follow the live stream.")
        async for batch in poll(self._client, self._names, cursor, queries, now, direct=self._direct):
            yield batch

    async def stream(self, cursor: str, queries: Sequence[Query]) -> AsyncIterator[Batch]:
        if self._client:
            raise Rejected("An account is polled; connect Bluesky once more, without one, to follow the live stream.")
        batches = follow(self._http, self._jetstreams, cursor, queries, self._names)
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    def new_key(self, now: datetime, salt: int) -> str:
        return ids.tid(now, salt)

    async def send(self, outgoing: Outgoing) -> Sent:
        client = self._account()
        refuse(outgoing, self.can)
        return await _way(outgoing).send(client, outgoing)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return await _way(outgoing).find(self._account(), outgoing)

    def _account(self) -> Client:
        if not self._client:
            raise LogInAgain("This source only listens: enter a handle and its app password to answer.")
        return self._client


class Way(Protocol):
    """How an answer leaves: in public, or in private."""

    async def send(self, client: Client, outgoing: Outgoing) -> Sent: ...

    async def find(self, client: Client, outgoing: Outgoing) -> Sent | None: ...


def _way(outgoing: Outgoing) -> Way:
    return telling if outgoing.visibility is Visibility.PRIVATE else sending


def connect(settings: Mapping[str, str], http: Http) -> Bluesky:
    """A channel from settings checked against the manifest; missing ones take their defaults. Sessions, names and which
    Jetstream answers are kept in `http`: servers allow an address 30 log-ins in five minutes, and a source is connected
    for every poll."""
    given = {one.name: settings.get(one.name, "").strip() or one.default for one in MANIFEST.settings}
    handle, password = given["handle"].removeprefix("@"), given["password"]
    service, appview, jetstream = given["service"], given["appview"], given["jetstream"]
    client = None
    if handle or password:
        key = ("bluesky", service, handle, password)
        client = http.keep(key, lambda: Client(http, service, handle, password))
    names = http.keep(("bluesky", appview), lambda: Names(http, appview))
    jetstreams = http.keep(("bluesky", jetstream), lambda: Jetstreams(jetstream.split()))
    return Bluesky(http, client, names, jetstreams, settings.get("direct") == "yes")
