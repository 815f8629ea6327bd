"""What reach has to know of a post to place its case: of one that has just come, and of those that are stored."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from amends import reach
from amends.channels.base import Author, Engagement, Kind, Media, MediaKind, Post, Visibility
from amends.conversations.models import EngagementReading
from amends.conversations.models import Post as Row
from amends.people.models import Handle


def spread(post: Post, followers: int | None, growth: tuple[int, timedelta] | None, now: datetime) -> reach.Spread:
    """How the post travels, as far as is known."""
    counts = post.engagement or Engagement(seen=now)
    return reach.Spread(
        age=max(now - post.created, timedelta(0)),
        visibility=post.visibility,
        followers=followers,
        reshares=counts.reshares,
        likes=counts.likes,
        replies=counts.replies,
        views=counts.views,
        growth=growth,
        promoted=post.promoted,
    )


def facts(
    post: Post,
    *,
    negative: float,
    positive: float,
    intensity: float,
    marks: tuple[str, ...],
    followers: int | None,
    addressed: bool,
    growth: tuple[int, timedelta] | None,
    now: datetime,
) -> reach.Facts:
    """Everything that decides where the post alone would put its case."""
    return reach.Facts(
        negative=negative,
        neutral=max(0.0, 1.0 - negative - positive),
        positive=positive,
        intensity=intensity,
        marks=marks,
        views=reach.expect_views(spread(post, followers, growth, now)),
        followers=followers,
        reshares=post.engagement.reshares if post.engagement else None,
        growth=growth,
        verified=post.author.verified,
        promoted=post.promoted,
        video=any(one.kind == MediaKind.VIDEO for one in post.media),
        stars=post.stars,
        private=post.visibility == Visibility.PRIVATE,
        addressed=addressed,
        reply=bool(post.parent),
    )


def stored(post_ids: Collection[int], now: datetime) -> dict[int, reach.Facts]:
    """The facts of these posts as they stand in the database, by id: of customers' posts that are not deleted."""
    rows = Row.objects.filter(pk__in=post_ids, ours=False, deleted=None).select_related("handle")
    return {
        row.pk: facts(
            _as_post(row, row.handle),
            negative=row.negative,
            positive=row.positive,
            intensity=row.intensity,
            marks=tuple(row.marks),
            followers=row.handle.followers,
            addressed=row.addressed,
            growth=growth(row.pk),
            now=now,
        )
        for row in rows.defer("text", "subject", "context")
    }


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
