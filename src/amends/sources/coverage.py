"""What was really heard, and where the holes are. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    start: datetime
    end: datetime


def join(last: Span | None, heard: Span) -> tuple[Span, bool]:
    """(the span to keep, whether it goes on from `last`): a span that touches the last one lengthens it."""
    if last is None or heard.start > last.end or heard.end < last.start:
        return heard, False
    return Span(min(last.start, heard.start), max(last.end, heard.end)), True


def gaps(spans: Iterable[Span]) -> list[Span]:
    """The holes between the spans, oldest first. Spans may come in any order and overlap."""
    holes: list[Span] = []
    until: datetime | None = None
    for span in sorted(spans):
        if until is not None and span.start > until:
            holes.append(Span(until, span.start))
        until = span.end if until is None else max(until, span.end)
    return holes
