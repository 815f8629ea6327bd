"""A text that is too long for one post, as several. Pure."""

from __future__ import annotations

import re

from amends.channels.length import too_long
from amends.channels.manifest import Limits

# Where a reader would pause, the longest pause first: a paragraph, a line, a sentence, a clause, a word.
PAUSES = (r"\n\s*\n", r"\n", r"(?<=[.!?…])\s+|(?<=[。！？])", r"(?<=[,;:])\s+|(?<=[、，；：])", r"\s+")


def split(text: str, limits: Limits) -> tuple[str, ...]:
    """The posts that the text goes out as, each within the limits, in order: broken where a reader would pause, as late
    as each post allows. One post where it fits. There may be more than `limits.parts`: who asks counts them."""
    text = text.strip()
    parts: list[str] = []
    while too_long(text, limits):
        first = _first(text, limits)
        parts.append(first.rstrip())
        text = text[len(first) :].strip()
    return (*parts, text) if text or not parts else tuple(parts)


def _first(text: str, limits: Limits) -> str:
    """The longest beginning that fits one post, up to the longest pause in its second half, or else any."""
    most = _most(text, limits)
    for least in (most // 2, 1):
        for pause in PAUSES:
            ends = [found.start() for found in re.finditer(pause, text[: most + 1]) if least <= found.start() <= most]
            if ends:
                return text[: ends[-1]]
    return text[:most]


def _most(text: str, limits: Limits) -> int:
    """How many code points of the text fit, at least one; what a reader takes for one character is not broken."""
    import regex

    ends: list[int] = [found.end() for found in regex.finditer(r"\X", text[: 4 * (limits.text or limits.bytes) + 64])]
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if too_long(text[: ends[middle]], limits) else (middle, high)
    return ends[low]
