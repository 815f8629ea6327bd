"""The chat service's calls: direct messages, which the account's own server passes on to it.

The lexicons chat.bsky.convo.*. The log of what happens in all conversations begins *now* when it is asked without a
cursor (https://github.com/bluesky-social/atproto/issues/2760): what was said before stands in the conversations.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from amends.channels.base import Rejected, RetryLater
from amends.channels.bluesky.client import Client, not_allowed
from amends.channels.bluesky.messages import Convo, conversation
from amends.channels.bluesky.parse import page, views
from amends.channels.foreign import decode, fields, text
from amends.channels.http import Answer, Refused

SERVICE = "did:web:api.bsky.chat#bsky_chat"
AT_ONCE = 100  # chat.bsky.convo.listConvos and getMessages: maximum of `limit`
PAGES = 100

ADVICE = (
    'To have them, make a new app password in Bluesky with "Allow access to your direct messages" ticked, '
    "and enter it here."
)
CLOSED = {
    "MessagesDisabled": "They take no direct messages.",
    "NotFollowedBySender": "They take direct messages only from accounts that they follow.",
    "BlockedActor": "They have blocked this account, or it them.",
    "BlockedSubject": "They have blocked this account, or it them.",
    "RecipientNotFound": "Their account is gone.",
    "ConvoLocked": "The conversation is closed.",
}


async def allowed(client: Client) -> bool | None:
    """Whether the account may hear and send direct messages; None where that can't be told now."""
    try:
        await client.query("chat.bsky.convo.getLog", service=SERVICE)
    except Refused:
        return False
    except RetryLater:
        return None
    return True


async def log(client: Client, cursor: str) -> tuple[list[bytes], str]:
    """(what happened since `cursor`, the oldest first; the cursor behind it). Raises `Refused` for one that is not
    known any more."""
    answer = await _ask(client, "getLog", **_from(cursor))
    raws, following = page(answer.body, "logs")
    return raws, following or cursor


async def convo(client: Client, name: str) -> Convo | None:
    """The conversation; None where the account is not in it any more."""
    try:
        answer = await _ask(client, "getConvo", convoId=name)
    except Refused:
        return None
    return conversation(fields(fields(answer.json()).get("convo")))


async def convo_with(client: Client, did: str) -> str:
    """The conversation of the account and one other, begun where there is none. Raises `Rejected` where they take
    none."""
    try:
        answer = await _ask(client, "getConvoForMembers", members=[did])
    except Refused as error:
        raise closed(error) from error
    found = conversation(fields(fields(answer.json()).get("convo")))
    if not found:
        raise Rejected("Bluesky named no conversation with them: they can't be written to.")
    return found.id


async def convos(client: Client) -> AsyncIterator[list[Convo]]:
    """The account's conversations, a page at a time, those with news first."""
    cursor = ""
    for _ in range(PAGES):
        answer = await _ask(client, "listConvos", limit=AT_ONCE, **_from(cursor))
        yield [found for view in views(answer.body, "convos") if (found := conversation(view))]
        cursor = text(fields(decode(answer.body)).get("cursor"))
        if not cursor:
            return


async def said(client: Client, name: str) -> AsyncIterator[list[bytes]]:
    """The messages of a conversation, a page at a time, the newest first."""
    cursor = ""
    for _ in range(PAGES):
        answer = await _ask(client, "getMessages", convoId=name, limit=AT_ONCE, **_from(cursor))
        raws, cursor = page(answer.body, "messages")
        yield raws
        if not (raws and cursor):
            return


async def tell(client: Client, name: str, message: dict[str, Any]) -> Answer:
    """Say something. Raises `Unclear` where it is not known whether it was said, `Rejected` where it can't be."""
    body = {"convoId": name, "message": message}
    try:
        return await client.procedure("chat.bsky.convo.sendMessage", body, service=SERVICE)
    except Refused as error:
        raise closed(error) from error


def closed(error: Refused) -> Rejected:
    """Why a direct message can't be sent, in words."""
    if not_allowed(error):
        return Rejected(f"This app password does not allow direct messages. {ADVICE}")
    why = CLOSED.get(error.code)
    return Rejected(f"{why} Answer in public, or elsewhere.") if why else error


def _from(cursor: str) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}


async def _ask(client: Client, name: str, **params: Any) -> Answer:
    return await client.query(f"chat.bsky.convo.{name}", service=SERVICE, **params)
