"""What may be asked about posts; everything through the member's brand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.db.models.functions import Left, Length
from django.http import Http404

from amends.accounts.access import Member
from amends.conversations import search as index
from amends.conversations.models import Attachment, Conversation, Post, PostVersion
from amends.people.queries import called

SHOWN = 20_000  # characters of a post; one may have two million, and a thread three hundred posts
WORDINGS = 50


@dataclass(frozen=True)
class Attached:
    """A file that came with a post. `kept`: it is here, and not only its name."""

    id: int
    name: str
    mime: str
    alt: str
    size: int
    kept: bool


@dataclass(frozen=True)
class ThreadPost:
    """A post as a thread shows it. `versions`: how many earlier wordings are kept."""

    id: int
    conversation_id: int
    external_id: str
    parent: str
    handle_id: int
    name: str
    handle: str
    network: str
    kind: str
    visibility: str
    ours: bool
    text: str
    subject: str
    lang: str
    created: datetime
    edited: datetime | None
    deleted: datetime | None
    url: str
    promoted: bool
    stars: float | None
    media: list[dict[str, Any]]
    likes: int | None
    reshares: int | None
    replies: int | None
    views: int | None
    negative: float
    positive: float
    intensity: float
    marks: list[str]
    labels: dict[str, float]
    emotion: str
    depth: str
    versions: int
    author_user: str
    folded: str = ""
    warning: str = ""
    unanswerable: str = ""
    attached: Sequence[Attached] = ()


_COLUMNS = (
    "id", "conversation_id", "external_id", "parent", "handle_id", "network", "kind", "visibility", "ours",
    "lang", "created", "edited", "deleted", "url", "promoted", "stars", "media", "warning", "unanswerable", "likes",
    "reshares", "replies", "views", "negative", "positive", "intensity", "marks",
    "labels", "emotion", "depth",
)  # fmt: skip

_MORE = (
    "wordings", "said", "below", "headed", "handle__name", "handle__display", "reply__author__name",
    "reply__author__email",
)  # fmt: skip
_SAID = {
    "wordings": Count("versions"),
    "said": Left("text", SHOWN + 1),
    "below": Left("folded", SHOWN + 1),
    "headed": Left("subject", 1000),
}


def thread(member: Member, conversation_ids: Sequence[int], limit: int = 300) -> list[ThreadPost]:
    """The newest `limit` posts of these conversations, oldest first."""
    posts = Post.objects.filter(brand=member.brand, conversation__in=list(conversation_ids))
    rows = posts.annotate(**_SAID).order_by("-created", "-pk").values(*_COLUMNS, *_MORE)
    found = list(reversed(rows[:limit]))
    attached = _attached([row["id"] for row in found])
    return [_thread_post(row, attached.get(row["id"], ())) for row in found]


def post(member: Member, post_id: int) -> ThreadPost:
    """One post, without its files; 404 for one that isn't the brand's."""
    row = Post.objects.filter(brand=member.brand, pk=post_id).annotate(**_SAID).values(*_COLUMNS, *_MORE).first()
    if row is None:
        raise Http404
    return _thread_post(row)


def _attached(ids: Sequence[int]) -> dict[int, list[Attached]]:
    """The files of these posts, by post, without their content."""
    files: dict[int, list[Attached]] = {}
    for row in Attachment.objects.filter(post__in=ids).defer("content").annotate(held=Length("content")).order_by("pk"):
        one = Attached(row.pk, row.name, row.mime, row.alt, row.size, kept=bool(row.held))
        files.setdefault(row.post_id, []).append(one)
    return files


def attachment(member: Member, attachment_id: int) -> Attachment | None:
    """A file that came with one of the brand's posts."""
    return Attachment.objects.filter(post__brand=member.brand, pk=attachment_id).first()


def _thread_post(row: dict[str, Any], attached: Sequence[Attached] = ()) -> ThreadPost:
    name = row["handle__name"]
    return ThreadPost(
        **{column: row[column] for column in _COLUMNS},
        text=shortened(row["said"]),
        folded=shortened(row["below"]),
        subject=row["headed"],
        name=row["handle__display"] or name,
        handle=called(name),
        versions=row["wordings"],
        attached=attached,
        author_user=row["reply__author__name"] or (row["reply__author__email"] or "").partition("@")[0],
    )


def shortened(said: str) -> str:
    """A text of which `SHOWN` + 1 characters were asked for, as it is shown."""
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}…"


def conversations(member: Member, ids: Sequence[int]) -> list[Conversation]:
    return list(Conversation.objects.filter(brand=member.brand, pk__in=list(ids)).order_by("started"))


@dataclass(frozen=True)
class Wording:
    """What a post said `until` it was edited."""

    text: str
    until: datetime


def wordings(member: Member, post_id: int) -> list[Wording]:
    """What a post said before its edits, oldest first; of very many the newest `WORDINGS`."""
    rows = PostVersion.objects.filter(post=post_id, post__brand=member.brand).order_by("-pk")
    found = rows.values_list(Left("text", SHOWN + 1), "until")[:WORDINGS]
    return [Wording(shortened(said), until) for said, until in reversed(found)]


def search(member: Member, text: str, before: int | None = None, limit: int = 30) -> list[ThreadPost]:
    """Posts that answer the query `text`, newest first, on from the post id `before`. Raises `listening.QueryError`."""
    ids = index.find(member.brand.pk, text, before, limit)
    rows = (
        Post.objects.filter(brand=member.brand, pk__in=ids).annotate(**_SAID).order_by("-pk").values(*_COLUMNS, *_MORE)
    )
    return [_thread_post(row) for row in rows]
