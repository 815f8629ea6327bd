"""The headers of a mail, read tolerantly: nothing in them raises."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import NamedTuple

from amends.channels.email.charsets import unescaped, words

MOST = 10_000  # characters of a header that are looked at
ADDRESS = re.compile(r"(?<![^\s<>@,;:\"()\[\]\\])[^\s<>@,;:\"()\[\]\\]+@[^\s<>@,;:\"()\[\]\\]+")
LATE = timedelta(days=7)  # a mail takes at most so long
EARLY = timedelta(minutes=10)  # clocks differ


class Mailbox(NamedTuple):
    """`address` is in lower case: no server that matters minds."""

    address: str
    display: str


class Headers:
    """Of a mail or of one of its parts. Names don't mind their case."""

    def __init__(self, message: Message) -> None:
        self._found: dict[str, list[str]] = {}
        for name, value in message.raw_items():
            self._found.setdefault(name.lower(), []).append(str(value)[:MOST])

    def all(self, name: str) -> list[str]:
        """Every such header as it came, unfolded."""
        return [" ".join(unescaped(value).split()) for value in self._found.get(name, ())]

    def raw(self, name: str) -> str:
        """The first such header, unfolded; "" where there is none."""
        return next(iter(self.all(name)), "")

    def words(self, name: str) -> str:
        """The first such header as a person reads it."""
        return words(next(iter(self._found.get(name, ())), ""))

    def mailboxes(self, *names: str) -> list[Mailbox]:
        """The addresses in these headers, in order."""
        return [box for name in names for value in self.all(name) for box in mailboxes(value)]

    def __contains__(self, name: str) -> bool:
        return name in self._found


def mailboxes(value: str) -> list[Mailbox]:
    """The addresses in a header, with the names that stand before them."""
    try:
        pairs = getaddresses([value])
    except (RecursionError, ValueError, IndexError, TypeError):  # comments in comments without end
        pairs = []
    found = [Mailbox(address.lower(), words(name)[:200]) for name, address in pairs if ADDRESS.fullmatch(address)]
    return found or [Mailbox(address.lower(), "") for address in ADDRESS.findall(value)[:1]]


def date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def written(value: str, received: datetime) -> datetime:
    """When it was written: as its Date says where that can be, else when it was received."""
    claimed = date(value)
    return claimed if claimed and received - LATE <= claimed <= received + EARLY else received
