"""Likes, reshares, replies, quotes and views over time: newer counts are taken over, and each reading is kept."""

from __future__ import annotations

from collections.abc import Sequence

from amends.channels.base import Engagement, Reading
from amends.conversations.lookup import COUNTS, Existing, existing
from amends.conversations.models import EngagementReading
from amends.conversations.models import Post as Row
from amends.events.transaction import Tx
from amends.events.types import PostChanged


def read_counts(tx: Tx, brand_id: int, readings: Sequence[Reading]) -> list[int]:
    """Take new engagement counts over; the ids of the posts that they changed."""
    changed: list[int] = []
    for network in sorted({one.network for one in readings}):
        mine = sorted((one for one in readings if one.network == network), key=lambda one: one.engagement.seen)
        have = existing(brand_id, network, {one.id for one in mine})
        for one in mine:
            old = have.get(one.id)
            if old is not None and not old.deleted and take(tx, brand_id, old, one.engagement):
                changed.append(old.id)
    return changed


def take(tx: Tx, brand_id: int, old: Existing, counts: Engagement) -> bool:
    """Take newer counts over; False when they are older than what is known, or the same."""
    if old.counted is not None and counts.seen <= old.counted:
        return False
    told = (counts.likes, counts.reshares, counts.replies, counts.quotes, counts.views)
    new = [was if now is None else now for was, now in zip(old.counts, told, strict=True)]
    if new == list(old.counts):
        return False
    values = dict(zip(COUNTS, new, strict=True))
    Row.objects.filter(pk=old.id).update(counted=counts.seen, **values)
    EngagementReading.objects.create(post_id=old.id, at=counts.seen, **values)
    tx.tell(brand_id, PostChanged(conversation=old.conversation, post=old.id, what="engagement"))
    return True
