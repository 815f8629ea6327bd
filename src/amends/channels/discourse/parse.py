"""From a forum's JSON to posts: pure, field by field, never trusting.

What a post cannot be without (its id, place, writer, words and time) must be right, or the item is `Unreadable`;
whatever else is wrong is left out. The fields are those of Discourse's `PostSerializer`, which lists, topics, single
posts and webhooks share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import blake2s
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import Author, BadData, Engagement, Kind, Malformed, Post, Visibility
from amends.channels.discourse.site import Context, Place, Site
from amends.channels.discourse.words import media, quoted_post, shown, typed
from amends.channels.foreign import UNDECODABLE, Unreadable, count, fields, items, microseconds, number, text, when

NETWORK = "discourse"
WRITTEN = frozenset(
    {1, 2}
)  # post_type: regular, and a moderator's. Others: what was done to a topic, and staff's whispers
LIKE = 2  # post_action_type
MENTION = re.compile(r'<a class="mention" href="[^"]*/u/([^"/]+)"')
CITED = re.compile(r'<aside [^>]*data-username="([^"]+)"')

Read = Callable[[Mapping[str, Any], bytes], Post | None]


class Item(NamedTuple):
    """One post of a page. `number` is its id in the forum's database, which rises with time (below 0 for one that has
    none, the same for the same bytes); `post` is None for what nobody can answer; `gone`: it stands there no more,
    though the forum still lists it."""

    number: int
    place: Place
    post: Post | Malformed | None
    gone: bool = False


class Reader(NamedTuple):
    """How posts are read here: `us` is our user name in small letters ("" without an account), `private` what a topic
    is where the payload doesn't say, and `seen` when the counts stood so (None where the payload has none)."""

    site: Site
    us: str = ""
    seen: datetime | None = None
    private: bool = False
    addressed: bool = False
    title: str = ""

    def post(self, view: Mapping[str, Any], raw: bytes) -> Post:
        """A post from its JSON. Raises `Unreadable`."""
        post, place = number(view.get("id")), place_of(view)
        written = when(view.get("created_at"))
        if not post or not place:
            raise Unreadable("a post without an id or a place in a topic")
        if written is None:
            raise Unreadable("a post without a time")
        own, folded = _words(view)
        changed = when(view.get("updated_at")) or written
        private = self.private or view.get("topic_archetype") == "private_message"
        by = author(self.site, view)
        answered = number(view.get("reply_to_post_number"))
        quoted = Place(*quoted_post(text(view.get("raw")), text(view.get("cooked"))))
        return Post(
            network=NETWORK,
            id=self.site.post(place),
            author=by,
            created=written,
            text=own,
            subject=(text(view.get("topic_title")) or self.title) if place.number == 1 else "",
            kind=Kind.DIRECT if private else Kind.POST,
            visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
            parent=self.site.post(Place(place.topic, answered or 1)) if place.number > 1 else "",
            root=self.site.post(Place(place.topic, 1)),
            parent_author=_person(self.site, fields(view.get("reply_to_user"))),
            quotes=self.site.post(quoted) if quoted.topic and quoted.number else "",
            lang=text(view.get("locale")).replace("_", "-")[:35],
            media=media(text(view.get("cooked")), self.site.address),
            folded=folded,
            edited=changed if (count(view.get("version")) or 1) > 1 else None,
            stamp=microseconds(changed),
            url=self.site.page(place, text(view.get("topic_slug"))),
            engagement=engagement(view, self.seen) if self.seen else None,
            context=Context(post, place.topic, place.number, private).text(),
            addressed=by.name.lower() != self.us and (self.addressed or private or self._meant(view)),
            raw=raw,
        )

    def _meant(self, view: Mapping[str, Any]) -> bool:
        """Whether the forum says that it answers, mentions or quotes us."""
        if not self.us:
            return False
        if text(fields(view.get("reply_to_user")).get("username")).lower() == self.us:
            return True
        cooked = text(view.get("cooked"))
        named = (*MENTION.findall(cooked), *CITED.findall(cooked)) if self.us in cooked.lower() else ()
        return any(name.lower() == self.us for name in named)

    def page(self, raws: Iterable[bytes]) -> list[Item]:
        """Every post of a page; what can't be read is `Malformed` and does not stop the rest."""
        return [self.item(raw) for raw in raws]

    def item(self, raw: bytes) -> Item:
        post, place = 0, Place(0, 0)
        try:
            view = fields(msgspec.json.decode(raw))
            post, place = number(view.get("id")), place_of(view) or place
            if post and place.topic and is_gone(view):
                return Item(post, place, None, gone=True)
            if view.get("post_type", 1) not in WRITTEN or view.get("hidden") is True:
                return Item(post, place, None)
            return Item(post, place, self.post(view, raw))
        except (Unreadable, *UNDECODABLE) as error:
            return Item(
                post or -int.from_bytes(blake2s(raw, digest_size=6).digest()), place, Malformed(str(error), raw)
            )


