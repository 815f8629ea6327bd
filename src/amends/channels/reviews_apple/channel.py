"""The reviews of one app on the App Store."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

from amends.channels.base import Base, Batch, Budget, Can, Checked, LogInAgain, Outgoing, Query, Sent
from amends.channels.http import Http
from amends.channels.reviews_apple import sending, team
from amends.channels.reviews_apple.client import Client
from amends.channels.reviews_apple.key import ADVICE, Key
from amends.channels.reviews_apple.manifest import MANIFEST
from amends.channels.reviews_apple.public import Feed
from amends.channels.reviews_apple.review import App

LISTENING = frozenset({Can.POLL, Can.BY_HAND, Can.EDITS, Can.ENGAGEMENT, Can.BACKFILL, Can.ANONYMOUS})


class AppStore(Base):
    """The channel: with a key (`client`) App Store Connect, without one the public feed. Every review is for us,
    whatever the queries say."""

    manifest = MANIFEST

    def __init__(self, app: App, client: Client | None, feed: Feed, back: timedelta) -> None:
        self._app, self._client, self._feed, self._back = app, client, feed, back

    def __repr__(self) -> str:
        return f"AppStore({self._app.id!r}, {self._client or 'anonymous'})"

    @property
    def can(self) -> frozenset[Can]:
        return MANIFEST.can - {Can.BY_HAND, Can.ENGAGEMENT, Can.ANONYMOUS} if self._client else LISTENING

    @property
    def budget(self) -> Budget | None:
        return self._client.budget if self._client else None

    async def check(self) -> Checked:
        return await (team.check(self._client, self._app) if self._client else self._feed.check())

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:  # noqa: ARG002
        if self._client:
            batches = team.poll(self._client, self._app, cursor, now, self._back)
        else:
            batches = self._feed.poll(cursor, now)
        async for batch in batches:
            yield batch

    async def send(self, outgoing: Outgoing) -> Sent:
        return await sending.send(self._team(), self._app, outgoing)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return await sending.find(self._team(), self._app, outgoing)

    def _team(self) -> Client:
        if not self._client:
            raise LogInAgain(f"This source only reads Apple's public feed. {ADVICE}")
        return self._client


def connect(settings: Mapping[str, str], http: Http) -> AppStore:
    """A channel from settings checked against the manifest; missing ones take their defaults. `app_name` is what
    `check` learned. Tokens and what is left of the rate limit are kept in `http`, as a source is connected for every
    poll."""
    given = {one.name: settings.get(one.name, "").strip() or one.default for one in MANIFEST.settings}
    app = App(given["app"].removeprefix("id"), settings.get("app_name", ""))
    back = timedelta(days=int(given["days"]))
    countries = dict.fromkeys(re.split(r"[\s,;]+", given["countries"].lower()))
    key, server, client = Key(given["issuer"], given["key_id"], given["private_key"]), given["server"], None
    if any(key):
        client = http.keep((MANIFEST.name, server, app.id, tuple(key)), lambda: Client(http, server, app.id, key))
    return AppStore(app, client, Feed(http, given["feed"], app, list(countries), back), back)
