"""From Lemmy's views to posts: pure, field by field, never trusting.

A view is what the API makes of a post, a comment or a private message with its writer, community and counts. What a
post cannot be without (its id, writer, words and time) must be right, or the item is `Unreadable`; whatever else is
wrong is left out. https://join-lemmy.org/api/ and `lemmy-js-client` describe the fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2s
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from amends.channels.base import Author, BadData, Engagement, Kind, Malformed, Media, MediaKind, Post, Visibility
from amends.channels.foreign import UNDECODABLE, Unreadable, count, fields, microseconds, number, text, when

NETWORK = "lemmy"
KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a reply needs of what it answers: `Post.context`, as JSON. The numbers are this server's own: of the post,
    of the comment (0: the post itself) or private message, of who is written to privately, and of the comment that it
    answers itself."""

    post: int = 0
    comment: int = 0
    message: int = 0
    person: int = 0
    parent: int = 0
    limited: bool = False

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


class Item(NamedTuple):
    """One item of a list. `number` is the server's own (below 0 for one that has none, the same for the same bytes) and
    rises as things arrive, `at` is what the list is sorted by, `gone`: it was taken away, though it is still listed."""

    number: int
    id: str
    at: datetime | None
    post: Post | Malformed | None
    gone: bool = False


class Reader(NamedTuple):
    """How views are read here: `us` is our person's address ("" without an account), `seen` when the counts stood so,
    `languages` the codes of the server's numbers for languages. `sorted_by` names the part of a view whose time sorts
    the list."""

    us: str = ""
    seen: datetime | None = None
    languages: Mapping[int, str] = {}
    addressed: bool = False
    sorted_by: str = ""

    def page(self, raws: Iterable[bytes]) -> list[Item]:
        """Every item of a list; what can't be read is `Malformed` and does not stop the rest."""
        return [self.item(raw) for raw in raws]

    def item(self, raw: bytes) -> Item:
        identity, at, which = "", None, 0
        try:
            view = fields(msgspec.json.decode(raw))
            what = _what(view)
            identity, which = _address(view[what].get("ap_id")), number(view[what].get("id"))
            at = when(fields(view.get(self.sorted_by or what)).get("published"))
            gone = bool(identity and which and at and is_gone(view, what))
            return Item(which, identity, at, None if gone else self.post(view, what, raw), gone)
        except (Unreadable, *UNDECODABLE) as error:
            which = which or -int.from_bytes(blake2s(raw, digest_size=6).digest())
            return Item(which, identity, at, Malformed(str(error), raw))

    def post(self, view: Mapping[str, Any], what: str, raw: bytes) -> Post:
        """A post from a view of any kind. Raises `Unreadable`."""
        if not number(view[what].get("id")):
            raise Unreadable("an item without a number")
        match what:
            case "private_message":
                return self._message(view, raw)
            case "comment":
                return self._comment(view, raw)
            case _:
                return self._post(view, raw)

    def _post(self, view: Mapping[str, Any], raw: bytes) -> Post:
        post = fields(view.get("post"))
        limited = _is_limited(view)
        title = text(post.get("name"))
        if not title:
            raise Unreadable("a post without a title")
        common = self._common(view, post, raw)
        return msgspec.structs.replace(
            common,
            text=text(post.get("body")),
            subject=title,
            root=common.id,
            visibility=Visibility.LIMITED if limited else Visibility.PUBLIC,
            media=_media(post),
            warning="NSFW" if post.get("nsfw") is True else "",
            context=Context(number(post.get("id")), person=_person(view), limited=limited).text(),
        )

    def _comment(self, view: Mapping[str, Any], raw: bytes) -> Post:
        comment, post = fields(view.get("comment")), fields(view.get("post"))
        root = _address(post.get("ap_id"))
        if not root or not number(comment.get("post_id")):
            raise Unreadable("a comment without its post")
        limited, parent = _is_limited(view), parent_of(comment)
        which = Context(
            number(comment.get("post_id")), number(comment.get("id")), 0, _person(view), parent, limited
        )  # fmt: skip
        return msgspec.structs.replace(
            self._common(view, comment, raw),
            text=_content(comment),
            root=root,
            parent="" if parent else root,
            visibility=Visibility.LIMITED if limited else Visibility.PUBLIC,
            warning="NSFW" if post.get("nsfw") is True else "",
            context=which.text(),
        )

    def _message(self, view: Mapping[str, Any], raw: bytes) -> Post:
        message = fields(view.get("private_message"))
        common = self._common(view, message, raw)
        to = author(fields(view.get("recipient")))
        # Lemmy has no threads of messages: all between two people are one conversation.
        ours = common.author.id == self.us
        partner = number(message.get("recipient_id")) if ours else _person(view)
        return msgspec.structs.replace(
            common,
            text=_content(message),
            kind=Kind.DIRECT,
            visibility=Visibility.PRIVATE,
            root=" ".join(sorted((common.author.id, to.id))),
            parent_author=to.id,
            context=Context(message=number(message.get("id")), person=partner).text(),
            addressed=not ours,
            engagement=None,
        )

    def _common(self, view: Mapping[str, Any], what: Mapping[str, Any], raw: bytes) -> Post:
        identity, written = _address(what.get("ap_id")), when(what.get("published"))
        if not identity or written is None:
            raise Unreadable("an item without an address or a time")
        changed, by = when(what.get("updated")), author(fields(view.get("creator")))
        return Post(
            network=NETWORK,
            id=identity,
            author=by,
            created=written,
            lang=self.languages.get(number(what.get("language_id")), ""),
            edited=changed,
            stamp=microseconds(changed or written),
            url=identity,
            engagement=engagement(view, self.seen) if self.seen else None,
            addressed=self.addressed and by.id != self.us,
            raw=raw,
        )


