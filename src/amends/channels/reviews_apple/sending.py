"""Answers. A review has at most one, and a second takes the place of the first: so sending it again does no harm, and
changing it is sending another. Apple publishes it some time later; from then on, and until then, it stands."""

from __future__ import annotations

from amends.channels.base import Act, Outgoing, Rejected, Sent, Visibility
from amends.channels.foreign import fields
from amends.channels.length import too_long
from amends.channels.reviews_apple.api import response
from amends.channels.reviews_apple.client import Client
from amends.channels.reviews_apple.manifest import MANIFEST
from amends.channels.reviews_apple.review import OURS, App, web


async def send(client: Client, app: App, outgoing: Outgoing) -> Sent:
    """Raises `RetryLater` where it is not known whether it arrived, as a repetition does no harm; `Rejected`."""
    refuse_what_is_not_offered(outgoing)
    review = _review(outgoing)
    answer = await client.respond(review, outgoing.text)
    stands = response(fields(fields(answer.json()).get("data")))
    return Sent(id=review + OURS, at=stands.at if stands else outgoing.created, url=web(app))


async def find(client: Client, app: App, outgoing: Outgoing) -> Sent | None:
    """The answer if these very words stand under the review, published or about to be."""
    review = _review(outgoing)
    answer = await client.response(review)
    stands = response(fields(fields(answer.json()).get("data"))) if answer else None
    if not stands or stands.words.split() != outgoing.text.split():
        return None
    return Sent(id=review + OURS, at=stands.at, url=web(app))


def refuse_what_is_not_offered(outgoing: Outgoing) -> None:
    """Raises `Rejected` rather than make public what was not meant to be, or leave a part of it out."""
    if outgoing.act not in (Act.REPLY, Act.EDIT):
        raise Rejected("A review on the App Store can only be answered.")
    if outgoing.visibility is not Visibility.PUBLIC:
        raise Rejected("Answers on the App Store are public: this one was meant to be private and was not sent.")
    if outgoing.files:
        raise Rejected("Answers on the App Store are sent without attachments: take them out.")
    if too_long(outgoing.text, MANIFEST.limits) or len(outgoing.parts) > 1:
        raise Rejected(f"An answer on the App Store has at most {MANIFEST.limits.text} characters: shorten it.")
    if not outgoing.text.strip():
        raise Rejected("An answer on the App Store needs words.")


def _review(outgoing: Outgoing) -> str:
    """The id of the review answered. Raises `Rejected` for one of the public feed, whose ids the API does not know."""
    review = outgoing.to.removesuffix(OURS)
    if not review or review.isdecimal():
        raise Rejected(
            "This review was heard from the public feed, before there was a key: answer it in App Store Connect, under "
            "the app's Ratings and Reviews."
        )
    return review
