"""What may be asked of the table of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from amends.events.models import Event


class Stored(NamedTuple):
    """One event as it lies in the table: `data` is its JSON (`types.decode` reads it)."""

    id: int
    brand: int
    data: str


def head() -> int:
    """The id of the newest event; 0 when nothing has ever happened."""
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def oldest() -> int:
    """The id of the oldest event still kept; 0 when nothing has ever happened. Whoever has heard everything below it
    can be told the rest from the table."""
    return Event.objects.order_by("id").values_list("id", flat=True).first() or 0


def since(after: int, brands: Iterable[int], limit: int) -> list[Stored]:
    """The first `limit` events of these brands with an id greater than `after`, in id order."""
    rows = Event.objects.filter(id__gt=after, brand__in=list(brands)).order_by("id")
    return [Stored(*row) for row in rows.values_list("id", "brand", "data")[:limit]]
