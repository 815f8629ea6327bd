"""Storing posts and the threads they form: new ones, newer versions, who has seen them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from django.db import connection

from amends.channels.base import Engagement, Post
from amends.conversations import counts, search
from amends.conversations.lookup import COUNTS, Existing, existing, threads
from amends.conversations.models import Attachment, Conversation, EngagementReading, PostVersion, RawPost, Sighting
from amends.conversations.models import Post as Row
from amends.conversations.reading import kept
from amends.events.rows import among, insert, reserve, select
from amends.events.transaction import Tx
from amends.events.types import PostAdded, PostChanged
from amends.triage.base import UNREAD, Judgement

LARGEST_FILE = 10 << 20  # bytes of an attachment that is kept; of a larger one only its name
MOST_FILES = 50  # of a post


class Judged(msgspec.Struct, frozen=True):
    """A post that is kept, with what was found out about it outside the transaction. `namesake`: it surely is about
    something else of the brand's name, and is not written to the brand."""

    post: Post
    lang: str = ""
    said: Judgement = UNREAD
    deepen: bool = False
    search: str = ""
    queries: tuple[int, ...] = ()
    ours: bool = False
    addressed: bool = False
    namesake: bool = False


class Stored(msgspec.Struct, frozen=True):
    """A post as it now stands in the database, and what this batch changed about it."""

    id: int
    judged: Judged
    conversation: int
    handle: int
    change: str  # "new", "edited", "addressed", "engagement", ""


def know(brand_id: int, network: str, posts: Iterable[Post]) -> dict[str, int]:
    """The conversations of these posts by the thread's id, made where there are none."""
    first: dict[str, Post] = {}
    for post in posts:
        first.setdefault(post.thread[:512], post)
    known = threads(brand_id, network, first)
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
            known |= threads(brand_id, network, fresh)
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
        (one.id, told.seen, told.likes, told.reshares, told.replies, told.quotes, told.views)
        for one in new
        if (told := one.judged.post.engagement) is not None
    ]
    insert(EngagementReading, ("post", "at", *COUNTS), readings)
    insert(Attachment, _FILE_FIELDS, [values for one in new for values in _files(one.id, one.judged.post)])
    search.index(brand_id, [(one.id, one.judged.search) for one in new])
    for one in new:
        tx.tell(
            brand_id,
            PostAdded(conversation=one.conversation, post=one.id, handle=one.handle, ours=one.judged.ours),
        )


_POST_FIELDS = (
    "id", "brand", "conversation", "handle", "network", "external_id", "parent", "kind", "visibility", "text",
    "subject", "lang", "created", "seen", "edited", "stamp", "deleted", "url", "promoted", "addressed", "ours",
    "stars", "media", "folded", "warning", "unanswerable", "context", "negative", "positive", "intensity", "marks",
    "labels", "emotion", "depth", "deepen", *COUNTS, "counted",
)  # fmt: skip
_FILE_FIELDS = ("post", "name", "mime", "alt", "size", "content")
_NO_COUNTS = Engagement(seen=datetime(1970, 1, 1, tzinfo=UTC))


def _post_values(tx: Tx, brand_id: int, one: Stored) -> tuple[object, ...]:
    judged, post = one.judged, one.judged.post
    numbers = post.engagement or _NO_COUNTS
    return (
        one.id, brand_id, one.conversation, one.handle, post.network, post.id[:512], post.parent[:512], post.kind.value,
        post.visibility.value, post.text, post.subject, judged.lang[:16], post.created, tx.now, post.edited, post.stamp,
        None, post.url, post.promoted, judged.addressed, judged.ours, post.stars, msgspec.to_builtins(post.media),
        post.folded, post.warning[:300], post.unanswerable[:300], post.context,
        *kept(judged.said).values(), judged.deepen,
        numbers.likes, numbers.reshares, numbers.replies, numbers.quotes, numbers.views,
        post.engagement and numbers.seen,
    )  # fmt: skip


def _files(post_id: int, post: Post) -> list[tuple[object, ...]]:
    """What came with the post, as far as it is kept."""
    return [
        (post_id, file.name[:255], file.mime[:100], file.alt, len(file.content), file.content[: LARGEST_FILE * fits])
        for file in post.files[:MOST_FILES]
        for fits in [len(file.content) <= LARGEST_FILE]
    ]


def _sight(tx: Tx, source_id: int, stored: Iterable[Stored]) -> None:
    rows = {one.id: (one.id, source_id, one.judged.queries, tx.now) for one in stored}
    insert(Sighting, ("post", "source", "queries", "at"), rows.values(), or_ignore=True)


def _apply(tx: Tx, brand_id: int, one: Judged, old: Existing, *, by_writer: bool) -> str:
    """Bring a stored post up to date; tells the weightiest of what changed (see `Stored`). Only its writer edits it:
    another's post under the same id is not taken for a new version."""
    post = one.post
    change = ""
    if post.engagement is not None and counts.take(tx, brand_id, old, post.engagement):
        change = "engagement"
    if by_writer and one.addressed and not old.addressed:  # one source finds it, another knows that it is for us
        Row.objects.filter(pk=old.id).update(addressed=True)
        change = "addressed"
    says_else = (post.text, post.subject, post.stars) != (old.text, old.subject, old.stars)
    if by_writer and post.stamp > old.stamp and says_else:
        PostVersion.objects.create(post_id=old.id, stamp=old.stamp, text=old.text, until=tx.now)
        Row.objects.filter(pk=old.id).update(
            text=post.text,
            subject=post.subject,
            stars=post.stars,
            stamp=post.stamp,
            edited=post.edited or tx.now,
            lang=one.lang[:16],
            context=post.context,
            media=msgspec.to_builtins(post.media),
            folded=post.folded,
            warning=post.warning[:300],
            **kept(one.said),
            deepen=one.deepen,
        )
        search.reindex(brand_id, old.id, one.search)
        tx.tell(brand_id, PostChanged(conversation=old.conversation, post=old.id, what="edited"))
        change = "edited"
    return change
