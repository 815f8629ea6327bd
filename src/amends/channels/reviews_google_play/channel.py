"""The reviews of one app on Google Play."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from amends.channels.base import Base, Batch, Checked, Outgoing, Query, Sent
from amends.channels.http import Http
from amends.channels.reviews_google_play import sending
from amends.channels.reviews_google_play.client import Client
from amends.channels.reviews_google_play.manifest import MANIFEST
from amends.channels.reviews_google_play.parse import App, own, page
from amends.channels.reviews_google_play.polling import poll


class GooglePlay(Base):
    """The channel. Every review is for us, whatever the queries say."""

    manifest = MANIFEST

    def __init__(self, client: Client, app: App, translation: str) -> None:
        self._client, self._app, self._translation = client, app, translation

    def __repr__(self) -> str:
        return f"GooglePlay({self._app.package!r})"

    async def check(self) -> Checked:
        page((await self._client.reviews(maxResults=1)).body)
        return Checked(account=own(self._app), note="Hears the reviews of the last seven days, and then every new one.")

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:  # noqa: ARG002 - all are for us
        async for batch in poll(self._client, self._app, self._translation, cursor, now):
            yield batch

    async def send(self, outgoing: Outgoing) -> Sent:
        return await sending.send(self._client, self._app, outgoing)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return await sending.find(self._client, self._app, outgoing)


def connect(settings: Mapping[str, str], http: Http) -> GooglePlay:
    """A channel from settings checked against the manifest; missing ones take their defaults. Access tokens are kept in
    `http`: they are good for an hour, and a source is connected for every poll."""
    given = {one.name: settings.get(one.name, "").strip() or one.default for one in MANIFEST.settings}
    server, app, file = given["server"], given["app"], given["key"]
    client = http.keep((MANIFEST.name, server, app, file), lambda: Client(http, server, app, file))
    return GooglePlay(client, App(app, given["title"]), given["translation"].replace("-", "_"))
