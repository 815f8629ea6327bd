"""Hacker News, listened to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from amends.channels.base import Base, Batch, Checked, Query
from amends.channels.cursors import believed
from amends.channels.hackernews.cursor import Cursor
from amends.channels.hackernews.manifest import MANIFEST
from amends.channels.hackernews.meter import Meter
from amends.channels.hackernews.parse import changed
from amends.channels.hackernews.searching import Search
from amends.channels.hackernews.watch import look
from amends.channels.http import Http


class HackerNews(Base):
    """`search` and `items` are the addresses of its two interfaces."""

    manifest = MANIFEST

    def __init__(self, http: Http, search: str, items: str, meter: Meter) -> None:
        self._http, self._search, self._items, self._meter = http, search, items, meter

    async def check(self) -> Checked:
        self._meter.count()
        await self._http.get(f"{self._search}/search_by_date", params={"hitsPerPage": 1})
        changed((await self._http.get(f"{self._items}/updates.json")).body)
        return Checked(note="Hears stories and comments, without an account. They are answered on Hacker News itself.")

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        state = Cursor.parse(believed(cursor, now))
        async for batch in Search(self._http, self._search, self._meter, now).all(state, queries):
            yield batch
        if changes := await look(self._http, self._items, state, now):
            yield changes


def connect(settings: Mapping[str, str], http: Http) -> HackerNews:
    """A channel from settings checked against the manifest; missing ones take their defaults."""
    given = {one.name: settings.get(one.name, "").strip() or one.default for one in MANIFEST.settings}
    search, items = given["search"].rstrip("/"), given["items"].rstrip("/")
    return HackerNews(http, search, items, http.keep(("hackernews", search), Meter))
