"""The public feed of an app's reviews, which needs no key: a list a country."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta

from amends.channels.base import Batch, Checked, Period, Rejected, RetryLater
from amends.channels.cursors import believed
from amends.channels.foreign import fields, items, text
from amends.channels.http import Http, Refused
from amends.channels.reviews_apple import feed
from amends.channels.reviews_apple.review import App, Page
from amends.channels.reviews_apple.walk import Cursor, Fetch, Place, Walk

AN_HOUR = timedelta(hours=1)


class Feed:
    """Apple's public server for one app, in these countries."""

    def __init__(self, http: Http, server: str, app: App, countries: Sequence[str], first: timedelta) -> None:
        self._http, self._server, self._app = http, server.rstrip("/"), app
        self._countries, self._first = countries, first

    async def check(self) -> Checked:
        """Look the app up in every country. Raises `Rejected` where none has it."""
        names = {country: await self._name(country) for country in self._countries}
        sold = [country for country, name in names.items() if name]
        if not sold:
            raise Rejected(
                f"The App Store of {_spoken(names)} has no app {self._app.id}: check its id and the countries."
            )
        name = names[sold[0]]
        note = f"Hears the public reviews of {name} in {_spoken(sold)}. Answers are written in App Store Connect."
        if missing := [country for country in names if country not in sold]:
            note += f" It is not sold in {_spoken(missing)}."
        return Checked(note=note, learned={"app_name": name})

    async def poll(self, cursor: str, now: datetime) -> AsyncIterator[Batch]:
        """Every country's reviews since `cursor`. One that is refused does not keep the others from being heard."""
        state, refused = Cursor.parse(believed(cursor, now)), ""
        for country in self._countries:
            place = state.feeds.get(country, Place())
            walk = Walk(self._fetch(country, place, now), place, now, now - self._first, feed.PAGES)
            try:
                async for batch in walk.pages():
                    yield batch
            except Refused as error:
                refuse_for_now(error)
                refused = f"Apple has no feed of reviews for {country.upper()}: take it out of the countries. ({error})"
                continue
            state.feeds[country] = walk.place
            covered = (Period(f"reviews {country}", walk.start, walk.end),) if walk.start else ()
            yield Batch(covered=covered, cursor=state.text())
        if refused:
            raise Rejected(refused)

    def _fetch(self, country: str, place: Place, now: datetime) -> Fetch:
        async def fetch(number: str) -> Page:
            page = await self._page(country, int(number), now)
            if not page.items and (place.seen or number != "1"):  # Apple now and then leaves out a page that is there
                page = await self._page(country, int(number), now)
                page = page._replace(sure=bool(page.items))
            return page

        return fetch

    async def _page(self, country: str, number: int, now: datetime) -> Page:
        path = f"{country}/rss/customerreviews/page={number}/id={self._app.id}/sortby=mostrecent/json"
        answer = await self._http.get(f"{self._server}/{path}", redirects=2)
        return feed.page(answer.body, number, self._app, country, now)

    async def _name(self, country: str) -> str:
        params = {"id": self._app.id, "country": country}
        try:
            answer = await self._http.get(f"{self._server}/lookup", params=params, redirects=2)
        except Refused as error:
            refuse_for_now(error)
            return ""  # no such country
        found = items(fields(answer.json()).get("results"))
        return text(fields(found[0]).get("trackName")) or self._app.id if found else ""


def refuse_for_now(error: Refused) -> None:
    """Raises `RetryLater` where Apple refuses us, and not what was asked for."""
    if error.status == 403:
        raise RetryLater("Apple refuses to show this machine its feed for now; again in an hour.", AN_HOUR) from error


def heard_by_all(cursor: Cursor) -> datetime | None:
    """Until when every country was heard, None where none was."""
    return min((place.heard for place in cursor.feeds.values() if place.heard), default=None)


def _spoken(countries: Iterable[str]) -> str:
    return ", ".join(country.upper() for country in countries)
