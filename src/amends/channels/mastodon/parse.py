"""From statuses, notifications and conversations to posts: pure, field by field, never trusting.

What a post cannot be without (its id, its writer, its time) must be right, or the item is `Unreadable`; whatever else
is wrong is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import blake2s
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import Author, Engagement, Kind, Malformed, Post, Visibility
from amends.channels.foreign import Unreadable, count, fields, items, microseconds, text, when
from amends.channels.markup import words
from amends.channels.mastodon.content import body, media_of, quoted, visibility
from amends.channels.mastodon.fields import decode, ident
from amends.channels.mastodon.server import Server

NETWORK = "mastodon"
ABOUT_US = frozenset({"mention", "quote", "status", "update"})
ADDRESSED = frozenset({"mention", "quote"})

ACCT = re.compile(r"@?[^\s@/]{1,200}(@[^\s@/]{1,255})?")
WEB = ("https://", "http://")


class Heard(NamedTuple):
    """A post, its local id here, and the local id of the post that it answers ("" where it answers none)."""

    post: Post
    id: str
    answers: str


class Item(NamedTuple):
    """One item of a page: the id that it is paged by, when the network saw it (None where it can't be read), and what
    it holds: None is for what is not about posts."""

    id: str
    at: datetime | None
    what: Heard | Malformed | None


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """What answering a post needs: `Post.context`, as JSON. `id` is good at the server `at` only."""

    id: str
    at: str
    visibility: str = "public"
    name: str = ""  # of its writer, with the domain
    warning: str = ""


One = Callable[[Mapping[str, Any], bytes], "Heard | None"]


def read(raws: Iterable[bytes], one: One) -> list[Item]:
    """Every item of a page, read by `one`; what can't be read is `Malformed` and does not stop the rest. An item is
    paged by its own id, a conversation by that of its last post."""
    return [_item(raw, one) for raw in raws]


def _item(raw: bytes, one: One) -> Item:
    mark, at = blake2s(raw, digest_size=8).hexdigest(), None
    try:
        view = fields(decode(raw))
        dated = fields(view["last_status"]) if "last_status" in view else view
        mark, at = ident(dated.get("id")) or mark, when(dated.get("created_at"))
        return Item(mark, at, one(view, raw))
    except Unreadable as error:
        return Item(mark, at, Malformed(str(error), raw))


def status(view: Mapping[str, Any], raw: bytes, server: Server, seen: datetime) -> Heard | None:
    """A post, with its counts as they stood at `seen`; nothing is written later than that. None for a boost, which is
    no post of its own."""
    if fields(view.get("reblog")):
        return None
    local, created = ident(view.get("id")), when(view.get("created_at"))
    uri = text(view.get("uri")) or text(view.get("url"))
    if not local or not created or not 0 < len(uri) <= 2000 or uri.isspace():
        raise Unreadable("a post without an id or a time")
    if not isinstance(view.get("content", 0), str | None):
        raise Unreadable("a post without its words")
    writer, answers = author(fields(view.get("account")), server), ident(view.get("in_reply_to_id"))
    edited, warning = when(view.get("edited_at")), words(text(view.get("spoiler_text")))
    audience, page = visibility(view.get("visibility")), text(view.get("url"))
    post = Post(
        network=NETWORK,
        id=uri,
        author=writer,
        created=min(created, seen),
        text=body(view),
        subject=warning,
        warning=warning,
        kind=Kind.DIRECT if audience is Visibility.PRIVATE else Kind.POST,
        visibility=audience,
        root="" if answers else uri,
        parent_author=_answered(view, server, writer) if answers else "",
        quotes=quoted(view),
        lang=text(view.get("language"))[:35],
        media=media_of(view),
        edited=edited,
        stamp=microseconds(max(edited, created) if edited else created),
        url=page if page.startswith(WEB) else uri if uri.startswith(WEB) else "",
        engagement=engagement(view, seen),
        context=context(view, server),
        addressed=audience is Visibility.PRIVATE and writer.id != server.name,
        raw=raw,
    )
    return Heard(post, local, answers)


def notification(view: Mapping[str, Any], raw: bytes, server: Server, seen: datetime) -> Heard | None:
    """The post of a notification that is about one. None for favourites, boosts and follows."""
    kind = view.get("type")
    if not isinstance(kind, str):
        raise Unreadable("a notification without a type")
    if kind not in ABOUT_US or view.get("status") is None:  # a post deleted since
        return None
    told = min(when(view.get("created_at")) or seen, seen) if kind in ADDRESSED else seen
    found = status(fields(view["status"]), raw, server, told)
    if found is None:
        return None
    post = msgspec.structs.replace(
        found.post,
        addressed=found.post.addressed or (kind in ADDRESSED and found.post.author.id != server.name),
        engagement=engagement(fields(view["status"]), seen),
    )
    return found._replace(post=post)


def conversation(view: Mapping[str, Any], raw: bytes, server: Server, seen: datetime) -> Heard | None:
    """The last post of a conversation; None where all its posts are gone."""
    last = view.get("last_status")
    return None if last is None else status(fields(last), raw, server, seen)


def engagement(view: Mapping[str, Any], seen: datetime) -> Engagement:
    """The counts of a status as they stood at `seen`."""
    return Engagement(
        seen=seen,
        likes=count(view.get("favourites_count")),
        reshares=count(view.get("reblogs_count")),
        replies=count(view.get("replies_count")),
        quotes=count(view.get("quotes_count")),
    )


def context(view: Mapping[str, Any], server: Server) -> str:
    """`Post.context` of a status."""
    name = server.full(text(fields(view.get("account")).get("acct")))
    warning = words(text(view.get("spoiler_text")))
    audience = text(view.get("visibility")) or "direct"
    made = Context(ident(view.get("id")), server.domain, audience[:100], name, warning)
    return msgspec.json.encode(made).decode(errors="replace")


def author(account: Mapping[str, Any], server: Server) -> Author:
    """An author. The lasting id is the name with its domain. Raises `Unreadable` without a name."""
    acct = text(account.get("acct"))
    if not ACCT.fullmatch(acct):
        raise Unreadable("a post without its writer")
    name = server.full(acct)
    return Author(
        id=name,
        name=name,
        display=text(account.get("display_name")),
        followers=count(account.get("followers_count")),
        created=when(account.get("created_at")),
        avatar=text(account.get("avatar")),
        bio=words(text(account.get("note"))),
    )


def _answered(view: Mapping[str, Any], server: Server, writer: Author) -> str:
    """Who wrote what this answers: ourselves, the same writer, or one of the people mentioned."""
    answered = ident(view.get("in_reply_to_account_id"))
    if not answered:
        return ""
    if answered == ident(fields(view.get("account")).get("id")):
        return writer.id
    if answered == server.me:
        return server.name
    for one in map(fields, items(view.get("mentions"))):
        if ident(one.get("id")) == answered:
            return server.full(text(one.get("acct")))
    return server.full(text(fields(view.get("pleroma")).get("in_reply_to_account_acct")))
