"""Apple's public feed of customer reviews, in its JSON form: pure, field by field, never trusting.

The JSON is made from Atom: every value is {"label": ...}. One review is an object where several are a list, none is no
field at all, or a page that is not even JSON. What a review can't be without (its id, stars and time) must be right, or
it is `Malformed`; whatever else is wrong is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from amends.channels.base import Author, BadData, Engagement, Kind, Post
from amends.channels.foreign import UNDECODABLE, Unreadable, fields, items, microseconds, text
from amends.channels.reviews_apple.fields import when
from amends.channels.reviews_apple.review import NETWORK, App, Item, Page, broken, headline, said, web

SIZE = 50  # reviews a page
PAGES = 10  # "CustomerReviews RSS page depth is limited to 10"
EMPTY = (b"", b"<!-- Empty -->")
PERSON = re.compile(r"/id([0-9]+)", re.ASCII)
NUMBER = re.compile(r"/page=([0-9]{1,3})/", re.ASCII)


def page(body: bytes, number: int, app: App, country: str, seen: datetime) -> Page:
    """The `number`th page of a country's feed, read at `seen`. Raises `BadData`."""
    if body.strip() in EMPTY:
        return Page([])
    try:
        outer = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        feed = msgspec.json.decode(outer["feed"], type=dict[str, msgspec.Raw])
        entry = bytes(feed.get("entry", msgspec.Raw(b"[]")))
        raws = msgspec.json.decode(entry, type=list[msgspec.Raw]) if entry.startswith(b"[") else [msgspec.Raw(entry)]
        links = msgspec.json.decode(feed.get("link", msgspec.Raw(b"[]")))
        made = _label(msgspec.json.decode(feed.get("updated", msgspec.Raw(b"{}"))))
    except (*UNDECODABLE, KeyError) as error:
        raise BadData("Apple answered something that is no feed of reviews.", body) from error
    found = [item for raw in raws if (item := _item(bytes(raw), app, country, seen))]
    last = _last(links)
    # The last page that Apple gives is not the last there is.
    more = len(raws) >= SIZE and (number < last if 0 < last < PAGES else True)
    return Page(found, str(number + 1) if more else "", made=when(made))


def _item(raw: bytes, app: App, country: str, seen: datetime) -> Item | None:
    """One entry; None for the app itself, which older feeds have among the reviews."""
    try:
        entry = fields(msgspec.json.decode(raw))
        if "im:rating" not in entry and "im:name" in entry:
            return None
        post = _post(entry, raw, app, country, seen)
    except (Unreadable, *UNDECODABLE) as error:
        return broken(error, raw)
    words = said(_label(entry.get("title")), post)
    rest = msgspec.json.encode(post.engagement and post.engagement.likes)
    return Item(post.id, post.created, words, rest, (post,))


def _post(entry: Mapping[str, Any], raw: bytes, app: App, country: str, seen: datetime) -> Post:
    review = _label(entry.get("id"))
    if not review or len(review) > 200:
        raise Unreadable("a review without an id")
    stars, at = _label(entry.get("im:rating")), when(_label(entry.get("updated")))
    if stars not in ("1", "2", "3", "4", "5"):
        raise Unreadable("a review without its stars")
    if not at:
        raise Unreadable("a review that does not say when it was written")
    writer = fields(entry.get("author"))
    person = PERSON.search(_label(writer.get("uri")))
    version, votes = _label(entry.get("im:version")), _label(entry.get("im:voteSum"))
    likes = int(votes) if re.fullmatch(r"[0-9]{1,12}", votes, re.ASCII) else None
    return Post(
        network=NETWORK,
        id=review,
        author=Author(id=person[1] if person else f"review {review}", display=_label(writer.get("name"))),
        created=at,
        text=_text(entry.get("content")).strip(),
        subject=headline(_label(entry.get("title")).strip(), _version(app, version), country.upper()),
        kind=Kind.REVIEW,
        stars=float(stars),
        stamp=microseconds(at),
        url=web(app),
        engagement=None if likes is None else Engagement(seen=seen, likes=likes),
        addressed=True,
        raw=raw,
    )


def _version(app: App, version: str) -> str:
    return f"{app.name or 'version'} {version}" if version else app.name


def _label(value: object) -> str:
    return text(fields(value).get("label"))


def _text(value: object) -> str:
    """The words: of several forms of them, the plain one."""
    forms = [fields(one) for one in (items(value) or [value])]
    plain = [one for one in forms if fields(one.get("attributes")).get("type", "text") == "text"]
    return _label((plain or forms)[0])


def _last(links: object) -> int:
    """The number of the last page, as the feed tells; 0 where it does not."""
    for link in items(links):
        attributes = fields(fields(link).get("attributes"))
        if attributes.get("rel") == "last" and (found := NUMBER.search(text(attributes.get("href")))):
            return int(found[1])
    return 0
