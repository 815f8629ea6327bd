"""One account on a server of the fediverse, or one anonymous listener there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime

import msgspec

from amends.channels.base import (
    Base,
    Batch,
    Budget,
    Can,
    Checked,
    Limits,
    LogInAgain,
    Outgoing,
    Query,
    Rejected,
    Sent,
)
from amends.channels.cursors import believed
from amends.channels.http import Http
from amends.channels.mastodon import probe, streaming
from amends.channels.mastodon.client import Client
from amends.channels.mastodon.cursor import Cursor
from amends.channels.mastodon.manifest import MANIFEST, NAMED
from amends.channels.mastodon.polling import Ears
from amends.channels.mastodon.sending import Desk
from amends.channels.mastodon.server import Server
from amends.channels.mastodon.threads import Threads
from amends.channels.mastodon.uploads import Uploads

LISTENING = frozenset({Can.POLL, Can.EDITS, Can.DELETIONS, Can.ENGAGEMENT, Can.BACKFILL, Can.ANONYMOUS})


class Mastodon(Base):
    """The channel: it polls, and follows the server's streams where there are any."""

    manifest = MANIFEST

    def __init__(self, client: Client, server: Server, threads: Threads, uploads: Uploads, timeline: str) -> None:
        self._client, self._server = client, server
        self._ears = Ears(client, server, threads, timeline)
        self._desk = Desk(client, server, uploads)

    def __repr__(self) -> str:
        return f"Mastodon({self._client})"

    @property
    def can(self) -> frozenset[Can]:
        can = MANIFEST.can - {Can.ANONYMOUS} if self._client.known else LISTENING | {Can.STREAM, Can.SEARCH}
        if not self._server.live:
            can -= {Can.STREAM}
        if self._server.search == "no":
            can -= {Can.SEARCH}
        return can if self._server.quote else can - {Can.QUOTE}

    @property
    def limits(self) -> Limits:
        server = self._server
        return msgspec.structs.replace(
            MANIFEST.limits,
            text=max(server.characters - NAMED, 1),
            counts="graphemes" if server.graphemes else "codepoints",
            files=server.files,
            file_bytes=max(server.image_bytes, server.video_bytes),
        )

    @property
    def budget(self) -> Budget | None:
        return self._client.budget

    async def check(self) -> Checked:
        server, account = await probe.ask(self._client, self._server)
        return Checked(account=account, note=probe.note(server, known=self._client.known), learned=server.learned())

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        async for batch in self._ears.poll(Cursor.parse(believed(cursor, now)), queries, now):
            yield batch

    async def stream(self, cursor: str, queries: Sequence[Query]) -> AsyncIterator[Batch]:
        if not self._server.live:
            raise Rejected(f"{self._server.domain} has no streams for us: it is polled.")
        async with aclosing(streaming.follow(self._ears, cursor, queries)) as batches:
            async for batch in batches:
                yield batch

    async def send(self, outgoing: Outgoing) -> Sent:
        return await self._answering().send(outgoing)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return await self._answering().find(outgoing)

    def _answering(self) -> Desk:
        if not self._client.known:
            raise LogInAgain("This source only listens: sign in, or enter an access token, to answer.")
        return self._desk


def connect(settings: Mapping[str, str], http: Http) -> Mastodon:
    """A channel from settings checked against the manifest, and what the server told. What is known of its threads, and
    which files it has, is kept in `http`: an account is connected for every poll."""
    server, token = Server.of(settings), settings.get("token", "").strip()
    client = Client(http, server.url, token)
    threads = http.keep(("mastodon", "threads", server.url, token), Threads)
    uploads = http.keep(("mastodon", "uploads", server.url, token), Uploads)
    timeline = settings.get("timeline", "").strip() or ("none" if token else "all")
    return Mastodon(client, server, threads, uploads, timeline)
