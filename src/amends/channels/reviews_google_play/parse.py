"""From Google's Review resource to posts: pure, field by field, never trusting.

A review is one post, whose id is the app and the review's id; the developer's comment on it is another, ours. What a
review can't be without (its id, the user's comment and when that was last changed) must be right, or it is `Malformed`;
whatever else is wrong is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from amends.channels.base import Author, BadData, Engagement, Kind, Malformed, Post
from amends.channels.foreign import UNDECODABLE, Unreadable, count, fields, items, microseconds, text
from amends.channels.reviews_google_play.fields import when
from amends.channels.reviews_google_play.words import below, headline

NETWORK = "reviews_google_play"
OURS = "#reply"  # what the id of the developer's comment has more than the review's


class App(NamedTuple):
    """Whose reviews they are: the package, and how people call it."""

    package: str
    title: str = ""


class Item(NamedTuple):
    """One review of a page: `key` recognises it when it comes again, `changed` is when its writer changed it last
    (None where that can't be read), and `posts` are it and our answer, or what could not be read."""

    key: str
    changed: datetime | None
    posts: tuple[Post | Malformed, ...]
    raw: bytes


class Standing(NamedTuple):
    """Our answer as it stands under a review."""

    words: str
    at: datetime


def page(body: bytes) -> tuple[list[bytes], str]:
    """The reviews of a page as they came (none: the field is left out), and the token of the next page, "" at the end.
    Raises `BadData`."""
    try:
        outer = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        found = msgspec.json.decode(outer["reviews"], type=list[msgspec.Raw]) if "reviews" in outer else []
        paging = msgspec.json.decode(outer.get("tokenPagination", msgspec.Raw(b"{}")))
    except UNDECODABLE as error:
        raise BadData("Google answered something that is no page of reviews.", body) from error
    return [bytes(one) for one in found], text(fields(paging).get("nextPageToken"))


def read(raws: Iterable[bytes], app: App, seen: datetime) -> list[Item]:
    """Every review of a page; what can't be read is `Malformed` and does not stop the rest. `seen`: when it came."""
    found = []
    for raw in raws:
        key, changed = "", None
        try:
            view = fields(msgspec.json.decode(raw))
            key, changed = text(view.get("reviewId")), when(_last(view, "userComment").get("lastModified"))
            posts: tuple[Post | Malformed, ...] = _posts(view, raw, app, seen)
        except (Unreadable, *UNDECODABLE) as error:
            posts = (Malformed(str(error), raw),)
        found.append(Item(key or raw.decode(errors="replace"), changed, posts, raw))
    return found


def standing(view: Mapping[str, Any]) -> Standing | None:
    """Our answer in a review, None where there is none."""
    comment = _last(view, "developerComment")
    at = when(comment.get("lastModified"))
    return Standing(text(comment.get("text")), at) if at else None


def own(app: App) -> Author:
    """Who answers: the app itself, as far as Google tells."""
    return Author(id=app.package, name=app.package, display=app.title)


def post_id(app: App, review: str) -> str:
    """Reviews have ids of their own in each app."""
    return f"{app.package}/{review}"


def web(app: App, review: str) -> str:
    """Where people read it."""
    return f"https://play.google.com/store/apps/details?{urlencode({'id': app.package, 'reviewId': review})}"


def _posts(view: Mapping[str, Any], raw: bytes, app: App, seen: datetime) -> tuple[Post, ...]:
    review = text(view.get("reviewId"))
    if not review or len(review) > 200:
        raise Unreadable("a review without an id")
    comment = _last(view, "userComment")
    if not comment:
        raise Unreadable("a review without its writer's comment")
    changed = when(comment.get("lastModified"))
    if not changed:
        raise Unreadable("a review that does not say when it was written")
    answer, name = standing(view), post_id(app, review)
    title, words, translation = _words(comment)
    stars, likes = comment.get("starRating"), count(comment.get("thumbsUpCount"))
    written = Post(
        network=NETWORK,
        id=name,
        # Google tells no lasting id of a person: many have the same name, and nobody writes two reviews of one app.
        author=Author(id=name, display=text(view.get("authorName"))),
        created=changed,
        text=words,
        subject=headline(title, app.title, comment),
        kind=Kind.REVIEW,
        folded=below(comment, translation),
        lang=text(comment.get("reviewerLanguage")).replace("_", "-"),
        stars=float(stars) if type(stars) is int and 1 <= stars <= 5 else None,
        # Changed after we answered it: then it says something new.
        edited=changed if answer and answer.at < changed else None,
        stamp=microseconds(changed),
        url=web(app, review),
        engagement=None if likes is None else Engagement(seen=seen, likes=likes),
        addressed=True,
        raw=raw,
    )
    return (written, _answer(written, answer, app, raw)) if answer else (written,)


def _answer(written: Post, answer: Standing, app: App, raw: bytes) -> Post:
    return Post(
        network=NETWORK,
        id=written.id + OURS,
        author=own(app),
        created=answer.at,
        text=answer.words,
        parent=written.id,
        root=written.id,
        parent_author=written.author.id,
        stamp=microseconds(answer.at),
        url=written.url,
        raw=raw,
    )


def _words(comment: Mapping[str, Any]) -> tuple[str, str, str]:
    """(the title that older reviews have, the text in the writer's own language, Google's translation). Google parts
    title and text by a tab."""
    told, original = text(comment.get("text")), text(comment.get("originalText"))
    title, tab, words = (original or told).partition("\t")
    if not tab:
        title, words = "", title
    return title.strip(), words.strip(), " ".join(told.split()) if original else ""


def _last(view: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The newest comment of that kind; empty where there is none."""
    found = [fields(fields(one).get(kind)) for one in items(view.get("comments"))]
    return max(found, key=_rank, default={})


def _rank(comment: Mapping[str, Any]) -> tuple[bool, int]:
    changed = when(comment.get("lastModified"))
    return bool(comment), microseconds(changed) if changed else 0
