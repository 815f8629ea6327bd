"""Every write about conversations and posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from django.db import connection
from django.db.models import Exists, OuterRef

from amends.channels.base import Deletion, Engagement, Post, Reading
from amends.conversations import search
from amends.conversations.models import Conversation, EngagementReading, PostVersion, RawPost, Sighting, Tombstone
from amends.conversations.models import Post as Row
from amends.events.rows import among, insert, instant, reserve, select
from amends.events.transaction import Tx
from amends.events.types import PostAdded, PostChanged

COUNTS = ("likes", "reshares", "replies", "quotes", "views")


class Judged(msgspec.Struct, frozen=True):
    """A post that is kept, with what was found out about it outside the transaction."""

    post: Post
    lang: str = ""
    negative: float = 0.0
    positive: float = 0.0
    intensity: float = 0.0
    marks: tuple[str, ...] = ()
    search: str = ""
    queries: tuple[int, ...] = ()
    ours: bool = False
    addressed: bool = False


class Stored(msgspec.Struct, frozen=True):
    """A post as it now stands in the database, and what this batch changed about it."""

    id: int
    judged: Judged
    conversation: int
    handle: int
    change: str  # "new", "edited", "addressed", "engagement", ""


class Existing(msgspec.Struct, frozen=True):
    id: int
    conversation: int
    stamp: int
    deleted: bool
    counts: tuple[int | None, ...]
    counted: datetime | None
    text: str
    handle: int
    addressed: bool


def existing(brand_id: int, network: str, external_ids: Iterable[str]) -> dict[str, Existing]:
    """The posts of these ids that are stored, deleted ones included."""
    condition, values = among("external_id", external_ids)
    rows = select(
        f"SELECT external_id, id, conversation_id, stamp, deleted, counted, text, handle_id, addressed,"  # noqa: S608
        f" {', '.join(COUNTS)} FROM conversations_post WHERE brand_id = %s AND network = %s AND {condition}",
        [brand_id, network, values],
    )
    return {
        row[0]: Existing(
            row[1], row[2], row[3], row[4] is not None, tuple(row[9:]), instant(row[5]), row[6], row[7], bool(row[8])
        )
        for row in rows
    }


def known_threads(brand_id: int, network: str, roots: Iterable[str]) -> set[str]:
    """Which of these thread ids are conversations of ours already."""
    return set(_threads(brand_id, network, roots))


def _threads(brand_id: int, network: str, roots: Iterable[str]) -> dict[str, int]:
    condition, values = among("external_id", roots)
    rows = select(
        "SELECT external_id, id FROM conversations_conversation"  # noqa: S608 - our own names
        f" WHERE brand_id = %s AND network = %s AND {condition}",
        [brand_id, network, values],
    )
    return dict(rows)


def know(brand_id: int, network: str, posts: Iterable[Post]) -> dict[str, int]:
    """The conversations of these posts by the thread's id, made where there are none."""
    first: dict[str, Post] = {}
    for post in posts:
        first.setdefault(post.thread[:512], post)
    known = _threads(brand_id, network, first)
    fresh = sorted(first.keys() - known.keys())
    if fresh:
        ids = reserve(Conversation, len(fresh))
        insert(
            Conversation,
            ("id", "brand", "network", "external_id", "visibility", "subject", "started"),
            [
                (pk, brand_id, network, key, first[key].visibility, first[key].subject, first[key].created)
                for pk, key in zip(ids, fresh, strict=True)
            ],
            or_ignore=True,
        )
        if connection.vendor == "postgresql":  # somebody may have been faster
            known |= _threads(brand_id, network, fresh)
        else:
            known |= dict(zip(fresh, ids, strict=True))
    return known


def store(
    tx: Tx,
    brand_id: int,
    source_id: int,
    posts: Sequence[Judged],
    handles: Mapping[str, int],
    conversations: Mapping[str, int],
) -> list[Stored]:
    """Store posts of one network: new ones inserted, newer versions and counts applied, the rest passed over.

    A post whose tombstone is here stays deleted. The answer tells what changed, in the order given; call it with the
    posts' handles locked, so that nobody stores the same posts at the same time.
    """
    if not posts:
        return []
    network = posts[0].post.network
    keys = {one.post.id[:512] for one in posts}
    have = existing(brand_id, network, keys)
    dead = _dead(brand_id, network, keys - have.keys())
    fresh: dict[str, Judged] = {}
    stored: list[Stored] = []
    for one in posts:
        key = one.post.id[:512]
        old = have.get(key)
        if key in dead:
            continue
        if old is None and (key not in fresh or fresh[key].post.stamp < one.post.stamp):
            fresh[key] = one
        elif old is not None and not old.deleted:
            handle = handles[one.post.author.id[:512]]
            change = _apply(tx, brand_id, one, old, by_writer=handle == old.handle)
            stored.append(Stored(old.id, one, old.conversation, handle, change))
    ids = reserve(Row, len(fresh))
    new = [
        Stored(pk, one, conversations[one.post.thread[:512]], handles[one.post.author.id[:512]], "new")
        for pk, one in zip(ids, fresh.values(), strict=True)
    ]
    _insert(tx, brand_id, new)
    _sight(tx, source_id, [*new, *stored])
    return [*new, *stored]


def _dead(brand_id: int, network: str, external_ids: set[str]) -> set[str]:
    if not external_ids:
        return set()
    condition, values = among("external_id", external_ids)
    rows = select(
        "SELECT external_id FROM conversations_tombstone"  # noqa: S608 - our own names
        f" WHERE brand_id = %s AND network = %s AND {condition}",
        [brand_id, network, values],
    )
    return {row[0] for row in rows}


