"""One Bluesky account, or one anonymous listener."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime

from amends.channels.base import Author, Base, Batch, Can, Checked, LogInAgain, Outgoing, Query, Rejected, Sent
from amends.channels.bluesky import ids, sending
from amends.channels.bluesky.client import Client
from amends.channels.bluesky.fields import fields
from amends.channels.bluesky.manifest import MANIFEST
from amends.channels.bluesky.names import Names
from amends.channels.bluesky.parse import Unreadable, author
from amends.channels.bluesky.polling import poll
from amends.channels.bluesky.streaming import follow
from amends.channels.http import Http, Refused

LISTENING = frozenset({Can.STREAM, Can.EDITS, Can.DELETIONS, Can.BACKFILL, Can.ANONYMOUS})


class Bluesky(Base):
    """The channel: polled where it has an account (`client`), a follower of the live stream where it has none."""

    manifest = MANIFEST

    def __init__(self, http: Http, client: Client | None, names: Names, jetstream: str) -> None:
        self._http, self._client, self._names, self._jetstream = http, client, names, jetstream

    def __repr__(self) -> str:
        return f"Bluesky({self._client or 'anonymous'})"

    @property
    def can(self) -> frozenset[Can]:
        return MANIFEST.can - {Can.STREAM, Can.EDITS, Can.ANONYMOUS} if self._client else LISTENING

    async def check(self) -> Checked:
        if not self._client:
            async with self._http.websocket(self._jetstream):
                return Checked(note="Hears every public post, without an account. It can't answer.")
        session = await self._client.session()
        try:
            answer = await self._client.query("app.bsky.actor.getProfile", actor=session.did)
            return Checked(account=author(fields(answer.json())))
        except (Refused, Unreadable):  # an account made a moment ago has no profile yet
            return Checked(account=Author(id=session.did, name=session.handle))

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        if not self._client:
            raise Rejected("Without an account Bluesky can't be polled: follow the live stream.")
        async for batch in poll(self._client, self._names, cursor, queries, now):
            yield batch

    async def stream(self, cursor: str, queries: Sequence[Query]) -> AsyncIterator[Batch]:
        if self._client:
            raise Rejected("An account is polled; connect Bluesky once more, without one, to follow the live stream.")
        batches = follow(self._http, self._jetstream, cursor, queries, self._names)
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    def new_key(self, now: datetime, salt: int) -> str:
        return ids.tid(now, salt)

    async def send(self, outgoing: Outgoing) -> Sent:
        return await sending.send(self._account(), outgoing)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return await sending.find(self._account(), outgoing)

    def _account(self) -> Client:
        if not self._client:
            raise LogInAgain("This source only listens: enter a handle and its app password to answer.")
        return self._client


def connect(settings: Mapping[str, str], http: Http) -> Bluesky:
    """A channel from settings checked against the manifest; missing ones take their defaults. Sessions and names are
    kept in `http`: servers allow an address 30 log-ins in five minutes, and a source is connected for every poll."""
    given = {one.name: settings.get(one.name, "").strip() or one.default for one in MANIFEST.settings}
    handle, password = given["handle"].removeprefix("@"), given["password"]
    service, appview = given["service"], given["appview"]
    client = None
    if handle or password:
        key = ("bluesky", service, handle, password)
        client = http.keep(key, lambda: Client(http, service, handle, password))
    names = http.keep(("bluesky", appview), lambda: Names(http, appview))
    return Bluesky(http, client, names, given["jetstream"])
