"""What becomes of the items that were heard: edits, deletions, points and comments.

Hacker News tells which items changed in the last minutes; of those that we know, and from time to time of all that are
young, it is asked how they stand. Writers may change what they wrote for two hours, moderators for longer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from amends.channels.base import Batch, Deletion, Engagement, Malformed, Post, Reading
from amends.channels.foreign import Unreadable, microseconds
from amends.channels.hackernews.cursor import Cursor, Known
from amends.channels.hackernews.parse import NETWORK, changed, item, mark, page
from amends.channels.http import Http

MOST = 300  # items, the newest
AT_ONCE = 20  # that a poll asks for
LONGEST = timedelta(days=7)
SOONEST = timedelta(minutes=10)


async def look(http: Http, address: str, state: Cursor, now: datetime) -> Batch | None:
    """What has changed, and then `state` knows it. None where there is nothing to look at."""
    state.known = _young(state.known, now)
    if not state.known:
        return None
    told = changed((await http.get(f"{address}/updates.json")).body) & state.known.keys()
    due = sorted(_due(state.known, now) - told, key=lambda name: state.known[name].looked)
    posts: list[Post] = []
    gone: list[Deletion] = []
    readings: list[Reading] = []
    malformed: list[Malformed] = []
    for name in [*sorted(told, reverse=True), *due][:AT_ONCE]:
        before = state.known[name]
        body = (await http.get(f"{address}/item/{name}.json")).body
        try:
            found = item(body, before.story, now)
        except Unreadable as error:
            malformed.append(Malformed(str(error), body))
            found = None
        state.known[name] = msgspec.structs.replace(before, looked=int(now.timestamp()))
        match found:
            case Deletion():
                gone.append(found)
                del state.known[name]
            case Post():
                post, reading = _compared(found, name, state, now)
                posts += [post] if post else []
                readings += [reading] if reading else []
    return Batch(
        posts=tuple(posts), deletions=tuple(gone), readings=tuple(readings), malformed=tuple(malformed),
        cursor=state.text(),
    )  # fmt: skip


def _compared(found: Post, name: int, state: Cursor, now: datetime) -> tuple[Post | None, Reading | None]:
    """The post where it says something else than before, or else its counts where they changed. Nothing tells when it
    was changed: just now, then."""
    before, counts = state.known[name], found.engagement or Engagement(now)
    state.known[name] = msgspec.structs.replace(
        before, says=mark(found), likes=counts.likes, replies=counts.replies
    )  # fmt: skip
    if mark(found) != before.says:
        return msgspec.structs.replace(found, edited=now, stamp=microseconds(now)), None
    if (counts.likes, counts.replies) != (before.likes, before.replies):
        return None, Reading(NETWORK, page(name), counts)
    return None, None


def _young(known: dict[int, Known], now: datetime) -> dict[int, Known]:
    oldest = int((now - LONGEST).timestamp())
    newest = sorted((name for name, one in known.items() if one.written >= oldest), reverse=True)[:MOST]
    return {name: known[name] for name in newest}


def _due(known: dict[int, Known], now: datetime) -> set[int]:
    """Those that were not looked at for a quarter of their age, and for ten minutes."""
    at = now.timestamp()
    least = SOONEST.total_seconds()
    return {name for name, one in known.items() if at - one.looked >= max(least, (at - one.written) / 4)}
