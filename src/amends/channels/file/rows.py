"""One row of a file as a `Post`, cell by cell, and the reason when it can't be one."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from amends.channels.base import Author, BadData, Engagement, Kind, Post, Visibility
from amends.channels.file.dates import ORDERS, BadDate, read
from amends.channels.foreign import microseconds

TEXT_MAX = 1_000_000  # characters; no network has posts that long, and a search index chokes on them
NAME_MAX = 500  # characters of an id, a name, a subject: more is a text in the wrong column
COUNT_MAX = 10**12
_COUNTS = ("likes", "reshares", "replies", "quotes", "views")
_SHORT = ("id", "parent", "root", "author", "author_id", "display", "subject")
_PRIVATE = (Kind.DIRECT, Kind.MAIL)

_DAMAGED = re.compile(r"\d(?:[.,]\d+[eE]\+?|[eE]\+)\d+")  # 5.70306E+17: the digits that told posts apart are gone
_WHOLE_FLOAT = re.compile(r"(\d+)\.0+")  # what pandas makes of a whole number in a column with gaps
_GLOBAL = re.compile(r"[a-z][a-z0-9+.-]*:\S+|<[^<>\s]+@[^<>\s]+>")
_NETWORK = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_LANG = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8})*")
_COUNT = re.compile(r"(\d+(?:\.\d+)?)([km]?)", re.IGNORECASE)
_STARS = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:(?:/|of|out of|von|sur|de|su)\s*(\d+))?(?:\s*stars?)?", re.IGNORECASE)
_UNTOLD = ("", "none", "null", "nan", "n/a")


class BadRow(ValueError):
    """The row can't be a post; the message is the reason."""


class Choices(msgspec.Struct, frozen=True):
    """What whoever imports may say about the rows.

    `zone` is the IANA name for times without one; `date_format` is "", "dmy", "mdy", "ymd" or a `strptime` pattern;
    `stars_of` is the best rating there is. `only_matching`: the file holds more than what is about the brand, so that
    its queries decide; otherwise every row counts as meant for the brand.
    """

    network: str = "file"
    kind: Kind = Kind.POST
    zone: str = "UTC"
    date_format: str = ""
    stars_of: float = 5.0
    only_matching: bool = False
    keep_entities: bool = False  # X exports &, < and > as &amp;, &lt; and &gt;


