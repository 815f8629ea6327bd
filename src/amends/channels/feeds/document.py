"""A feed as it was read, of whichever format: what a post can be made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import msgspec

from amends.channels.base import Malformed, Media
from amends.channels.foreign import ERA

MOST = 2000  # items of one document: the newest are at its top
LONGEST = 2000  # characters of an address


class Writer(msgspec.Struct, frozen=True):
    """Who wrote an item, as far as the feed says."""

    name: str = ""
    url: str = ""
    email: str = ""
    avatar: str = ""


class Rhythm(msgspec.Struct, frozen=True, omit_defaults=True):
    """How often a feed wants to be asked: not within `minutes`, nor in these hours and on these weekdays (Monday is 0),
    in UTC."""

    minutes: int = 0
    hours: tuple[int, ...] = ()
    days: tuple[int, ...] = ()


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item. `guid` is its id as given, `text` plain words, `raw` what it was read from."""

    guid: str = ""
    link: str = ""
    title: str = ""
    text: str = ""
    writer: Writer = Writer()
    published: datetime | None = None
    updated: datetime | None = None
    media: tuple[Media, ...] = ()
    lang: str = ""
    parent: str = ""
    raw: bytes = b""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a feed. `whole`: it was not cut off in the middle. `address` is what the feed calls itself, which
    its `hub` knows it by; `following` leads to older items."""

    title: str
    items: tuple[Item | Malformed, ...]
    home: str = ""
    writer: Writer = Writer()
    lang: str = ""
    hub: str = ""
    address: str = ""
    following: str = ""
    rhythm: Rhythm = Rhythm()
    whole: bool = True


def text(value: object) -> str:
    """The text without NUL characters and stray halves of characters; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-8", "replace").decode().strip()


def web(value: object, base: str) -> str:
    """A whole web address, from one that may be relative to `base`; "" where it is none."""
    given = text(value)
    if not given or len(given) > LONGEST:
        return ""
    try:
        found = urljoin(base, given)
        parts = urlsplit(found)
    except ValueError:
        return ""
    return found if parts.scheme in ("http", "https") and parts.hostname else ""


def since_era(moment: datetime | None) -> datetime | None:
    """The instant in UTC, if it can be one of a feed's."""
    try:
        found = moment.astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        return None
    return found if found and found >= ERA else None


def within(moment: datetime | None, now: datetime) -> datetime | None:
    """Nothing was written in the future: an instant after `now` is taken for now, a far one for a mistake."""
    if moment is None or moment - now > timedelta(days=366):
        return None
    return min(moment, now)
