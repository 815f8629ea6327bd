"""One forum: how its posts and people are named, so that whatever way a post was heard it is the same one."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import msgspec


class Place(NamedTuple):
    """Where a post stands: its topic, and its number there."""

    topic: int
    number: int


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a reply needs of the post that it answers: `Post.context`, as JSON. `private`: it is in a message."""

    post: int
    topic: int
    number: int
    private: bool = False

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


class Site(NamedTuple):
    """`address` as it stands in the browser, without a slash at its end; `host` is how it is named in people's ids."""

    address: str
    host: str

    def post(self, place: Place) -> str:
        """A post's id: its address by numbers, which stays when the topic's title changes."""
        return f"{self.address}/t/{place.topic}/{place.number}"

    def page(self, place: Place, slug: str) -> str:
        """Where people read it."""
        return f"{self.address}/t/{slug or '-'}/{place.topic}/{place.number}"

    def person(self, number: int) -> str:
        """A person's id: names may change."""
        return f"{number}@{self.host}"

    def place(self, post: str) -> Place | None:
        """Where the post of this id stands, or None when it is none of this forum's."""
        found = re.fullmatch(r"/t/(\d{1,15})/(\d{1,15})", post.removeprefix(self.address))
        return Place(int(found[1]), int(found[2])) if found and post.startswith(self.address) else None


def site(address: str) -> Site:
    """The forum at an address as a person enters it."""
    parts = urlsplit(address.strip().rstrip("/"))
    whole = urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, "", ""))
    return Site(whole, whole.partition("://")[2])


def context(text: str) -> Context | None:
    """What `Context.text` made, or None."""
    try:
        return msgspec.json.decode(text, type=Context)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
