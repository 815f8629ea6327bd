"""Reading foreign JSON: whatever stands there, a value of the wanted kind or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from amends.channels.markup import words

NUMBER = re.compile(r"[1-9][0-9]{0,15}")
OPENED = 1_160_418_111  # 9 October 2006, its first story, in epoch seconds
LAST = 253_370_764_800  # the year 9999
# Long addresses are shown shortened, and whole only in the link.
SHORTENED = re.compile(r'<a\s[^<>]*?href="([^"<>]+)"[^<>]*>[^<>]*\.\.\.</a>')


def text(value: object) -> str:
    """The text without NUL characters and stray halves of characters; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def said(html: object) -> str:
    """The words of a piece of HTML, its addresses whole."""
    return text(words(SHORTENED.sub(r"\1", text(html)))).strip()


def fields(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


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