class Rows:
    """Turns rows of one file into posts and counts in `notes` what was mended or left out on the way."""

    def __init__(self, choices: Choices, seen: datetime) -> None:
        """`seen`: the instant that the file's counts are from. Raises `BadData` where a choice makes no sense."""
        if choices.date_format not in ("", *ORDERS) and "%" not in choices.date_format:
            raise BadData(f"The date format '{choices.date_format}' is none of dmy, mdy, ymd or like '%d.%m.%Y %H:%M'.")
        if not _NETWORK.fullmatch(choices.network):
            raise BadData(f"'{choices.network}' can't name a network: small letters, digits, dots, dashes, at most 40.")
        if not choices.stars_of > 0:
            raise BadData(f"The best rating there is must be above 0, not {choices.stars_of:g}.")
        self._choices = choices
        self._zone = _zone(choices.zone)
        self._seen = seen
        self.notes: Counter[str] = Counter()

    def post(self, row: Mapping[str, Any], columns: Mapping[str, str], raw: bytes) -> Post:
        """The post that `row` tells, `columns` being {field: column} and `raw` what to keep. Raises `BadRow`."""
        cells = {field: row[column] for field, column in columns.items() if row.get(column) is not None}
        for field in _SHORT:
            if len(_line(cells.get(field))) > NAME_MAX:
                raise BadRow(f"its {field} has more than {NAME_MAX} characters; choose another column with --{field}")
        network = self._network(_line(cells.get("network")))
        text = self._text(cells.get("text"))
        stars = self._stars(_line(cells.get("stars")))
        if not text.strip() and stars is None:
            raise BadRow("there is no text in it")
        created = self._instant(cells.get("created"))
        edited = self._instant(cells["edited"]) if _line(cells.get("edited")) else None
        kind = self._kind(_line(cells.get("kind")), stars)
        own = self._id(cells.get("id")) or self._derived(created, self._name(cells), text)
        parent = _global(network, self._id(cells.get("parent")))
        return Post(
            network=network,
            id=_global(network, own),
            author=self._author(cells, own),
            created=created,
            text=text,
            subject=_line(cells.get("subject")),
            kind=kind,
            visibility=Visibility.PRIVATE if kind in _PRIVATE else Visibility.PUBLIC,
            parent=parent,
            root=_global(network, self._id(cells.get("root"))) or parent,
            lang=_lang(_line(cells.get("lang"))),
            stars=stars,
            promoted=_yes(cells.get("promoted")),
            edited=edited,
            stamp=microseconds(edited or created),
            url=_url(_line(cells.get("url"))),
            engagement=self._engagement(cells, created),
            addressed=kind in _PRIVATE or not self._choices.only_matching,
            raw=raw,
        )

    def _network(self, name: str) -> str:
        name = name.lower().replace(" ", "-") or self._choices.network
        if not _NETWORK.fullmatch(name):
            raise BadRow(f"the network '{name[:40]}' is no name: letters, digits, dots and dashes, at most 40")
        return name

    def _text(self, cell: Any) -> str:
        text = cell if isinstance(cell, str) else _line(cell)
        if len(text) > TEXT_MAX:
            raise BadRow(f"its text has {len(text):,} characters; more than {TEXT_MAX:,} is no post")
        if "\0" in text:
            self.notes["texts with null characters, which were taken out"] += 1
            text = text.replace("\0", "")
        if self._choices.keep_entities:
            return text
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if "&" in text else text

    def _instant(self, cell: Any) -> datetime:
        try:
            found = read(cell if isinstance(cell, str | int | float) else "", self._choices.date_format)
        except BadDate as wrong:
            raise BadRow(str(wrong)) from None
        if found.tzinfo:
            return found
        self.notes[f"times without a zone, taken as {self._choices.zone}"] += 1
        return found.replace(tzinfo=self._zone).astimezone(UTC)

    def _id(self, cell: Any) -> str:
        """The id as the network wrote it, or "" where there is none left."""
        text = _line(cell)
        if text.lower() in _UNTOLD:
            return ""
        if _DAMAGED.fullmatch(text):
            self.notes[
                "ids that a spreadsheet had rounded (like 5.70306E+17): these posts are told apart by author, time and "
                "text instead; export again with the id column as text to keep replies joined"
            ] += 1
            return ""
        whole = _WHOLE_FLOAT.fullmatch(text)
        return whole[1] if whole else text

    def _derived(self, created: datetime, name: str, text: str) -> str:
        """An id that the same row has in every import, for files without one."""
        self.notes["posts without an id, told apart by author, time and text"] += 1
        told = "\0".join((name.casefold(), created.isoformat(), text))
        return f"sha256-{hashlib.sha256(told.encode(errors='surrogatepass')).hexdigest()[:32]}"

    def _name(self, cells: Mapping[str, Any]) -> str:
        return _line(cells.get("author")).removeprefix("@")

    def _author(self, cells: Mapping[str, Any], post: str) -> Author:
        name = self._name(cells)
        own = self._id(cells.get("author_id")) or name.casefold()
        return Author(
            id=own or f"unknown:{post}",  # two unknown writers are not one
            name=name,
            display=_line(cells.get("display")),
            followers=self._count("followers", cells.get("followers")),
            verified=_yes(cells.get("verified")),
        )

    def _kind(self, name: str, stars: float | None) -> Kind:
        if name:
            try:
                return Kind(name.lower())
            except ValueError:
                raise BadRow(f"'{name[:40]}' is no kind; there are {', '.join(Kind)}") from None
        return Kind.REVIEW if stars is not None else self._choices.kind

    def _stars(self, text: str) -> float | None:
        if text.lower() in _UNTOLD:
            return None
        if set(text) <= set("★☆⭐"):
            value, best = float(len(text) - text.count("☆")), 5.0
        elif match := _STARS.fullmatch(text):
            value = float(match[1].replace(",", "."))
            best = float(match[2]) if match[2] else self._choices.stars_of
        else:
            value, best = -1.0, 5.0
        if not 0 <= value <= best:
            self.notes[f"ratings not between 0 and {self._choices.stars_of:g}, left out (see --stars-of)"] += 1
            return None
        return round(value * 5 / best, 2)

    def _engagement(self, cells: Mapping[str, Any], created: datetime) -> Engagement | None:
        counts = {field: self._count(field, cells.get(field)) for field in _COUNTS}
        if all(count is None for count in counts.values()):
            return None
        return Engagement(seen=max(self._seen, created), **counts)

    def _count(self, field: str, cell: Any) -> int | None:
        text = _line(cell).replace(",", "").replace(" ", "")
        if text.lower() in _UNTOLD:
            return None
        match = _COUNT.fullmatch(text)
        count = round(float(match[1]) * {"": 1, "k": 1_000, "m": 1_000_000}[match[2].lower()]) if match else None
        if count is None or count > COUNT_MAX:
            self.notes[f"{field} that are no number, left out"] += 1
            return None
        return count


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadData(f"There is no time zone '{name}'; name one like Europe/Berlin.") from None


def _line(cell: Any) -> str:
    """A cell that is one short line: trimmed, without null characters; a number as it is written; objects and lists
    tell nothing here."""
    if isinstance(cell, str):
        return cell.replace("\0", "").strip()
    return str(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else ""


def _global(network: str, own: str) -> str:
    return own if not own or _GLOBAL.fullmatch(own) else f"file:{network}:{own}"


def _lang(text: str) -> str:
    return text.replace("_", "-") if _LANG.fullmatch(text) and text.lower() != "und" else ""


def _url(text: str) -> str:
    good = text.lower().startswith(("https://", "http://")) and len(text) <= 2_000
    return text if good else ""


def _yes(cell: Any) -> bool:
    return cell is True or _line(cell).lower() in ("true", "yes", "y", "1", "t")
