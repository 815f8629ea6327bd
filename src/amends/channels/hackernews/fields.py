"""Reading what Hacker News writes in its own way: words, numbers of items, counts and instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from amends.channels.foreign import text
from amends.channels.markup import words

NUMBER = re.compile(r"[1-9][0-9]{0,15}")
OPENED = 1_160_418_111  # 9 October 2006, its first story, in epoch seconds
LAST = 253_370_764_800  # the year 9999
# Long addresses are shown shortened, and whole only in the link.
SHORTENED = re.compile(r'<a\s[^<>]*?href="([^"<>]+)"[^<>]*>[^<>]*\.\.\.</a>')


def said(html: object) -> str:
    """The words of a piece of HTML, its addresses whole."""
    return words(SHORTENED.sub(r"\1", text(html)))


def number(value: object) -> int:
    """The number of an item, which some write as a text; 0 for anything else."""
    if type(value) is int:
        return value if 0 < value < 1 << 53 else 0
    return int(value) if isinstance(value, str) and NUMBER.fullmatch(value) else 0


def count(value: object) -> int | None:
    """A number of points (which may fall below none) or comments."""
    return max(value, 0) if type(value) is int and abs(value) < 1 << 53 else None


def when(value: object) -> datetime | None:
    """An instant from epoch seconds, if it can be one of an item's."""
    return datetime.fromtimestamp(value, UTC) if type(value) is int and OPENED <= value < LAST else None
