"""Everything that can happen, closed: ids, versions and small facts, never a customer's words (they must be erasable).

An event tells the state after it, not the difference: of two events about one case the greater `version` is right,
so replaying them in any order gives what a reload gives.
"""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type"):
    """The root of all event types. Instants are milliseconds since 1970."""


class CaseChanged(Event, frozen=True, tag="case"):
    """A case was opened, or anything about its place in the queue changed. The facts are all that a queue needs."""

    case: int
    version: int
    state: str
    priority: str
    answer_by: int
    due: int | None = None
    breached: bool = False
    assignee: int | None = None
    team: int | None = None
    handle: int = 0


class PostAdded(Event, frozen=True, tag="post"):
    conversation: int
    post: int
    handle: int | None = None
    ours: bool = False


class PostChanged(Event, frozen=True, tag="post.changed"):
    """Edited, deleted, counted anew, or read more thoroughly."""

    conversation: int
    post: int
    what: str  # "edited", "deleted", "engagement", "read"


class ReadingCorrected(Event, frozen=True, tag="reading"):
    """Somebody said what a post is, or took that back: then `value` is ""."""

    conversation: int
    post: int
    name: str  # "sentiment", or a label
    value: str = ""


class NoteAdded(Event, frozen=True, tag="note"):
    case: int
    note: int
    author: int
    mentions: tuple[int, ...] = ()


class ReplyChanged(Event, frozen=True, tag="reply"):
    case: int
    reply: int
    state: str


class Present(Event, frozen=True, tag="present"):
    """Somebody has the case open, is typing an answer, or has left."""

    case: int
    user: int
    name: str
    doing: str  # "looking", "typing", "gone"


class SourceChanged(Event, frozen=True, tag="source"):
    source: int
    state: str


class BrandChanged(Event, frozen=True, tag="brand"):
    """Settings, queries, members or teams changed: what is cached about the brand is stale."""

    what: str


class AccessChanged(Event, frozen=True, tag="access"):
    """Somebody's memberships or sessions changed: their streams are closed and opened anew."""

    user: int


AnyEvent = (
    CaseChanged
    | PostAdded
    | PostChanged
    | ReadingCorrected
    | NoteAdded
    | ReplyChanged
    | Present
    | SourceChanged
    | BrandChanged
    | AccessChanged
)

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(AnyEvent).decode