def is_gone(view: Mapping[str, Any]) -> bool:
    """Whether its writer or a moderator took it away."""
    return view.get("user_deleted") is True or isinstance(view.get("deleted_at"), str)


def place_of(view: Mapping[str, Any]) -> Place | None:
    topic, place = number(view.get("topic_id")), number(view.get("post_number"))
    return Place(topic, place) if topic and place else None


def author(site: Site, view: Mapping[str, Any]) -> Author:
    """Who wrote a post. Raises `Unreadable` without an id or a name."""
    identity, name = number(view.get("user_id")), text(view.get("username"))
    if not identity or not name:
        raise Unreadable("a post without a writer")
    avatar = text(view.get("avatar_template")).replace("{size}", "96")
    if avatar.startswith("/"):
        avatar = f"{site.address.partition(':')[0]}:{avatar}" if avatar.startswith("//") else _root(site) + avatar
    display, bio = text(view.get("name")), text(view.get("user_title"))
    return Author(id=site.person(identity), name=name, display=display, avatar=avatar, bio=bio)


def engagement(view: Mapping[str, Any], seen: datetime) -> Engagement:
    """The counts of a post as they stood at `seen`. A post without likes has no entry for them."""
    acts = view.get("actions_summary")
    likes = None
    if isinstance(acts, list):
        likes = next((count(act.get("count")) for act in map(fields, acts) if act.get("id") == LIKE), 0)
    told = {"replies": "reply_count", "quotes": "quote_count", "views": "reads"}
    return Engagement(seen=seen, likes=likes, **{ours: count(view.get(theirs)) for ours, theirs in told.items()})


def liked(view: Mapping[str, Any]) -> bool:
    """Whether our like stands on it."""
    return any(
        act.get("id") == LIKE and act.get("acted") is True for act in map(fields, items(view.get("actions_summary")))
    )


def listed(body: bytes, *path: str) -> list[bytes]:
    """The items of the list at `path` as they came. Raises `BadData`."""
    try:
        for name in path:
            body = bytes(msgspec.json.decode(body, type=dict[str, msgspec.Raw])[name])
        return [bytes(item) for item in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (*UNDECODABLE, KeyError) as error:
        raise BadData(f"The forum answered without '{'.'.join(path)}'.", body) from error


def _words(view: Mapping[str, Any]) -> tuple[str, str]:
    raw, cooked = view.get("raw"), view.get("cooked")
    if isinstance(raw, str):
        return typed(text(raw))
    if isinstance(cooked, str):
        return shown(text(cooked))
    raise Unreadable("a post without words")


def _person(site: Site, view: Mapping[str, Any]) -> str:
    identity = number(view.get("id"))
    return site.person(identity) if identity else ""


def _root(site: Site) -> str:
    scheme, _, rest = site.address.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
