"""The reviews of an app as App Store Connect gives them to its team: all countries in one list, with our responses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from amends.channels.base import Author, Batch, Checked, Period
from amends.channels.cursors import believed
from amends.channels.foreign import text
from amends.channels.reviews_apple import api
from amends.channels.reviews_apple.client import Client
from amends.channels.reviews_apple.public import heard_by_all
from amends.channels.reviews_apple.review import App, Page
from amends.channels.reviews_apple.walk import Cursor, Walk

SIZE = 200  # reviews a page, the most there may be
PAGES = 500  # what a poll reads at most: 100,000 reviews, a seventh of a key's hour
CACHED = timedelta(days=1)  # how long the public feed may go on without a review


async def check(client: Client, app: App) -> Checked:
    """Who answers. Raises what is wrong with the key."""
    told = await client.app()
    name = text(told.get("name"))
    await client.reviews(1, "")
    account = Author(id=app.id, name=text(told.get("bundleId")), display=name)
    return Checked(account=account, note=f"Hears all reviews of {name or app.id}.", learned={"app_name": name})


async def poll(client: Client, app: App, cursor: str, now: datetime, back: timedelta) -> AsyncIterator[Batch]:
    """Every review that is new or changed since `cursor`, and responses that were."""
    state = Cursor.parse(believed(cursor, now))

    async def fetch(following: str) -> Page:
        return api.page((await client.reviews(SIZE, "" if following == "1" else following)).body, app)

    # What the public feed brought before there was a key has other ids there: it is not brought once more.
    known = heard_by_all(state)
    first = max(now - back, known - CACHED) if known else now - back
    walk = Walk(fetch, state.team, now, first, PAGES)
    async for batch in walk.pages():
        yield batch
    state.team = walk.place
    covered = (Period("reviews", walk.start, walk.end),) if walk.start else ()
    yield Batch(covered=covered, cursor=state.text())
