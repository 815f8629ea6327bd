"""From a page of a site to its feed: `<link rel="alternate" type="application/rss+xml" href="...">`."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from amends.channels.feeds.document import web

TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
READ = 1 << 20  # bytes of a page
MOST = 20
MARKED = re.compile(r"<!\[")  # to a browser a comment; the parser gives up on those that it does not know


def feeds(body: bytes, url: str) -> list[str]:
    """The addresses of the feeds that the page at `url` names, in its order, those of comments last."""
    reader = _Reader(url)
    reader.feed(MARKED.sub("<!", body[:READ].decode("utf-8", "replace")))
    found = list(dict.fromkeys(reader.found))
    return [address for title, address in sorted(found, key=lambda one: "comment" in one[0].lower())][:MOST]


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = base
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}
        if tag == "base" and given.get("href"):
            self._base = web(given["href"], self._base) or self._base
        if tag != "link" or "alternate" not in given.get("rel", "").lower().split():
            return
        kind = given.get("type", "").lower().partition(";")[0].strip()
        if kind in TYPES and (address := web(given.get("href"), self._base)):
            self.found.append((given.get("title", ""), address))
