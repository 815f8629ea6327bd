"""From the JSON that a system posts to posts: typed, and each by itself: a bad one does not hold up the rest."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from amends.channels.base import (
    Author,
    BadData,
    Batch,
    Deletion,
    Engagement,
    Kind,
    Malformed,
    Media,
    MediaKind,
    Post,
    Visibility,
)
from amends.channels.foreign import microseconds

NETWORK = "inbound"
ID_MAX = 400  # characters
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)  # a clock that is further ahead is wrong
MEDIA_MAX = 20

_LANG = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8})*")
Id = str | int
Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Time = datetime | int | float  # RFC 3339, or Unix seconds


class Writer(msgspec.Struct):
    id: Id = ""
    name: str = ""
    display: str = ""
    followers: Count | None = None
    verified: bool = False
    created: Time | None = None
    avatar: str = ""
    bio: str = ""


class Counts(msgspec.Struct):
    likes: Count | None = None
    reshares: Count | None = None
    replies: Count | None = None
    quotes: Count | None = None
    views: Count | None = None


class Link(msgspec.Struct):
    url: str
    kind: MediaKind = MediaKind.LINK
    alt: str = ""
    mime: str = ""
    size: Count | None = None


class Item(msgspec.Struct):
    """A post by plain names, as page.md documents it."""

    id: Id = ""
    text: str = ""
    author: Writer | None = None
    created: Time | None = None
    subject: str = ""
    kind: Kind | None = None
    visibility: Visibility | None = None
    parent: Id = ""
    root: Id = ""
    quotes: Id = ""
    lang: str = ""
    stars: Annotated[float, msgspec.Meta(ge=0, le=5)] | None = None
    url: str = ""
    media: tuple[Link, ...] = ()
    engagement: Counts | None = None
    promoted: bool = False
    addressed: bool = True
    edited: Time | None = None
    deleted: bool = False


class Wrong(ValueError):
    """An item that is no post; the message is for the programmer who sent it."""


_item = msgspec.json.Decoder(Item)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_several = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse(body: bytes, system: str, now: datetime) -> Batch:
    """What is in the body: a post, a list of posts, or {"posts": [...]}. Raises `BadData` where it is none of these."""
    posts: list[Post] = []
    deletions: list[Deletion] = []
    malformed: list[Malformed] = []
    for number, raw in enumerate(_items(body), 1):
        try:
            one = _read(_item.decode(raw), raw, system, now)
        except Wrong as error:
            malformed.append(Malformed(f"Post {number}: {error}", raw))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            malformed.append(Malformed(f"Post {number} can't be read: {error}.", raw))
        else:
            if isinstance(one, Post):
                posts.append(one)
            else:
                deletions.append(one)
    return Batch(posts=tuple(posts), deletions=tuple(deletions), malformed=tuple(malformed))


def _items(body: bytes) -> list[bytes]:
    try:
        if body.lstrip()[:1] == b"[":
            return [bytes(raw) for raw in _list.decode(body)]
        outer = _several.decode(body)
        return [bytes(raw) for raw in _list.decode(outer["posts"])] if "posts" in outer else [body]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadData(
            f'This is no JSON of a post, a list of posts, or {{"posts": [...]}}: {error}. A mail needs the content '
            "type message/rfc822.",
            body,
        ) from error


def _read(item: Item, raw: bytes, system: str, now: datetime) -> Post | Deletion:
    key = own(system, _id(item.id, "id"))
    if key == own(system, ""):
        raise Wrong("`id` is missing: the system's own name for the post, which never changes.")
    edited = None if item.edited is None else _time(item.edited, "edited", now)
    if item.deleted:
        return Deletion(NETWORK, key, edited or now)
    if item.author is None or not f"{item.author.id}{item.author.name}".strip():
        raise Wrong('`author` is missing: {"id": ..., "name": ...}, at least one of them.')
    if item.created is None:
        raise Wrong("`created` is missing: when it was written, like 2026-03-02T12:00:00Z.")
    created = _time(item.created, "created", now)
    kind = item.kind or (Kind.POST if item.stars is None else Kind.REVIEW)
    private = kind in (Kind.DIRECT, Kind.MAIL)
    parent = _own(system, item.parent, "parent")
    return Post(
        network=NETWORK,
        id=key,
        author=_author(item.author, system, now),
        created=created,
        text=clean(item.text),
        subject=clean(item.subject)[:500],
        kind=kind,
        visibility=item.visibility or (Visibility.PRIVATE if private else Visibility.PUBLIC),
        parent=parent,
        root=_own(system, item.root, "root") or parent,
        quotes=_own(system, item.quotes, "quotes"),
        lang=item.lang.replace("_", "-") if _LANG.fullmatch(item.lang) else "",
        media=tuple(_media(one) for one in item.media[:MEDIA_MAX] if web(one.url)),
        stars=item.stars,
        promoted=item.promoted,
        edited=edited,
        stamp=microseconds(edited or created),
        url=web(item.url),
        engagement=_engagement(item.engagement, now),
        addressed=item.addressed,
        raw=raw,
    )


def own(system: str, key: str) -> str:
    """The id under which a post or a writer of this system is known here."""
    return f"{system}:{key}"


def theirs(system: str, key: str) -> str:
    """The same as the system knows it."""
    return key.removeprefix(own(system, ""))


def _id(value: Id, field: str) -> str:
    text = clean(str(value)).strip()
    if len(text) > ID_MAX:
        raise Wrong(f"`{field}` has {len(text)} characters, and {ID_MAX} are allowed.")
    return text


def _own(system: str, value: Id, field: str) -> str:
    key = _id(value, field)
    return own(system, key) if key else ""


def _author(given: Writer, system: str, now: datetime) -> Author:
    name = clean(given.name).strip()[:256]
    return Author(
        id=own(system, _id(given.id, "author.id") or name.casefold()),
        name=name,
        display=clean(given.display).strip()[:256],
        followers=given.followers,
        verified=given.verified,
        created=None if given.created is None else _time(given.created, "author.created", now),
        avatar=web(given.avatar),
        bio=clean(given.bio)[:5000],
    )


def _time(value: Time, field: str, now: datetime) -> datetime:
    try:
        if isinstance(value, datetime):
            found = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        else:
            found = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise Wrong(f"`{field}` is no time.") from None
    if not EARLIEST <= found <= now + AHEAD:
        raise Wrong(f"`{field}` is {found:%Y-%m-%d %H:%M} UTC, which can't be. Numbers are seconds since 1970.")
    return min(found, now)


def _media(one: Link) -> Media:
    return Media(one.kind, web(one.url), clean(one.alt), clean(one.mime)[:100], one.size)


def _engagement(given: Counts | None, now: datetime) -> Engagement | None:
    if given is None:
        return None
    counts = {name: getattr(given, name) for name in given.__struct_fields__}
    return Engagement(seen=now, **counts) if any(count is not None for count in counts.values()) else None


def clean(text: str) -> str:
    """Without the character NUL, which no database keeps."""
    return text.replace("\x00", "") if "\x00" in text else text


def web(url: str) -> str:
    """A link that may be shown, or nothing."""
    return clean(url) if url[:8].lower().startswith(("https://", "http://")) and len(url) <= 2000 else ""
