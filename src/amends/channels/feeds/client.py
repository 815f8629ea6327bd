"""Asking for a feed: only for what has changed, and wherever it has moved to."""

from __future__ import annotations

from typing import NamedTuple

from amends.channels.base import BadData, ChannelError, LogInAgain, Rejected, RetryLater
from amends.channels.feeds.cursor import Place
from amends.channels.http import Answer, Http, Refused

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, application/json;q=0.8, text/xml;q=0.8, text/html;q=0.5, */*;q=0.1"
)
HOPS = 5
FOR_GOOD, FOR_NOW = (301, 308), (302, 303, 307)


class Fetched(NamedTuple):
    """`moved`: where the feed is from now on, "" where it stays."""

    answer: Answer
    moved: str


async def fetch(http: Http, url: str, place: Place) -> Fetched:
    """The feed at `url`, or where it moved to; 304 when it is as `place` knows it. Raises `ChannelError`."""
    if place.moved:
        try:
            fetched = await _follow(http, place.moved, place)
            return Fetched(fetched.answer, fetched.moved or place.moved)
        except (Rejected, BadData):
            place = Place()  # it is no longer there either: ask where it was entered
    return await _follow(http, url, place)


async def _follow(http: Http, url: str, place: Place) -> Fetched:
    headers = {"accept": ACCEPT}
    if place.etag and place.etag.isascii():
        headers["if-none-match"] = place.etag
    if place.modified and place.modified.isascii():
        headers["if-modified-since"] = place.modified
    moved, for_good, asked = "", True, url
    for _ in range(HOPS + 1):
        try:
            return Fetched(await http.get(asked, headers=headers), moved)
        except Refused as error:
            onward = error.answer.onward
            if error.status not in FOR_GOOD + FOR_NOW or onward == asked:
                raise
            for_good = for_good and error.status in FOR_GOOD
            asked = onward
            moved = asked if for_good else moved
    raise Rejected("It sends from one address to the next without end.")


def told(shown: str, error: ChannelError) -> str:
    """What is wrong with the feed at the address that may be `shown`, for whoever listed it."""
    words = _told(error) if isinstance(error, Refused) else str(error)
    return words if shown in words else f"{shown}: {words}"


def lasts(error: ChannelError) -> bool:
    """Whether it will be so until a person does something."""
    return not isinstance(error, RetryLater)


def gone(error: ChannelError) -> bool:
    """Whether the site says that there will never be a feed again."""
    return isinstance(error, Refused) and error.status == 410


def _told(error: Refused) -> str:
    match error.status:
        case 410:
            return "It is gone for good (410): take it off the list."
        case 404:
            return "It is not there (404): check the address."
        case 401 | 402 | 403 | 407:
            return f"It is not open to everybody ({error.status}), and Amends has no password for it."
        case _:
            return str(error)


def as_error(words: str, error: ChannelError) -> ChannelError:
    """The same error with these words."""
    match error:
        case RetryLater():
            return RetryLater(words, error.after)
        case BadData():
            return BadData(words, error.raw)
        case LogInAgain():
            return LogInAgain(words)
        case _:
            return Rejected(words)
