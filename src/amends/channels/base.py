"""The values that travel through Amends, and what a channel must be.

A channel turns a network's payloads into `Post` values, field by field, and an `Outgoing` value into a reply on
that network. Everything here is frozen, knows nothing of Django, the database or the clock, and every instant is
an aware `datetime` in UTC.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

import msgspec


class Kind(StrEnum):
    """What sort of thing was written."""

    POST = "post"
    REVIEW = "review"
    DIRECT = "direct"
    MAIL = "mail"


class Visibility(StrEnum):
    """Who can read it on its network."""

    PUBLIC = "public"
    LIMITED = "limited"  # followers, members of a group
    PRIVATE = "private"  # the writer and the brand


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    LINK = "link"
    FILE = "file"


class Media(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture, film, sound, link card or file, coming in or going out."""

    kind: MediaKind
    url: str
    alt: str = ""
    mime: str = ""
    size: int | None = None  # bytes


class Author(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who wrote it, as far as the network told. `id` is the network's lasting one, `name` what people type after @."""

    id: str
    name: str = ""
    display: str = ""
    followers: int | None = None
    verified: bool = False
    created: datetime | None = None
    avatar: str = ""
    bio: str = ""


class Engagement(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counts as they stood at `seen`. None means the network did not say, which is not zero."""

    seen: datetime
    likes: int | None = None
    reshares: int | None = None
    replies: int | None = None
    quotes: int | None = None
    views: int | None = None


class Post(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing that somebody wrote, with everything a network may tell about it.

    `id`, `parent` and `root` are the network's global ids (AT-URI, ActivityPub URI, Message-ID). `root` is the first
    post of the thread and defaults to the post itself. `stamp` orders the versions of one post: of two readings the
    one with the greater stamp is the newer (an instant in microseconds where the network gives nothing better).
    `context` is opaque to all but its channel: what it will need to answer this post. `raw` is the payload as it
    came, kept in a table of its own and forgotten after a retention.
    """

    network: str
    id: str
    author: Author
    created: datetime
    text: str = ""
    subject: str = ""
    kind: Kind = Kind.POST
    visibility: Visibility = Visibility.PUBLIC
    parent: str = ""
    root: str = ""
    parent_author: str = ""  # the id of the author answered, where the network tells
    quotes: str = ""  # the id of the post that this one quotes
    lang: str = ""  # the network's or the writer's claim, BCP 47
    media: tuple[Media, ...] = ()
    stars: float | None = None  # of 5
    promoted: bool = False
    edited: datetime | None = None
    stamp: int = 0
    url: str = ""
    engagement: Engagement | None = None
    context: str = ""
    addressed: bool = False  # the network itself says it is for us: a notification, a direct message
    raw: bytes = b""

    @property
    def thread(self) -> str:
        """The id of the conversation this post belongs to."""
        return self.root or self.id


class Deletion(msgspec.Struct, frozen=True, omit_defaults=True):
    """The network says that a post is gone. Heard before its post, it leaves a tombstone."""

    network: str
    id: str
    at: datetime


class Reading(msgspec.Struct, frozen=True):
    """New engagement counts of a post already known."""

    network: str
    id: str
    engagement: Engagement


class Malformed(msgspec.Struct, frozen=True):
    """One item that could not be read: kept with its reason while the rest of the batch goes on."""

    reason: str
    raw: bytes


class Period(msgspec.Struct, frozen=True):
    """From `start` until `end` this `feed` of a source was really heard: nothing in it was missed.

    A feed is one of the ways a source hears: "notifications", "search", "jetstream".
    """

    feed: str
    start: datetime
    end: datetime


class Batch(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What one fetch brought. The cursor is opaque to all but its channel and is saved in the same transaction as
    the posts; None leaves the saved one as it is."""

    posts: tuple[Post, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    readings: tuple[Reading, ...] = ()
    malformed: tuple[Malformed, ...] = ()
    cursor: str | None = None
    covered: tuple[Period, ...] = ()


class Query(msgspec.Struct, frozen=True):
    """What a source should listen for: the query as written, and the words a network's own search can use for it.

    `terms` are alternatives; together they find at least all that the query matches (each is a word, a "phrase", an
    @handle or a #tag). A channel searches for them and Amends' own matcher decides.
    """

    id: int
    text: str
    terms: tuple[str, ...]


class Outgoing(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A reply, whole and fixed when it was approved, so that every attempt to send it is the same attempt.

    `key` comes from the channel's `new_key` and lets the network (or a look-up) recognise a repetition.
    """

    key: str
    text: str
    created: datetime
    to: str = ""  # the id of the post answered
    root: str = ""
    to_author: Author | None = None
    to_context: str = ""  # `Post.context` of the post answered
    visibility: Visibility = Visibility.PUBLIC
    lang: str = ""
    media: tuple[Media, ...] = ()


class Sent(msgspec.Struct, frozen=True, omit_defaults=True):
    """The reply as it now stands on the network."""

    id: str
    at: datetime
    url: str = ""
    context: str = ""


class Can(StrEnum):
    """What a channel may be able to do. The desk offers only what is declared."""

    POLL = "poll"
    STREAM = "stream"
    RECEIVE = "receive"  # webhooks
    SEARCH = "search"
    NOTIFICATIONS = "notifications"
    REPLY = "reply"
    DIRECT = "direct"
    FIND = "find"  # can look up whether a reply arrived
    MEDIA_OUT = "media_out"
    EDITS = "edits"  # hears of edits
    DELETIONS = "deletions"  # hears of deletions
    ENGAGEMENT = "engagement"
    BACKFILL = "backfill"  # can hear what happened while it was not listening
    ANONYMOUS = "anonymous"  # can listen without any credentials


class Setting(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field of the form that connects an account. Labels and help are in the user's words. `advanced`: most leave
    it as it is, and the form folds it away."""

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    default: str = ""
    pattern: str = ""  # a regular expression the whole value must match
    advanced: bool = False


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """The network's rules for a reply, known beforehand.

    `counts` names the unit of `text`: "graphemes", "codepoints", "bytes" or "utf16".
    """

    text: int = 0  # 0: no limit
    counts: str = "codepoints"
    bytes: int = 0  # a second limit some networks have
    media: int = 0
    reply_window: timedelta | None = None  # a reply is refused when the post is older


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel declares about itself.

    `poll_every` is how often a poll is polite; `pace` how many writes an account may make in how long. `local`: it
    reads what lies on the server itself, so that only an operator may connect it.
    """

    name: str
    label: str
    about: str
    can: frozenset[Can]
    limits: Limits = Limits()
    settings: tuple[Setting, ...] = ()
    poll_every: timedelta = timedelta(seconds=60)
    pace: tuple[int, timedelta] = (30, timedelta(minutes=1))
    access: str = ""  # what the network asks for and what it costs, in a sentence
    local: bool = False


class Checked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `check` found: who we are there."""

    account: Author | None = None
    note: str = ""


class Received(msgspec.Struct, frozen=True):
    """A webhook call as it came: the signature is over the raw body."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str]


class Channel(Protocol):
    """One connected account (or one anonymous listener) on one network.

    Made by the factory of its folder: `connect(settings, http) -> Channel`. Parsing is sync and pure; only these
    coroutines touch the network, and only through `channels.http`. They raise the errors below and no others.
    """

    @property
    def can(self) -> frozenset[Can]:
        """What this very connection can do: of the manifest's capabilities, those that its settings allow (a listener
        without credentials cannot reply). One that can STREAM is streamed; any other is polled."""

    async def check(self) -> Checked:
        """Log in and tell who we are. Raises what the person connecting must know."""

    def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        """Everything since `cursor` ("" at first), as batches in order, until there is no more for now."""

    def stream(self, cursor: str, queries: Sequence[Query]) -> AsyncIterator[Batch]:
        """The same without end. It raises when the connection is lost; the caller comes back with the last cursor."""

    def receive(self, call: Received, now: datetime) -> Batch:
        """Verify and parse a webhook call. Raises `Rejected` where the signature is wrong."""

    def new_key(self, now: datetime, salt: int) -> str:
        """A key for an `Outgoing`: unique a reply, made once when the reply is approved. `salt` is the reply's id."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Put the reply on the network. Sending the same `Outgoing` twice must not make two replies where the network
        allows that; where it can't be known whether it arrived, raises `Unclear`."""

    async def find(self, outgoing: Outgoing) -> Sent | None:
        """Look up whether this very reply stands on the network. None: it certainly does not."""

    async def close(self) -> None:
        """Let go of connections."""


class ChannelError(Exception):
    """What went wrong on a network, and so what to do next. The message is for a person.

    ChannelError
      RetryLater    the network is busy, down or limits us: come back after `after`
      LogInAgain    credentials were refused: a person must give new ones
      Rejected      the network refuses this for good: do not repeat it
      BadData       the network answered something that cannot be read
      Unclear       a send whose fate is not known: look it up, never simply repeat it
    """


class RetryLater(ChannelError):
    def __init__(self, message: str, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class LogInAgain(ChannelError):
    pass


class Rejected(ChannelError):
    pass


class BadData(ChannelError):
    def __init__(self, message: str, raw: bytes = b"") -> None:
        super().__init__(message)
        self.raw = raw


class Unclear(ChannelError):
    pass


class Factory(Protocol):
    """The `connect` of a channel's folder. `settings` are checked against the manifest; `http` is the one door out."""

    def __call__(self, settings: Mapping[str, str], http: Any) -> Channel: ...
