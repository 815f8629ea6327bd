"""The values that travel through Amends, and what a channel must be.

A channel turns a network's payloads into `Post` values, field by field, and an `Outgoing` value into a reply on
that network. Everything here is frozen, knows nothing of Django, the database or the clock, and every instant is
an aware `datetime` in UTC.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from amends.channels.errors import BadData, ChannelError, LogInAgain, Rejected, RetryLater, Unclear
from amends.channels.manifest import ANSWERING, HEARING, Can, Limits, Manifest, Rule, Setting

__all__ = [
    "ANSWERING", "HEARING", "Act", "Author", "BadData", "Base", "Batch", "Budget", "Can", "Channel", "ChannelError",
    "Checked", "Deletion", "Engagement", "Factory", "File", "Grant", "Kind", "Limits", "LogInAgain", "Login",
    "Malformed", "Manifest", "Media", "MediaKind", "Outgoing", "Period", "Post", "Query", "Reading", "Received",
    "Rejected", "RetryLater", "Rule", "Sent", "Setting", "Unclear", "Visibility",
]  # fmt: skip


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


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that travels with its bytes: what a mail brought, or what goes out with a reply."""

    name: str
    mime: str
    content: bytes
    alt: str = ""

    def __repr__(self) -> str:
        return f"File({self.name!r}, {self.mime!r}, {len(self.content)} bytes)"


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
    files: tuple[File, ...] = ()
    folded: str = ""  # what a mail quotes below its own words, and its signature: shown on demand, judged by nobody
    warning: str = ""  # the network's or the writer's own: a content warning, a moderator's label
    stars: float | None = None  # of 5
    promoted: bool = False
    edited: datetime | None = None
    stamp: int = 0
    url: str = ""
    engagement: Engagement | None = None
    context: str = ""
    addressed: bool = False  # the network itself says it is for us: a notification, a direct message
    unanswerable: str = ""  # why nobody can answer it, in words for who would (a program wrote it): it opens no case
    returns: str = ""  # the id of a post of ours that did not arrive, as the network says here afterwards
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


class Act(StrEnum):
    """What an `Outgoing` does with the post that it names in `to`."""

    REPLY = "reply"  # answers it, as widely as `visibility` says; privately it is for its author alone
    QUOTE = "quote"  # quotes it in a post of our own
    LIKE = "like"  # has no text
    EDIT = "edit"  # `to` is a reply of ours that stands already, and gets this text


class Outgoing(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A reply, whole and fixed when it was approved, so that every attempt to send it is the same attempt.

    `key` comes from the channel's `new_key` and lets the network (or a look-up) recognise a repetition. A text too long
    for one post goes out as `parts`, in order or not at all; then `text` is all of them together. `files` are put in
    when it is sent, and are no part of what is kept.
    """

    key: str
    text: str
    created: datetime
    act: Act = Act.REPLY
    parts: tuple[str, ...] = ()
    to: str = ""  # the id of the post answered
    root: str = ""
    to_author: Author | None = None
    to_context: str = ""  # `Post.context` of the post answered
    visibility: Visibility = Visibility.PUBLIC
    subject: str = ""
    lang: str = ""
    files: tuple[File, ...] = ()

    @property
    def posts(self) -> tuple[str, ...]:
        """The texts of the posts that it becomes, in order."""
        return self.parts or (self.text,)


class Sent(msgspec.Struct, frozen=True, omit_defaults=True):
    """The reply as it now stands on the network. `more`: its further parts, in order."""

    id: str
    at: datetime
    url: str = ""
    context: str = ""
    more: tuple[Sent, ...] = ()


class Budget(msgspec.Struct, frozen=True):
    """How much of its rate limit an account has left, as the network's last answer told."""

    limit: int
    left: int
    resets: datetime


class Checked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `check` found: who we are there, and what the server told of itself (`learned`), which is given to `connect`
    beside the settings from now on: probed once, never assumed."""

    account: Author | None = None
    note: str = ""
    learned: Mapping[str, str] = {}


class Received(msgspec.Struct, frozen=True):
    """A webhook call as it came: the signature is over the raw body. Header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str]


