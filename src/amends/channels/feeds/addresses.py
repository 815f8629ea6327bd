"""Which addresses are asked: those that a person entered, search addresses once for each thing that is searched for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from amends.channels.base import Query
from amends.channels.feeds.parse import mark, shown

TERM = "{term}"
LABEL = 60  # characters of a feed's name


class Address(NamedTuple):
    """`entered` is what the person entered, `url` what is asked, `term` what is searched for there."""

    entered: str
    url: str
    term: str = ""

    @property
    def key(self) -> str:
        return mark(self.url)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.lower()

    @property
    def name(self) -> str:
        """What its coverage is noted under."""
        label = f"{shown(self.url)} {self.term}".strip()
        return label if len(label) <= LABEL else f"{label[: LABEL - 12]} {self.key}"

    @property
    def shown(self) -> str:
        return f"{shown(self.entered)} ({self.term})" if self.term else shown(self.entered)


def addresses(feeds: Sequence[str], pages: Mapping[str, str], queries: Sequence[Query]) -> list[Address]:
    """What to ask. `pages`: the feeds of entered addresses that are pages of a site."""
    terms = sorted({term for query in queries for term in query.terms})
    found = []
    for entered in feeds:
        if TERM in entered:
            found += [Address(entered, entered.replace(TERM, quote(term, safe="")), term) for term in terms]
        else:
            found.append(Address(entered, pages.get(entered, entered)))
    return list({address.key: address for address in found}.values())
