"""What a person is told who connects feeds: which there are, and what is wrong with the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from amends.channels.base import ChannelError, Rejected
from amends.channels.feeds.addresses import TERM
from amends.channels.feeds.client import as_error, fetch, told
from amends.channels.feeds.cursor import Place
from amends.channels.feeds.discovery import feeds as named
from amends.channels.feeds.document import Document
from amends.channels.feeds.parse import decode, is_page, shown
from amends.channels.http import Http

SAMPLE = "news"  # what search addresses are tried with
AT_ONCE = 6
NAMED = 5  # feeds that a note names
TRIED = 3  # of the feeds that a page names


class Look(NamedTuple):
    """One address that was tried: the feed's title and its address, or what is wrong."""

    entered: str
    url: str = ""
    title: str = ""
    error: ChannelError | None = None


async def look(http: Http, feeds: Sequence[str], now: datetime) -> list[Look]:
    """Try every address. Raises where none of them is a feed."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(entered: str) -> Look:
        async with turn:
            try:
                url, document = await _find(http, entered.replace(TERM, SAMPLE), now)
            except ChannelError as error:
                return Look(entered, error=error)
            return Look(entered, url, document.title or shown(url))

    looks = await asyncio.gather(*(one(entered) for entered in feeds))
    wrong = [(one.entered, one.error) for one in looks if one.error]
    if len(wrong) == len(looks):
        words = " ".join(told(shown(entered), error) for entered, error in wrong[:NAMED])
        raise as_error(words, wrong[0][1]) if wrong else Rejected("Enter the address of a feed.")
    return looks


def note(looks: Sequence[Look]) -> str:
    """What is heard and what is not, in a few sentences."""
    heard = [one for one in looks if not one.error]
    titles = [one.title for one in heard[:NAMED]] + (["..."] if len(heard) > NAMED else [])
    found = [f"{shown(one.entered)} leads to {shown(one.url)}." for one in heard if one.url != one.entered]
    wrong = [told(shown(one.entered), one.error) for one in looks if one.error]
    what = "1 feed" if len(heard) == 1 else f"{len(heard)} feeds"
    return " ".join([f"Hears {what}: {', '.join(titles)}.", *found[:NAMED], *wrong[:NAMED]])


async def _find(http: Http, url: str, now: datetime) -> tuple[str, Document]:
    """The feed at this address, or the first one that the page there names."""
    answer = (await fetch(http, url, Place())).answer
    places = named(answer.body, answer.url)[:TRIED] if is_page(answer.body) else []
    for place in places:
        try:
            return place, await _read(http, place, now)
        except ChannelError:
            if place == places[-1]:
                raise
    document, _ = await asyncio.to_thread(
        decode, answer.body, answer.url, answer.headers.get("content-type", ""), now
    )  # fmt: skip
    return url, document


async def _read(http: Http, url: str, now: datetime) -> Document:
    answer = (await fetch(http, url, Place())).answer
    return (await asyncio.to_thread(decode, answer.body, answer.url, answer.headers.get("content-type", ""), now))[0]