class Channel(Protocol):
    """One connected account (or one anonymous listener) on one network.

    Made by the factory of its folder: `connect(settings, http) -> Channel`. Parsing is sync and pure; only these
    coroutines touch the network, and only through `channels.http`. They raise the errors of `channels.errors` and no
    others. A channel derives from `Base`, which refuses all that it doesn't do itself.
    """

    @property
    def can(self) -> frozenset[Can]:
        """What this very connection can do: of the manifest's capabilities, those that its settings and its server
        allow (a listener without credentials cannot reply). One that can STREAM is streamed; any other that can POLL
        is polled."""

    @property
    def limits(self) -> Limits:
        """The limits of this very server, where they differ from the manifest's."""

    @property
    def budget(self) -> Budget | None:
        """What the network's last answer said of our rate limit."""

    async def check(self) -> Checked:
        """Log in and tell who we are. Raises what the person connecting must know."""

    def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        """Everything since `cursor` ("" at first), as batches in order, until there is no more for now."""

    def stream(self, cursor: str, queries: Sequence[Query]) -> AsyncIterator[Batch]:
        """The same without end. It raises when the connection is lost; the caller comes back with the last cursor."""

    def receive(self, call: Received, now: datetime) -> Batch:
        """Verify and parse a webhook call. Raises `Rejected` where the signature is wrong."""

    def greet(self, call: Received, now: datetime) -> bytes:
        """The answer to a GET by which a network asks whether the webhook is meant. Raises `Rejected`."""

    def new_key(self, now: datetime, salt: int) -> str:
        """A key for an `Outgoing`: unique a reply, made once when the reply is approved. `salt` is the reply's id."""

    async def send(self, outgoing: Outgoing) -> Sent:
        """Put the reply on the network. Sending the same `Outgoing` twice must not make two replies where the network
        allows that; where it can't be known whether it arrived, raises `Unclear`."""

    async def find(self, outgoing: Outgoing) -> Sent | None:
        """Look up whether this very reply stands on the network. None: it certainly does not."""

    async def close(self) -> None:
        """Let go of connections."""


class Base:
    """A channel that can do nothing yet: derive from it, and write what the network allows."""

    manifest: Manifest

    @property
    def can(self) -> frozenset[Can]:
        return self.manifest.can

    @property
    def limits(self) -> Limits:
        return self.manifest.limits

    @property
    def budget(self) -> Budget | None:
        return None

    async def check(self) -> Checked:
        return Checked()

    def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:  # noqa: ARG002
        raise Rejected(f"{self.manifest.label} is not polled.")

    def stream(self, cursor: str, queries: Sequence[Query]) -> AsyncIterator[Batch]:  # noqa: ARG002
        raise Rejected(f"{self.manifest.label} is not streamed.")

    def receive(self, call: Received, now: datetime) -> Batch:  # noqa: ARG002
        raise Rejected(f"{self.manifest.label} takes no webhooks.")

    def greet(self, call: Received, now: datetime) -> bytes:  # noqa: ARG002
        raise Rejected(f"{self.manifest.label} takes no webhooks.")

    def new_key(self, now: datetime, salt: int) -> str:
        return f"{now:%Y%m%dT%H%M%S%f}-{salt}"

    async def send(self, outgoing: Outgoing) -> Sent:  # noqa: ARG002
        raise Rejected(f"{self.manifest.label} can't be answered from here.")

    async def find(self, outgoing: Outgoing) -> Sent | None:  # noqa: ARG002
        raise Rejected(f"{self.manifest.label} can't be searched for a reply.")

    async def close(self) -> None:
        """Nothing is held open between calls: connections belong to `http`."""


class Factory(Protocol):
    """The `connect` of a channel's folder. `settings` are checked against the manifest, and hold what `check` learned
    beside them; `http` is the one door out. It talks to nobody yet."""

    def __call__(self, settings: Mapping[str, str], http: Any) -> Channel: ...


class Grant(msgspec.Struct, frozen=True):
    """Where to send the person who connects an account, and what must be remembered (encrypted) until they return."""

    url: str
    kept: Mapping[str, str]


class Login(Protocol):
    """How a network lets an account be connected without a password (OAuth): the `LOGIN` of a channel's folder."""

    async def begin(self, settings: Mapping[str, str], http: Any, back: str, state: str) -> Grant:
        """`back` is the desk's address to return to and `state` must come back unchanged. Raises `ChannelError`."""

    async def finish(
        self, settings: Mapping[str, str], http: Any, back: str, kept: Mapping[str, str], code: str
    ) -> Mapping[str, str]:
        """The settings and secrets that the account is connected with. Raises `ChannelError`."""
