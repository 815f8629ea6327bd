"""When each thing of the day happens in a replay, and what is due by now. Pure: the clock is an argument."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

import msgspec

from amends.channels.base import Author, Batch, Deletion, Engagement, Kind, Media, Post, Reading, Visibility
from amends.channels.demo.script import Line, Person, Written, written
from amends.channels.foreign import microseconds

NETWORK = "demo"
BATCH = 100  # things a batch
_DAY = 86_400  # seconds

# How much of its final counts a post has so many seconds after it was written: fast at first, then slowly.
_GROWTH = ((120, 0.05), (420, 0.18), (1_200, 0.42), (3_600, 0.72), (14_400, 0.93), (28_800, 1.0))
_COUNTS = ("likes", "reshares", "replies", "views")


class Happening(NamedTuple):
    at: datetime
    what: Post | Deletion | Reading


@lru_cache(maxsize=8)
def day(start: datetime, speed: float) -> tuple[Happening, ...]:
    """Everything that happens, in order. What comes after `start` passes `speed` times as fast as it was lived; what
    was written before the desk opened keeps its distance."""
    return happenings(written(), start, speed)


def happenings(told: Written, start: datetime, speed: float) -> tuple[Happening, ...]:
    """The same for any script."""
    lines = sorted((*told.lines, *_growing(told.lines)), key=lambda line: line.at)
    posts: dict[str, Post] = {}
    found = []
    for line in lines:
        at = start + timedelta(seconds=line.at / speed if line.at > 0 else line.at)
        found.append(Happening(at, _what(line, at, start, told, posts)))
    return tuple(found)


def due(cursor: str, start: datetime, speed: float, now: datetime) -> Batch:
    """What has happened since `cursor` ("" at first), at most BATCH things of it. At the end of what is due the cursor
    stays as it was."""
    first = int(cursor) if cursor.isdecimal() else 0
    some = day(start, speed)[first : first + BATCH]
    batch = list(takewhile(lambda happening: happening.at <= now, some))
    told: set[str] = set()
    for count, happening in enumerate(batch):
        if isinstance(happening.what, Post | Deletion):
            if happening.what.id in told:  # a post and its edit never share a batch
                batch = batch[:count]
                break
            told.add(happening.what.id)
    return Batch(
        posts=tuple(what for _, what in batch if isinstance(what, Post)),
        deletions=tuple(what for _, what in batch if isinstance(what, Deletion)),
        readings=tuple(what for _, what in batch if isinstance(what, Reading)),
        cursor=str(first + len(batch)),
    )


def id_of(start: datetime, name: str) -> str:
    """The network's id of a post: two replays are two days."""
    return f"{NETWORK}:{start:%Y%m%dT%H%M%S}:{name}"


def _growing(lines: tuple[Line, ...]) -> Iterator[Line]:
    """The readings on the way to the counts that a post comes to."""
    for line in lines:
        ends = {name: getattr(line, name) for name in _COUNTS if line.id and getattr(line, name) is not None}
        before: dict[str, int] = {}
        for after, share in _GROWTH if ends else ():
            counts = {name: round(end * share) for name, end in ends.items()}
            if counts != before and any(counts.values()) and line.at + after < _DAY:
                yield Line(at=line.at + after, read=line.id, **counts)
            before = counts


def _what(
    line: Line, at: datetime, start: datetime, told: Written, posts: dict[str, Post]
) -> Post | Deletion | Reading:
    """The value of one line. `posts` holds the posts so far by their names, and is kept up to date."""
    network_id = id_of(start, line.about)
    if line.delete:
        return Deletion(NETWORK, network_id, at)
    if line.read:
        counts = {name: getattr(line, name) for name in _COUNTS}
        return Reading(NETWORK, network_id, Engagement(seen=at, **counts))
    if line.edit:
        old = posts[line.edit]
        new = msgspec.structs.replace(
            old,
            text=line.text,
            subject=line.subject or old.subject,
            stars=old.stars if line.stars is None else line.stars,
            edited=at,
            stamp=microseconds(at),
            engagement=None,
        )
    else:
        new = _post(line, network_id, at, posts.get(line.parent), told.people[line.who])
    posts[line.about] = new
    return new


def _post(line: Line, network_id: str, at: datetime, parent: Post | None, person: Person) -> Post:
    private = line.kind in (Kind.DIRECT, Kind.MAIL)
    return Post(
        network=NETWORK,
        id=network_id,
        author=Author(
            id=person.name,
            name=person.name,
            display=person.display,
            followers=person.followers,
            verified=person.verified,
            bio=person.bio,
        ),
        created=at,
        text=line.text,
        subject=line.subject,
        kind=line.kind,
        visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
        parent=parent.id if parent else "",
        root=parent.thread if parent else "",
        parent_author=parent.author.id if parent else "",
        lang=line.lang,
        media=tuple(
            Media(shown.kind, f"https://media.example/{line.id}/{number}", shown.alt)
            for number, shown in enumerate(line.media, start=1)
        ),
        stars=line.stars,
        promoted=line.promoted,
        stamp=microseconds(at),
        engagement=Engagement(seen=at, likes=0, reshares=0, replies=0) if line.kind == Kind.POST else None,
        addressed=line.kind != Kind.POST or parent is not None,  # a reply in our threads is a notification
        raw=msgspec.json.encode(line),
    )
