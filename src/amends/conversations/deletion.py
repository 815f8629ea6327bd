"""What goes: posts that their writers deleted, whichever is heard first, and raw payloads that are too old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from amends.channels.base import Deletion
from amends.conversations import search
from amends.conversations.lookup import existing
from amends.conversations.models import Attachment, PostVersion, RawPost, Tombstone
from amends.conversations.models import Post as Row
from amends.events.rows import insert
from amends.events.transaction import Tx
from amends.events.types import PostChanged


def delete(tx: Tx, brand_id: int, deletions: Sequence[Deletion]) -> list[int]:
    """Blank the posts that their network deleted; the ids of those that stood here. The others get a tombstone."""
    gone: list[int] = []
    for network in sorted({one.network for one in deletions}):
        mine = {one.id[:512]: one for one in deletions if one.network == network}
        have = existing(brand_id, network, mine)
        insert(
            Tombstone,
            ("brand", "network", "external_id", "at"),
            [(brand_id, network, key, tx.now) for key in sorted(mine.keys() - have.keys())],
            or_ignore=True,
        )
        for key, old in have.items():
            if not old.deleted:
                _blank(tx, brand_id, old.id, old.conversation, mine[key].at)
                gone.append(old.id)
    return gone


def _blank(tx: Tx, brand_id: int, post_id: int, conversation_id: int, at: datetime) -> None:
    words = {"text": "", "subject": "", "media": [], "folded": "", "warning": ""}
    read = {"marks": [], "labels": {}, "emotion": ""}
    Row.objects.filter(pk=post_id).update(deleted=at, **words, **read)
    Attachment.objects.filter(post_id=post_id).delete()
    PostVersion.objects.filter(post_id=post_id).delete()
    RawPost.objects.filter(post_id=post_id).delete()
    search.forget(post_id)
    tx.tell(brand_id, PostChanged(conversation=conversation_id, post=post_id, what="deleted"))


def lay_to_rest(tx: Tx, keep: timedelta = timedelta(hours=6)) -> dict[int, list[int]]:
    """Blank posts that were stored while their deletion was being told (two writers on PostgreSQL can pass each other),
    and drop tombstones older than `keep`, which no network's delay outlasts. The posts blanked, by brand."""
    same = Row.objects.filter(
        brand=OuterRef("brand"), network=OuterRef("network"), external_id=OuterRef("external_id"), deleted=None
    )
    late = Tombstone.objects.filter(Exists(same)).values_list("brand_id", "network", "external_id", "at")
    gone: dict[int, list[int]] = {}
    for brand_id, network, key, at in list(late):
        row = Row.objects.get(brand_id=brand_id, network=network, external_id=key)
        _blank(tx, brand_id, row.pk, row.conversation_id, at)
        gone.setdefault(brand_id, []).append(row.pk)
    Tombstone.objects.filter(at__lt=tx.now - keep).delete()
    return gone


def forget_raw(days: int, now: datetime) -> int:
    """Raw payloads older than `days` are dropped, some thousand at a time; how many."""
    ids = list(RawPost.objects.filter(at__lt=now - timedelta(days=days)).values_list("pk", flat=True)[:5000])
    return RawPost.objects.filter(pk__in=ids).delete()[0] if ids else 0
