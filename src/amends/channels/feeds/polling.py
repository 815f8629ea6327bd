"""A poll: every address that is due, each host's one after the other, several hosts at once. What is wrong with one
feed does not stop the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from msgspec.structs import replace

from amends.channels.base import Batch, ChannelError, RetryLater
from amends.channels.feeds.addresses import Address
from amends.channels.feeds.asking import Outcome, ask
from amends.channels.feeds.client import as_error
from amends.channels.feeds.cursor import Cursor, Place
from amends.channels.feeds.push import Push
from amends.channels.http import Http

AT_ONCE = 6  # hosts
MOST = 40  # addresses of one host in a poll: the rest come first in the next
PATIENT = 3  # failures in a row until one feed's trouble is told while others are well
AGAIN = timedelta(minutes=5)  # until a source with such a trouble is polled again
LONG = timedelta(hours=1)  # a wait that nobody but the cursor remembers


async def poll(
    http: Http, push: Push | None, asked: Sequence[Address], cursor: str, now: datetime
) -> AsyncIterator[Batch]:
    """Everything since `cursor`. Raises what is wrong, after all that could be heard was given."""
    state = Cursor.parse(cursor)
    state.keep(address.key for address in asked)
    due = [address for address in asked if state.places.get(address.key, Place()).due(now)]
    failed: list[Outcome] = []
    async for outcomes in _hosts(http, push, due, state, now):
        heard = [one for one in outcomes if one.error is None]
        failed += [one for one in outcomes if one.error is not None]
        state.places |= {one.address.key: one.place for one in heard}
        if not heard:
            continue
        yield Batch(
            posts=tuple(post for one in heard for post in one.posts),
            malformed=tuple(item for one in heard for item in one.malformed),
            covered=tuple(one.period for one in heard if one.period),
            cursor=state.text(),
        )
    troubled = {one.address.key: one.place for one in failed}
    if troubled and (_well(state, troubled) or any(_long(one.place, now) for one in failed)):
        state.places |= troubled
        yield Batch(cursor=state.text())
    if error := _verdict(asked, state, failed, now):
        raise error


async def _hosts(
    http: Http, push: Push | None, due: Sequence[Address], state: Cursor, now: datetime
) -> AsyncIterator[list[Outcome]]:
    """What came of each host, as it comes."""
    turn = asyncio.Semaphore(AT_ONCE)

    def since(address: Address) -> tuple[str, float]:
        heard = state.places.get(address.key, Place()).heard
        return address.host, heard.timestamp() if heard else 0

    async def host(its: Sequence[Address]) -> list[Outcome]:
        async with turn:
            return await _one_host(http, push, its, state, now)

    groups = groupby(sorted(due, key=since), key=lambda address: address.host)
    tasks = [asyncio.create_task(host(list(its)[:MOST])) for _, its in groups]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _one_host(
    http: Http, push: Push | None, its: Sequence[Address], state: Cursor, now: datetime
) -> list[Outcome]:
    """One after the other. A host that asks to be left alone for a time is."""
    outcomes: list[Outcome] = []
    wait: timedelta | None = None
    for address in its:
        place = state.places.get(address.key, Place())
        if wait is not None:
            outcomes.append(Outcome(address, replace(place, following=now + wait)))
            continue
        outcome = await ask(http, push, address, place, now)
        wait = outcome.error.after if isinstance(outcome.error, RetryLater) else None
        outcomes.append(outcome)
    return outcomes


def _well(state: Cursor, troubled: dict[str, Place]) -> bool:
    """Whether any address is heard."""
    return any(
        place.heard and not place.failures for key, place in state.places.items() if key not in troubled
    )  # fmt: skip


def _long(place: Place, now: datetime) -> bool:
    return place.following is not None and place.following - now > LONG


def _verdict(asked: Sequence[Address], state: Cursor, failed: Sequence[Outcome], now: datetime) -> ChannelError | None:
    """What a person must be told. While others are well, only of troubles that last."""
    places = {**state.places, **{one.address.key: one.place for one in failed}}
    wrong = [address for address in asked if places.get(address.key, Place()).failures]
    if not wrong:
        return None
    well = _well(Cursor(places), {})
    if well:
        wrong = [address for address in wrong if places[address.key].lasting or places[address.key].failures >= PATIENT]
        return RetryLater(_words(asked, wrong, places), AGAIN) if wrong else None
    words = _words(asked, wrong, places)
    for one in failed:
        if isinstance(one.error, RetryLater) or len(failed) == len(asked) == 1:
            return as_error(words, one.error or RetryLater(words))
    waits = [place.following - now for place in places.values() if place.following and place.failures]
    return RetryLater(words, max(min(waits, default=AGAIN), timedelta(seconds=1)))


def _words(asked: Sequence[Address], wrong: Sequence[Address], places: dict[str, Place]) -> str:
    told = " ".join(places[one.key].trouble for one in wrong[:3])
    return told if len(asked) == 1 else f"{len(wrong)} of {len(asked)} addresses can't be heard. {told}"
