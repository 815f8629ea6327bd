"""What both kinds of payload become: a review as a post, and how it is recognised when it comes again."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from amends.channels.base import Malformed, Post

NETWORK = "reviews_apple"
OURS = "#reply"  # what the id of our answer has more than the review's


class App(NamedTuple):
    """Whose reviews they are: the App Store's number, and how the app is called there."""

    id: str
    name: str = ""


class Item(NamedTuple):
    """One review of a page. `key` recognises it when it comes again, `at` is what Apple tells of its time, `words` is
    what its writer said, `rest` what else may change (votes, our answer), and `posts` are it and our answer, or what
    could not be read."""

    key: str
    at: datetime | None
    words: bytes
    rest: bytes
    posts: tuple[Post | Malformed, ...]


class Page(NamedTuple):
    """`following` asks for the next page, "" at the end. `sure`: False where the page is empty and should not be.
    `made`: when Apple made it, where it tells."""

    items: list[Item]
    following: str = ""
    sure: bool = True
    made: datetime | None = None


def broken(reason: Exception, raw: bytes) -> Item:
    """A review that can't be read, as an item of its page."""
    return Item(raw.decode(errors="replace"), None, raw, b"", (Malformed(str(reason), raw),))


def said(title: str, post: Post) -> bytes:
    """What the writer of a review said, to know whether it is still the same."""
    return msgspec.json.encode((title, post.text, post.stars))


def headline(title: str, *facts: str) -> str:
    """The review's own title, then in brackets what an agent should know first: app, version, country."""
    told = ", ".join(filter(None, facts))
    return f"{title} ({told})" if title and told else title or told


def web(app: App) -> str:
    """Where the app's team reads its reviews and answers them: one has no address of its own."""
    return f"https://appstoreconnect.apple.com/apps/{app.id}/distribution/activity/ios/ratingsResponses"