def _insert(tx: Tx, brand_id: int, new: Sequence[Stored]) -> None:
    insert(Row, _POST_FIELDS, [_post_values(tx, brand_id, one) for one in new])
    insert(
        RawPost,
        ("post", "raw", "at"),
        [(one.id, one.judged.post.raw, tx.now) for one in new if one.judged.post.raw],
    )
    readings = [
        (one.id, counts.seen, counts.likes, counts.reshares, counts.replies, counts.quotes, counts.views)
        for one in new
        if (counts := one.judged.post.engagement) is not None
    ]
    insert(EngagementReading, ("post", "at", *COUNTS), readings)
    search.index(brand_id, [(one.id, one.judged.search) for one in new])
    for one in new:
        tx.tell(
            brand_id,
            PostAdded(conversation=one.conversation, post=one.id, handle=one.handle, ours=one.judged.ours),
        )


_POST_FIELDS = (
    "id", "brand", "conversation", "handle", "network", "external_id", "parent", "kind", "visibility", "text",
    "subject", "lang", "created", "seen", "edited", "stamp", "deleted", "url", "promoted", "addressed", "ours",
    "stars", "media", "context", "negative", "positive", "intensity", "marks", *COUNTS, "counted",
)  # fmt: skip
_NO_COUNTS = Engagement(seen=datetime(1970, 1, 1, tzinfo=UTC))


def _post_values(tx: Tx, brand_id: int, one: Stored) -> tuple[object, ...]:
    judged, post = one.judged, one.judged.post
    counts = post.engagement or _NO_COUNTS
    return (
        one.id, brand_id, one.conversation, one.handle, post.network, post.id[:512], post.parent[:512], post.kind.value,
        post.visibility.value, post.text, post.subject, judged.lang[:16], post.created, tx.now, post.edited, post.stamp,
        None, post.url, post.promoted, judged.addressed, judged.ours, post.stars, msgspec.to_builtins(post.media),
        post.context, judged.negative, judged.positive, judged.intensity, judged.marks, counts.likes, counts.reshares,
        counts.replies, counts.quotes, counts.views, post.engagement and counts.seen,
    )  # fmt: skip


def _sight(tx: Tx, source_id: int, stored: Iterable[Stored]) -> None:
    rows = {one.id: (one.id, source_id, one.judged.queries, tx.now) for one in stored}
    insert(Sighting, ("post", "source", "queries", "at"), rows.values(), or_ignore=True)


def _apply(tx: Tx, brand_id: int, one: Judged, old: Existing, *, by_writer: bool) -> str:
    """Bring a stored post up to date; tells the weightiest of what changed (see `Stored`). Only its writer edits it:
    another's post under the same id is not taken for a new version."""
    post = one.post
    change = ""
    if post.engagement is not None and _count(tx, brand_id, old, post.engagement):
        change = "engagement"
    if by_writer and one.addressed and not old.addressed:  # one source finds it, another knows that it is for us
        Row.objects.filter(pk=old.id).update(addressed=True)
        change = "addressed"
    if by_writer and post.stamp > old.stamp and post.text != old.text:
        PostVersion.objects.create(post_id=old.id, stamp=old.stamp, text=old.text, until=tx.now)
        Row.objects.filter(pk=old.id).update(
            text=post.text,
            stamp=post.stamp,
            edited=post.edited or tx.now,
            lang=one.lang[:16],
            context=post.context,
            media=msgspec.to_builtins(post.media),
            negative=one.negative,
            positive=one.positive,
            intensity=one.intensity,
            marks=list(one.marks),
        )
        search.reindex(brand_id, old.id, one.search)
        tx.tell(brand_id, PostChanged(conversation=old.conversation, post=old.id, what="edited"))
        change = "edited"
    return change


def _count(tx: Tx, brand_id: int, old: Existing, counts: Engagement) -> bool:
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


def writers(brand_id: int, keys: Iterable[tuple[str, str]]) -> set[int]:
    """The handles that wrote these posts, as far as they are stored; `keys` are (network, external id)."""
    found: set[int] = set()
    wanted = sorted(set(keys))
    for network in sorted({network for network, _ in wanted}):
        condition, values = among("external_id", [key[:512] for of, key in wanted if of == network])
        rows = select(
            "SELECT handle_id FROM conversations_post"  # noqa: S608 - our own names
            f" WHERE brand_id = %s AND network = %s AND {condition}",
            [brand_id, network, values],
        )
        found |= {row[0] for row in rows}
    return found


def partners(brand_id: int, network: str, roots: Iterable[str]) -> set[tuple[int, int]]:
    """Who else than the brand has written in these threads, as (conversation, handle)."""
    threads = _threads(brand_id, network, {root[:512] for root in roots})
    there = Row.objects.filter(conversation__in=list(threads.values()), ours=False)
    return set(there.values_list("conversation_id", "handle_id").distinct()) if threads else set()


def read_counts(tx: Tx, brand_id: int, readings: Sequence[Reading]) -> list[int]:
    """Take new engagement counts over; the ids of the posts that they changed."""
    changed: list[int] = []
    for network in sorted({one.network for one in readings}):
        mine = sorted((one for one in readings if one.network == network), key=lambda one: one.engagement.seen)
        have = existing(brand_id, network, {one.id for one in mine})
        for one in mine:
            old = have.get(one.id)
            if old is not None and not old.deleted and _count(tx, brand_id, old, one.engagement):
                changed.append(old.id)
    return changed


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
    Row.objects.filter(pk=post_id).update(deleted=at, text="", subject="", media=[], marks=[])
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
