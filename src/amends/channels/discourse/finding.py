"""Whether a reply of ours stands already: recognised by its writer, what it answers, its words and when it was written.

A forum gives no place for a key. Two replies of the same words to the same post within five minutes of each other's
approval are taken for one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

from amends.channels.base import Act, Outgoing, Sent, Unclear
from amends.channels.discourse.client import Client
from amends.channels.discourse.parse import liked
from amends.channels.discourse.placing import is_direct, sent, title
from amends.channels.discourse.site import Context
from amends.channels.foreign import fields, items, number, text, when
from amends.channels.http import Refused

EARLIER = timedelta(minutes=5)  # what the forum's clock and ours may differ by
PAGES = 10  # of twenty replies
HELD = "The forum holds the reply back until a moderator there approves it."


async def find(client: Client, outgoing: Outgoing, about: Context) -> Sent | None:
    """What stands of it, or None. Raises `Unclear` while it waits for a moderator."""
    if outgoing.act is Act.LIKE:
        view = await _post(client, about.post)
        return Sent(id=outgoing.to, at=outgoing.created) if view and liked(view) else None
    if outgoing.act is Act.EDIT:
        view = await _post(client, about.post)
        return sent(client.site, view, outgoing, private=about.private) if view and _says(view, outgoing) else None
    written = _messages(client, outgoing) if is_direct(outgoing, about) else _replies(client, about)
    async for candidate in written:
        moment = when(candidate.get("created_at"))
        if text(candidate.get("username")).lower() != client.us or not moment or moment < outgoing.created - EARLIER:
            continue
        view = await _post(client, number(candidate.get("id")))
        if view and _says(view, outgoing):
            return sent(client.site, view, outgoing, private=about.private or is_direct(outgoing, about))
    await _refuse_a_held(client, outgoing)
    return None


async def _replies(client: Client, about: Context) -> AsyncIterator[Mapping[str, Any]]:
    """What answers the post, page by page. Versions that don't know `after` give everything at once."""
    after = 1
    for _ in range(PAGES):
        try:
            answer = await client.get(f"posts/{about.post}/replies", after=after)
        except Refused as error:
            if error.status in (403, 404, 410):
                return  # the post answered is gone
            raise
        replies = [fields(reply) for reply in items(answer.json())]
        for reply in replies:
            yield reply
        last = max((number(reply.get("post_number")) for reply in replies), default=0)
        if len(replies) < 20 or last <= after:
            return
        after = last


async def _messages(client: Client, outgoing: Outgoing) -> AsyncIterator[Mapping[str, Any]]:
    """The first posts of the messages that the account began lately, under the title that this one would have."""
    answer = await client.get(f"topics/private-messages-sent/{client.username}")
    topics = items(fields(fields(answer.json()).get("topic_list")).get("topics"))
    for topic in map(fields, topics):
        began = when(topic.get("created_at"))
        if (
            began
            and began >= outgoing.created - EARLIER
            and text(topic.get("title")).lower() == title(outgoing).lower()
        ):
            answer = await client.get(f"posts/by_number/{number(topic.get('id'))}/1")
            yield fields(answer.json())


async def _post(client: Client, post: int) -> Mapping[str, Any] | None:
    try:
        return fields((await client.get(f"posts/{post}")).json())
    except Refused as error:
        if error.status in (403, 404, 410):
            return None
        raise


async def _refuse_a_held(client: Client, outgoing: Outgoing) -> None:
    try:
        answer = await client.get(f"posts/{client.username}/pending")
    except Refused:
        return  # older forums don't tell
    for held in map(fields, items(fields(answer.json()).get("pending_posts"))):
        if _same(text(held.get("raw_text")), outgoing.text):
            raise Unclear(HELD)


def _says(view: Mapping[str, Any], outgoing: Outgoing) -> bool:
    return _same(text(view.get("raw")), outgoing.text)


def _same(one: str, other: str) -> bool:
    """Whether two texts are the same but for white space, which forums tidy up."""
    return " ".join(one.split()) == " ".join(other.split())
