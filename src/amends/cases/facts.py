"""What reach has to know of a stored post to place its case."""

from __future__ import annotations

from datetime import datetime, timedelta

from amends import reach
from amends.channels.base import Engagement, MediaKind, Post, Visibility


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
    waiting_before: int,
    now: datetime,
) -> reach.Facts:
    """Everything that decides the place of the post's case."""
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
        waiting_before=waiting_before,
    )
