"""From Bluesky's records and views to posts: pure, field by field, never trusting.

A record is what the writer's server holds; a view is what an AppView makes of it. What a post cannot be without (its
id, text and time) must be right, or the item is `Unreadable`; whatever else is wrong is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import Author, BadData, Engagement, Malformed, Post
from amends.channels.bluesky.embeds import media_of, quoted
from amends.channels.bluesky.ids import POST, split, web
from amends.channels.bluesky.labels import is_gone, warning
from amends.channels.foreign import Unreadable, count, decode, fields, items, microseconds, text, when

NETWORK = "bluesky"
DELAY = timedelta(hours=1)  # what a post may take from its writer to the network
REASONS = ("mention", "reply", "quote")


class Item(NamedTuple):
    """One item of a page. `key` recognises it when it comes again, `stamp` is when the network saw it (microseconds, 0
    where it does not say), and `post` is None for what is not about us."""

    key: str
    stamp: int
    post: Post | Malformed | None


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a reply needs of the post it answers: `Post.context`, as JSON. `convo`: of a direct message, where it was
    said."""

    cid: str = ""
    root_cid: str = ""
    convo: str = ""

    @classmethod
    def read(cls, context: str) -> Context:
        try:
            return msgspec.json.decode(context or "{}", type=cls)
        except (msgspec.DecodeError, UnicodeEncodeError):
            return cls()

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


def page(body: bytes, name: str) -> tuple[list[bytes], str]:
    """The items under `name` as they came, and the cursor of the next page ("" at the end). Raises `BadData`."""
    try:
        outer = decode(body, dict[str, msgspec.Raw])
        found = decode(outer[name], list[msgspec.Raw])
        cursor = msgspec.json.decode(outer["cursor"], type=str | None) if "cursor" in outer else ""
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
        raise BadData(f"Bluesky answered without '{name}'.", body) from error
    return [bytes(item) for item in found], cursor or ""


def views(body: bytes, name: str) -> list[Mapping[str, Any]]:
    """The items under `name` that can be read, where the rest does not matter. Raises `BadData`."""
    found = []
    for raw in page(body, name)[0]:
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            found.append(fields(decode(raw)))
    return found


def read(raws: Iterable[bytes], one: Callable[[Mapping[str, Any], bytes], Post | None]) -> list[Item]:
    """Every item of a page, read by `one`; what can't be read is `Malformed` and does not stop the rest."""
    found = []
    for raw in raws:
        key, stamp = "", 0
        try:
            view = fields(decode(raw))
            key, indexed = text(view.get("uri")), when(view.get("indexedAt"))
            stamp = microseconds(indexed) if indexed else 0
            post: Post | Malformed | None = one(view, raw)
        except (Unreadable, msgspec.DecodeError, UnicodeDecodeError) as error:
            post = Malformed(str(error), raw)
        found.append(Item(key or raw.decode(errors="replace"), stamp, post))
    return found


def notification(view: Mapping[str, Any], raw: bytes) -> Post | None:
    """A post that mentions, answers or quotes us. None for likes and follows, and for what nobody is shown."""
    if view.get("reason") not in REASONS:
        if not isinstance(view.get("reason"), str):
            raise Unreadable("a notification without a reason")
        return None
    return _viewed(view, raw, addressed=True)


def found(view: Mapping[str, Any], raw: bytes, seen: datetime) -> Post | None:
    """A post that a search found, with its counts as they stood at `seen`. None for what nobody is shown."""
    post = _viewed(view, raw, addressed=False)
    return post and msgspec.structs.replace(post, engagement=engagement(view, seen))


def engagement(view: Mapping[str, Any], seen: datetime) -> Engagement:
    """The counts of a post's view, as they stood at `seen`."""
    names = {"likes": "likeCount", "reshares": "repostCount", "replies": "replyCount", "quotes": "quoteCount"}
    return Engagement(seen=seen, **{ours: count(view.get(theirs)) for ours, theirs in names.items()})


def author(view: Mapping[str, Any]) -> Author:
    """An author from a profile's view, of whichever size. Raises `Unreadable` without a DID."""
    did = text(view.get("did"))
    if not did.startswith("did:"):
        raise Unreadable("an author without a DID")
    handle = text(view.get("handle"))
    verification = fields(view.get("verification"))
    return Author(
        id=did,
        name="" if handle == "handle.invalid" else handle,
        display=text(view.get("displayName")),
        followers=count(view.get("followersCount")),
        verified="valid" in (verification.get("verifiedStatus"), verification.get("trustedVerifierStatus")),
        created=when(view.get("createdAt")),
        avatar=text(view.get("avatar")),
        bio=text(view.get("description")),
    )


def from_record(
    uri: str, cid: str, record: Mapping[str, Any], *, writer: Author, indexed: datetime, raw: bytes,
    view: Mapping[str, Any] = {},
) -> Post:  # fmt: skip
    """A post from its record, and the `view` of it where there is one. `indexed` is when the network saw it: nothing is
    written later than that, nor long before, whatever the record claims, since a customer's wait begins then. Raises
    `Unreadable`."""
    name = split(uri)
    if not name or name.collection != POST:
        raise Unreadable("no address of a post")
    if name.did != writer.id:
        raise Unreadable("a post that is not in its writer's repository")
    if not isinstance(record.get("text"), str):
        raise Unreadable("a post without a text")
    claimed = when(record.get("createdAt"))
    parent, _ = _reference(record, "parent")
    root, root_cid = _reference(record, "root")
    answered = split(parent)
    return Post(
        network=NETWORK,
        id=uri,
        author=writer,
        created=max(min(claimed, indexed), indexed - DELAY) if claimed else indexed,
        text=text(record["text"]),
        parent=parent,
        root=root or parent or uri,
        parent_author=answered.did if answered else "",
        quotes=quoted(record.get("embed")),
        lang=next((text(lang) for lang in items(record.get("langs")) if text(lang)), ""),
        media=media_of(record.get("embed"), name.did),
        warning=warning(view, record, name.did),
        stamp=microseconds(indexed),
        url=web(name),
        context=Context(cid, root_cid or ("" if parent else cid)).text(),
        raw=raw,
    )


def _viewed(view: Mapping[str, Any], raw: bytes, *, addressed: bool) -> Post | None:
    indexed = when(view.get("indexedAt"))
    if indexed is None:
        raise Unreadable("a post without a time")
    post = from_record(
        text(view.get("uri")),
        text(view.get("cid")),
        fields(view.get("record")),
        writer=author(fields(view.get("author"))),
        indexed=indexed,
        raw=raw,
        view=view,
    )
    return None if is_gone(view) else msgspec.structs.replace(post, addressed=addressed)


def _reference(record: Mapping[str, Any], name: str) -> tuple[str, str]:
    """The address and the content id that a reply's `root` or `parent` names, or twice nothing."""
    reference = fields(fields(record.get("reply")).get(name))
    uri = text(reference.get("uri"))
    return (uri, text(reference.get("cid"))) if split(uri) else ("", "")
