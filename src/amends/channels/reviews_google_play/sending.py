"""Answers. A review has at most one, and a second takes the place of the first: so sending it again does no harm, and
changing it is sending another."""

from __future__ import annotations

import re

from amends.channels.base import Act, Outgoing, Rejected, Sent, Visibility
from amends.channels.foreign import fields
from amends.channels.length import too_long
from amends.channels.reviews_google_play.client import Client
from amends.channels.reviews_google_play.fields import when
from amends.channels.reviews_google_play.manifest import MANIFEST
from amends.channels.reviews_google_play.parse import OURS, App, post_id, standing, web

MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")  # Google takes such out of an answer without a word


async def send(client: Client, app: App, outgoing: Outgoing) -> Sent:
    """Raises `RetryLater` where it is not known whether it arrived, as a repetition does no harm; `Rejected`."""
    refuse_what_is_not_offered(outgoing)
    review = _review(app, outgoing)
    answer = await client.reply(review, outgoing.text)
    edited = when(fields(fields(answer.json()).get("result")).get("lastEdited"))
    return Sent(id=post_id(app, review) + OURS, at=edited or outgoing.created, url=web(app, review))


async def find(client: Client, app: App, outgoing: Outgoing) -> Sent | None:
    """The answer if these very words stand under the review."""
    review = _review(app, outgoing)
    answer = await client.review(review)
    found = standing(fields(answer.json())) if answer else None
    if not found or found.words.split() != outgoing.text.split():
        return None
    return Sent(id=post_id(app, review) + OURS, at=found.at, url=web(app, review))


def refuse_what_is_not_offered(outgoing: Outgoing) -> None:
    """Raises `Rejected` rather than make public what was not meant to be, or leave a part of it out."""
    if outgoing.act not in (Act.REPLY, Act.EDIT):
        raise Rejected("A review on Google Play can only be answered.")
    if outgoing.visibility is not Visibility.PUBLIC:
        raise Rejected("Answers on Google Play are public: this one was meant to be private and was not sent.")
    if outgoing.files:
        raise Rejected("Answers on Google Play are sent without attachments: take them out.")
    if too_long(outgoing.text, MANIFEST.limits) or len(outgoing.parts) > 1:
        raise Rejected(f"An answer on Google Play has at most {MANIFEST.limits.text} characters: shorten it.")
    if not outgoing.text.strip():
        raise Rejected("An answer on Google Play needs words.")
    if found := MARKUP.search(outgoing.text):
        raise Rejected(f"Google Play takes HTML out of answers: write it without {found[0]}.")


def _review(app: App, outgoing: Outgoing) -> str:
    """The id of the review answered. Raises `Rejected` where it is another app's."""
    package, _, review = outgoing.to.removesuffix(OURS).partition("/")
    if package != app.package or not review:
        raise Rejected(f"This is no review of {app.package}: answer it through the account of its own app.")
    return review
