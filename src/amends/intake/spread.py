"""Posts spread: what new counts of likes, reshares and views do to the cases of those who wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from amends import reach
from amends.cases import intake as cases
from amends.cases.facts import facts
from amends.channels.base import Author, Engagement, Kind, Media, Post, Visibility
from amends.conversations.models import EngagementReading
from amends.conversations.models import Post as Row
from amends.events.transaction import Tx
from amends.people.models import Handle


def spread_further(tx: Tx, brand_id: int, post_ids: Sequence[int]) -> None:
    """New counts came for these posts: forecast anew, and let their cases rise."""
    if not post_ids:
        return
    places: list[tuple[int, int, reach.Place]] = []
    rows = Row.objects.filter(brand_id=brand_id, pk__in=post_ids, ours=False, deleted=None).select_related("handle")
    for row in rows:
        post = _as_post(row, row.handle)
        place = reach.place(
            facts(
                post,
                negative=row.negative,
                positive=row.positive,
                intensity=row.intensity,
                marks=tuple(row.marks),
                followers=row.handle.followers,
                addressed=row.addressed,
                growth=growth(row.pk),
                waiting_before=0,
                now=tx.now,
            )
        )
        places.append((row.pk, row.handle_id, place))
    if places:
        cases.move(tx, brand_id, places)


def growth(post_id: int) -> tuple[int, timedelta] | None:
    """Reshares gained between the last two readings at least a minute apart, and in how long."""
    readings = EngagementReading.objects.filter(post=post_id).exclude(reshares=None).order_by("-at")
    rows = list(readings.values_list("at", "reshares")[:20])
    for at, reshares in rows[1:]:
        if rows[0][0] - at >= timedelta(minutes=1):
            return max(0, (rows[0][1] or 0) - (reshares or 0)), rows[0][0] - at
    return None


def _as_post(row: Row, handle: Handle) -> Post:
    return Post(
        network=row.network,
        id=row.external_id,
        author=Author(id=handle.external_id, followers=handle.followers, verified=handle.verified),
        created=row.created,
        kind=Kind(row.kind),
        visibility=Visibility(row.visibility),
        parent=row.parent,
        media=msgspec.convert(row.media, tuple[Media, ...]),
        stars=row.stars,
        promoted=row.promoted,
        engagement=Engagement(
            seen=row.counted, likes=row.likes, reshares=row.reshares, replies=row.replies, views=row.views
        )
        if row.counted
        else None,
    )
