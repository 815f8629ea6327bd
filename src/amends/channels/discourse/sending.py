"""Replies, likes and edits. A forum knows no key of ours: what stands there is looked up before anything is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from amends.channels.base import Act, BadData, Limits, Outgoing, Rejected, RetryLater, Sent, Unclear, Visibility
from amends.channels.discourse.client import Client, said
from amends.channels.discourse.finding import HELD, find
from amends.channels.discourse.parse import LIKE
from amends.channels.discourse.placing import is_direct, sent, title
from amends.channels.discourse.site import Context, context
from amends.channels.foreign import fields, number
from amends.channels.http import Refused
from amends.channels.length import too_long

SIMILAR = timedelta(minutes=5)  # the site setting unique_posts_mins
NO_RIGHT = "the account may not do this there, or its key lacks the scope for it"


async def send(client: Client, outgoing: Outgoing, limits: Limits, shortest: int) -> Sent:
    """Put it there, unless it stands there already. Raises `Rejected` where the forum refuses it or it is not offered,
    `RetryLater` where the forum wants it later, `Unclear` where it is not known whether it arrived."""
    refuse_what_is_not_offered(outgoing, limits, shortest)
    about = await target(client, outgoing)
    if standing := await find(client, outgoing, about):
        return standing
    match outgoing.act:
        case Act.LIKE:
            return await _like(client, outgoing, about)
        case Act.EDIT:
            return await _edit(client, outgoing, about)
        case _:
            return await _reply(client, outgoing, about)


def refuse_what_is_not_offered(outgoing: Outgoing, limits: Limits, shortest: int) -> None:
    if outgoing.act is Act.QUOTE:
        raise Rejected("A post of our own that quotes another is not offered on a forum: reply to it.")
    if outgoing.act is Act.LIKE:
        return
    if outgoing.files:
        raise Rejected("Replies on a forum are sent without attachments: take them out.")
    if outgoing.visibility is Visibility.LIMITED:
        raise Rejected("A reply on a forum is public or a message: choose one of them.")
    if outgoing.parts or too_long(outgoing.text, limits):
        raise Rejected(f"A post on this forum has at most {limits.text} characters: shorten the answer.")
    if len(outgoing.text.strip()) < shortest:
        raise Rejected(f"A post on this forum has at least {shortest} characters: write a little more.")


async def target(client: Client, outgoing: Outgoing) -> Context:
    """Which post it is about, from what was kept of it, or asked for by its address. Raises `Rejected`."""
    if known := context(outgoing.to_context):
        return known
    place = client.site.place(outgoing.to)
    if place is None:
        raise Rejected("This is no post of this forum: it can't be answered from here.")
    try:
        view = fields((await client.get(f"posts/by_number/{place.topic}/{place.number}")).json())
    except Refused as error:
        raise Rejected("The post is gone from the forum, or hidden from this account.") from error
    return Context(number(view.get("id")), place.topic, place.number)


async def _reply(client: Client, outgoing: Outgoing, about: Context) -> Sent:
    body: dict[str, Any] = {"raw": outgoing.text}
    if is_direct(outgoing, about):
        to = outgoing.to_author.name if outgoing.to_author else ""
        if not to:
            raise Rejected("It is not known whom to write to: answer on the forum itself.")
        body |= {"title": title(outgoing), "target_recipients": to, "archetype": "private_message"}
    else:
        body |= {"topic_id": about.topic, "reply_to_post_number": about.number}
    try:
        answer = await client.post("posts", body)
    except Refused as error:
        if standing := await find(client, outgoing, about):
            return standing
        words = said(error) or (NO_RIGHT if error.status in (401, 403) else str(error))
        if "too similar" in words:  # said in English only; in other languages it is refused for good
            raise RetryLater(f"The forum takes the same words only once in a while: {words}", SIMILAR) from error
        raise Rejected(f"The forum refused the reply: {words}") from error
    try:
        view = fields(answer.json())
    except BadData as error:
        raise Unclear("The forum answered something that can't be read. The reply may stand there.") from error
    if view.get("action") == "enqueued":
        raise Unclear(HELD)
    return sent(client.site, fields(view.get("post")) or view, outgoing, private=about.private or "title" in body)


async def _like(client: Client, outgoing: Outgoing, about: Context) -> Sent:
    try:
        await client.post("post_actions", {"id": about.post, "post_action_type_id": LIKE}, repeatable=True)
    except Refused as error:
        raise Rejected(f"The forum refused the like: {said(error) or NO_RIGHT}") from error
    return Sent(id=outgoing.to, at=outgoing.created)


async def _edit(client: Client, outgoing: Outgoing, about: Context) -> Sent:
    body = {"post": {"raw": outgoing.text}}
    try:
        answer = await client.post(f"posts/{about.post}", body, repeatable=True, method="PUT")
    except Refused as error:
        raise Rejected(f"The forum refused the change: {said(error) or NO_RIGHT}") from error
    return sent(client.site, fields(fields(answer.json()).get("post")), outgoing, private=about.private)