def context(text: str) -> Context | None:
    """What `Context.text` made, or None."""
    try:
        return msgspec.json.decode(text, type=Context)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def author(person: Mapping[str, Any]) -> Author:
    """Who wrote it. Raises `Unreadable` without an address or a name."""
    identity, name = _address(person.get("actor_id")), text(person.get("name"))
    if not identity or not name:
        raise Unreadable("an item without a writer")
    return Author(
        id=identity,
        name=f"{name}@{urlsplit(identity).netloc}",
        display=text(person.get("display_name")),
        created=when(person.get("published")),
        avatar=text(person.get("avatar")),
        bio=text(person.get("bio")),
    )


def engagement(view: Mapping[str, Any], seen: datetime) -> Engagement | None:
    """The counts of a post or a comment as they stood at `seen`."""
    counts = view.get("counts")
    if not isinstance(counts, dict):
        return None
    replies = count(counts.get("comments" if "comment" not in view else "child_count"))
    return Engagement(seen=seen, likes=count(counts.get("upvotes")), replies=replies)


def is_gone(view: Mapping[str, Any], what: str) -> bool:
    """Whether its writer deleted it, or a moderator removed it or the post that it stands under."""
    flagged = [fields(view.get(what)), fields(view.get("post"))]
    return any(one.get("deleted") is True or one.get("removed") is True for one in flagged)


def parent_of(comment: Mapping[str, Any]) -> int:
    """The number of the comment that this one answers, 0 when it answers the post: `path` is "0.12.45"."""
    steps = text(comment.get("path")).split(".")
    return int(steps[-2][:15]) if len(steps) > 2 and steps[-2].isascii() and steps[-2].isdecimal() else 0


def listed(body: bytes, name: str) -> tuple[list[bytes], str]:
    """The items of the list `name` as they came, and the cursor of the next page ("": none). Raises `BadData`."""
    try:
        whole = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        items = [bytes(item) for item in msgspec.json.decode(whole[name], type=list[msgspec.Raw])]
        return items, text(msgspec.json.decode(whole["next_page"])) if "next_page" in whole else ""
    except (*UNDECODABLE, KeyError) as error:
        raise BadData(f"The Lemmy server answered without '{name}'.", body) from error


def _what(view: Mapping[str, Any]) -> str:
    """What a view is about: a view of a comment holds its post as well."""
    for name in ("private_message", "comment", "post"):
        if isinstance(view.get(name), dict):
            return name
    raise Unreadable("neither a post nor a comment nor a message")


def _address(value: object) -> str:
    """An address on the web, or ""."""
    address = text(value)
    try:
        urlsplit(address)
    except ValueError:
        return ""
    return address if address.startswith(("https://", "http://")) and len(address) < 2000 and " " not in address else ""


def _content(what: Mapping[str, Any]) -> str:
    if not isinstance(what.get("content"), str):
        raise Unreadable("a comment or a message without words")
    return text(what["content"])


def _person(view: Mapping[str, Any]) -> int:
    return number(fields(view.get("creator")).get("id"))


def _is_limited(view: Mapping[str, Any]) -> bool:
    """Whether only people of this server see the community."""
    return text(fields(view.get("community")).get("visibility")) not in ("", "Public")


def _media(post: Mapping[str, Any]) -> tuple[Media, ...]:
    url, mime = text(post.get("url")), text(post.get("url_content_type"))
    if not url:
        return ()
    return (Media(KINDS.get(mime.partition("/")[0], MediaKind.LINK), url, alt=text(post.get("alt_text")), mime=mime),)
