"""App Store Connect's customer reviews and our responses to them: pure, field by field, never trusting.

JSON:API: reviews under `data`, the responses that they name under `included`. A review is one post, its response
another, ours. What a review can't be without (its id, stars and time) must be right, or it is `Malformed`; whatever
else is wrong is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec

from amends.channels.base import Author, BadData, Kind, Post
from amends.channels.foreign import UNDECODABLE, Unreadable, fields, microseconds, text
from amends.channels.reviews_apple.fields import when
from amends.channels.reviews_apple.review import NETWORK, OURS, App, Item, Page, broken, headline, said, web


class Response(NamedTuple):
    """Our answer as it stands, published or about to be."""

    words: str
    at: datetime
    raw: bytes = b""


def page(body: bytes, app: App) -> Page:
    """A page of reviews with their responses. Raises `BadData`."""
    try:
        outer = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        raws = msgspec.json.decode(outer["data"], type=list[msgspec.Raw])
        included = msgspec.json.decode(outer.get("included", msgspec.Raw(b"[]")), type=list[msgspec.Raw])
        links = fields(msgspec.json.decode(outer.get("links", msgspec.Raw(b"{}"))))
    except (*UNDECODABLE, KeyError) as error:
        raise BadData("App Store Connect answered something that is no page of reviews.", body) from error
    responses = _responses(included)
    return Page([_item(bytes(raw), responses, app) for raw in raws], _cursor(links.get("next")))


def response(resource: Mapping[str, Any], raw: bytes = b"") -> Response | None:
    """A `customerReviewResponses` resource; None where it can't be read."""
    attributes = fields(resource.get("attributes"))
    at = when(attributes.get("lastModifiedDate"))
    return Response(text(attributes.get("responseBody")), at, raw) if at else None


def _responses(included: list[msgspec.Raw]) -> dict[str, Response]:
    found = {}
    for raw in included:
        with suppress(*UNDECODABLE):
            resource = fields(msgspec.json.decode(raw))
            one = response(resource, bytes(raw)) if resource.get("type") == "customerReviewResponses" else None
            if one:
                found[text(resource.get("id"))] = one
    return found


def _cursor(following: object) -> str:
    """The cursor in the address of the next page. The address itself is never called: it would be handed our token."""
    with suppress(ValueError):
        return parse_qs(urlsplit(text(following)).query).get("cursor", [""])[0]
    return ""


def _item(raw: bytes, responses: Mapping[str, Response], app: App) -> Item:
    try:
        resource = fields(msgspec.json.decode(raw))
        related = fields(fields(fields(resource.get("relationships")).get("response")).get("data"))
        answer = responses.get(text(related.get("id")))
        post = _post(resource, raw, answer, app)
    except (Unreadable, *UNDECODABLE) as error:
        return broken(error, raw)
    words = said(text(fields(resource.get("attributes")).get("title")), post)
    if not answer:
        return Item(post.id, post.created, words, b"", (post,))
    rest = msgspec.json.encode((answer.words, answer.at))
    return Item(post.id, post.created, words, rest, (post, _answer(post, answer, app)))


def _post(resource: Mapping[str, Any], raw: bytes, answer: Response | None, app: App) -> Post:
    review, attributes = text(resource.get("id")), fields(resource.get("attributes"))
    if not review or len(review) > 200:
        raise Unreadable("a review without an id")
    stars, at = attributes.get("rating"), when(attributes.get("createdDate"))
    if type(stars) is not int or not 1 <= stars <= 5:
        raise Unreadable("a review without its stars")
    if not at:
        raise Unreadable("a review that does not say when it was written")
    country = text(attributes.get("territory"))
    return Post(
        network=NETWORK,
        id=review,
        # Apple tells a nickname here and no lasting id of a person; nobody writes two reviews of one app.
        author=Author(id=f"review {review}", display=text(attributes.get("reviewerNickname"))),
        created=at,
        text=text(attributes.get("body")).strip(),
        subject=headline(text(attributes.get("title")).strip(), app.name, country),
        kind=Kind.REVIEW,
        stars=float(stars),
        # Written anew after we answered it: then it says something new.
        edited=at if answer and answer.at < at else None,
        stamp=microseconds(at),
        url=web(app),
        addressed=True,
        raw=raw,
    )


def _answer(post: Post, answer: Response, app: App) -> Post:
    return Post(
        network=NETWORK,
        id=post.id + OURS,
        author=Author(id=app.id, display=app.name),
        created=answer.at,
        text=answer.words,
        parent=post.id,
        root=post.id,
        parent_author=post.author.id,
        stamp=microseconds(answer.at),
        url=post.url,
        raw=answer.raw,
    )
