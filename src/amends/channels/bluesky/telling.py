"""Answers in private: direct messages. The chat service has no keys by which it would know a repetition.

So what was said is looked up before anything is, and again after an unclear answer. A message is ours when this account
wrote these very words after the message that they answer, and not before the answer was approved, give or take what
clocks differ. Two answers of the same words within that time are therefore taken for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from amends.channels.base import ChannelError, Outgoing, Post, Rejected, RetryLater, Sent, Unclear
from amends.channels.bluesky import chat
from amends.channels.bluesky.client import Client
from amends.channels.bluesky.manifest import ALONE
from amends.channels.bluesky.messages import Convo, convo_of, message, messages
from amends.channels.bluesky.richtext import facets
from amends.channels.foreign import Unreadable, decode, fields
from amends.channels.length import too_long

CLOCKS = timedelta(minutes=10)


async def send(client: Client, outgoing: Outgoing) -> Sent:
    """Say what has not been said yet. Raises `RetryLater` when it certainly did not arrive, `Unclear` when not even a
    look-up was answered, `Rejected` where they take no direct messages."""
    session = await client.session()
    convo = await _convo(client, outgoing)
    texts = texts_of(outgoing)
    said = await _said(client, convo, session.did, outgoing)
    for words in texts[len(said) :]:
        try:
            said.append(await _tell(client, convo, words, outgoing))
        except Unclear as error:
            before, said = len(said), await _looked_up(client, convo, session.did, outgoing, error)
            if len(said) <= before:
                raise RetryLater(f"{error} It is not there; it is sent again.") from error
    return _sent(said)


async def find(client: Client, outgoing: Outgoing) -> Sent | None:
    """The answer as it stands in the conversation. None where it is not there, or not all of it."""
    session = await client.session()
    said = await _said(client, await _convo(client, outgoing), session.did, outgoing)
    return _sent(said) if len(said) == len(texts_of(outgoing)) else None


def texts_of(outgoing: Outgoing) -> Sequence[str]:
    """The messages that it becomes: one where it fits, for a message holds more than a post."""
    return outgoing.posts if too_long(outgoing.text, ALONE) else (outgoing.text,)


async def _convo(client: Client, outgoing: Outgoing) -> str:
    known, _ = convo_of(outgoing.to)
    if known:
        return known
    if not (outgoing.to_author and outgoing.to_author.id):
        raise Rejected("It is not known who would get this direct message: answer the post in public.")
    return await chat.convo_with(client, outgoing.to_author.id)


async def _said(client: Client, convo: str, did: str, outgoing: Outgoing) -> list[Post]:
    """Those of the answer's messages that stand, in order."""
    edge, (_, answered) = outgoing.created - CLOCKS, convo_of(outgoing.to)
    ours: list[Post] = []
    async for raws in chat.said(client, convo):
        page = [one for one in messages(raws, Convo(convo, True, {}, 0)) if isinstance(one, Post)]
        later = [one for one in page if one.created >= edge]
        at = next((at for at, one in enumerate(later) if answered and convo_of(one.id)[1] == answered), len(later))
        ours += [one for one in later[:at] if one.author.id == did]
        if at < len(later) or len(later) < len(page):
            break
    found: list[Post] = []
    texts = texts_of(outgoing)
    for one in reversed(ours):
        if len(found) < len(texts) and one.text.strip() == texts[len(found)].strip():
            found.append(one)
    return found


async def _looked_up(client: Client, convo: str, did: str, outgoing: Outgoing, error: Unclear) -> list[Post]:
    try:
        return await _said(client, convo, did, outgoing)
    except ChannelError as second:
        raise Unclear(f"{error} It could not be looked up either: {second}") from error


async def _tell(client: Client, convo: str, words: str, outgoing: Outgoing) -> Post:
    body: dict[str, Any] = {"text": words}
    if spans := facets(words, outgoing.to_author):
        body["facets"] = spans
    answer = await chat.tell(client, convo, body)
    try:
        return message(fields(decode(answer.body)), convo, {}, answer.body)
    except (Unreadable, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unclear(f"{answer.host} did not say what became of the message.") from error


def _sent(said: Sequence[Post]) -> Sent:
    first, *more = (Sent(id=one.id, at=one.created, url=one.url, context=one.context) for one in said)
    return Sent(id=first.id, at=first.at, url=first.url, context=first.context, more=tuple(more))
