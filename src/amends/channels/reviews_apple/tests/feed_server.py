"""A stand-in for Apple's public feed of customer reviews, and for the look-up of apps, on loopback.

A simulator, written from the form that the feed has (JSON made from Atom: one review is an object, none is no field; 50
a page, ten pages, then a 400 with words that are not JSON) and from the reference of the iTunes Search API's look-up.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from amends.channels.testing.loopback import Reply, Request, serving

APP = "123456789"


class Store:
    """`reviews` of each country, the newest first. `asked` is what was called; `empty` pages are left out so often."""

    def __init__(self) -> None:
        self.address = ""
        self.reviews: dict[str, list[dict[str, Any]]] = {"us": [], "de": []}
        self.asked: list[str] = []
        self.empty: dict[str, int] = {}
        self.made: datetime | None = None
        self.tells_last = True
        self.forbidden = False
        self.at = datetime.now(UTC)
        self.written = 13_000_000_000

    def answer(self, request: Request) -> Reply:
        self.asked.append(request.path)
        if self.forbidden:
            return Reply(b"Forbidden", 403)
        if request.path == "/lookup":
            known = request.query["id"] == [APP] and request.query["country"][0] in self.reviews
            found = [{"trackId": int(APP), "trackName": "Acme Air", "bundleId": "com.acme.app"}] if known else []
            return Reply({"resultCount": len(found), "results": found})
        shape = r"/(\w\w)/rss/customerreviews/page=(\d+)/id=(\d+)/sortby=mostrecent/json"
        country, number, app = re.fullmatch(shape, request.path).groups()
        if country not in self.reviews or app != APP:
            return Reply(b"Bad Request", 400)
        if int(number) > 10:
            return Reply(b"CustomerReviews RSS page depth is limited to 10", 400)
        return self.page(country, int(number))

    def page(self, country: str, number: int) -> Reply:
        entries = self.reviews[country][:500][(number - 1) * 50 : number * 50]
        key = f"{country} {number}"
        if self.empty.get(key):
            self.empty[key] -= 1
            entries = []
        last = min(10, max(1, -(-len(self.reviews[country]) // 50)))
        feed: dict[str, Any] = {
            "author": {"name": {"label": "iTunes Store"}},
            "updated": {"label": (self.made or datetime.now(UTC)).isoformat()},
            "link": [
                link("alternate", 1),
                *([link("last", last)] if self.tells_last else []),
                link("next", number + 1),
            ],
        }
        if entries:
            feed["entry"] = entries if len(entries) > 1 else entries[0]
        return Reply({"feed": feed})

    def write(self, words: str, country: str = "us", review: str = "", stars: int = 1) -> str:
        """Somebody writes a review, or writes theirs anew: {its id}."""
        self.written += 1
        self.at = max(datetime.now(UTC), self.at + timedelta(seconds=1)).replace(microsecond=0)
        name = review or str(self.written)
        self.reviews[country] = [one for one in self.reviews[country] if one["id"]["label"] != name]
        self.reviews[country].insert(0, entry(name, words, stars, self.at))
        return name


def entry(name: str, words: str, stars: int, at: datetime) -> dict[str, Any]:
    return {
        "author": {
            "uri": {"label": f"https://itunes.apple.com/us/reviews/id{int(name) % 10**9}"},
            "name": {"label": "Charlie"},
            "label": "",
        },
        "updated": {"label": at.astimezone().isoformat()},
        "im:rating": {"label": str(stars)},
        "im:version": {"label": "4.2.1"},
        "id": {"label": name},
        "title": {"label": "About it"},
        "content": {"label": words, "attributes": {"type": "text"}},
        "im:voteSum": {"label": "0"},
        "im:voteCount": {"label": "0"},
    }


def link(rel: str, number: int) -> dict[str, Any]:
    href = f"https://itunes.apple.com/us/rss/customerreviews/page={number}/id={APP}/sortby=mostrecent/xml"
    return {"attributes": {"rel": rel, "href": href}}


@asynccontextmanager
async def running() -> AsyncIterator[Store]:
    store = Store()
    async with serving(store.answer) as store.address:
        yield store
