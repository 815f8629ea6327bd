"""Answers: events that carry the reply's key, so that after any break the room itself tells whether they stand.

A homeserver takes an event with the same transaction id of the same device for the same, for a while. Afterwards, and
for another device, only the key in the event's content tells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from amends.channels.base import Act, ChannelError, File, Limits, Outgoing, Rejected, RetryLater, Sent, Unclear
from amends.channels.foreign import fields, text
from amends.channels.http import Refused
from amends.channels.length import too_long
from amends.channels.matrix.addressing import Target, target_of
from amends.channels.matrix.client import Client, errcode
from amends.channels.matrix.content import kind_of
from amends.channels.matrix.fields import answered, when
from amends.channels.matrix.ids import Name, path, split, web
from amends.channels.matrix.lookup import reactions
from amends.channels.matrix.sync import Messages

KEY = "org.amends.reply"  # in an event's content: {"key": the reply's, "part": which of its events}
LIKE = "👍"
LATE = timedelta(hours=1)  # our clock and the server's differ
PAGES = 20  # of 100 events of our own: how far back a reply is looked for


async def send(client: Client, outgoing: Outgoing, limits: Limits) -> Sent:
    """Put the reply's events into its room, those that don't stand there yet. Raises `RetryLater` when sending it again
    can't double it, `Unclear` when not even a look-up was answered, `Rejected` when it is refused."""
    refuse_what_is_not_offered(outgoing, limits)
    if outgoing.act is Act.LIKE:
        return await _like(client, outgoing)
    target = await target_of(client, outgoing, make=True)
    standing = await _standing(client, target, outgoing)
    for part, words in enumerate(outgoing.posts if outgoing.text else ()):
        if part not in standing:
            await _put(client, target, outgoing, part, _words(outgoing, words), standing)
    for part, file in enumerate(outgoing.files, _texts(outgoing)):
        if part not in standing:
            await _put(client, target, outgoing, part, _file(file, await client.upload(file)), standing)
    await _read(client, outgoing)
    return _whole(standing)


async def find(client: Client, outgoing: Outgoing) -> Sent | None:
    """The reply as it stands in its room, or None when it is not there, or not all of it. Raises `Unclear` where that
    can't be told."""
    if outgoing.act is Act.LIKE:
        return await _liked(client, outgoing)
    target = await target_of(client, outgoing, make=False)
    if not target.room:
        return None
    standing = await _standing(client, target, outgoing)
    return _whole(standing) if len(standing) == _texts(outgoing) + len(outgoing.files) else None


def refuse_what_is_not_offered(outgoing: Outgoing, limits: Limits) -> None:
    """Raises `Rejected`."""
    if outgoing.act is Act.QUOTE:
        raise Rejected("Nothing is quoted on Matrix: answer the message instead.")
    if any(too_long(part, limits) for part in outgoing.posts):
        raise Rejected(f"A message on Matrix has at most {limits.text:,} bytes: shorten the answer.")
    if len(outgoing.files) > limits.files:
        raise Rejected(f"An answer carries at most {limits.files} files: take some out.")
    for file in outgoing.files:
        if len(file.content) > limits.file_bytes:
            raise Rejected(f"{file.name} is larger than the {limits.file_bytes >> 20} MB that the homeserver takes.")


async def _put(
    client: Client, target: Target, outgoing: Outgoing, part: int, content: Mapping[str, Any], standing: dict[int, Sent]
) -> None:
    """Send one event, and put it among those that stand."""
    content = {**target.around(content), KEY: {"key": outgoing.key, "part": part}}
    where = path("v3", "rooms", target.room, "send", "m.room.message", f"{outgoing.key}-{part}")
    try:
        answer = await client.write("PUT", where, content)
    except Unclear as error:
        try:
            standing |= await _standing(client, target, outgoing)
        except ChannelError as second:
            raise Unclear(f"{error} It could not be looked up either: {second}") from error
        if part not in standing:
            raise RetryLater(f"{error} It is not there; it is sent again under the same key.") from error
        return
    standing[part] = target.sent(text(fields(answer.json()).get("event_id")), outgoing.created)


async def _standing(client: Client, target: Target, outgoing: Outgoing) -> dict[int, Sent]:
    """The events of this reply that stand in the room, by their part."""
    shown = {"types": ["m.room.message"], "senders": [(await client.session()).user]}
    params: dict[str, Any] = {"dir": "b", "limit": 100, "filter": msgspec.json.encode(shown).decode()}
    found: dict[int, Sent] = {}
    for _ in range(PAGES):
        answer = await client.get(path("v3", "rooms", target.room, "messages"), **params)
        page = answered(answer.body, Messages)
        oldest = None
        for event in (fields(answered(bytes(raw), Any)) for raw in page.chunk):
            oldest = when(event.get("origin_server_ts"))
            told = fields(fields(event.get("content")).get(KEY))
            if told.get("key") == outgoing.key and type(told.get("part")) is int:
                found[told["part"]] = target.sent(text(event.get("event_id")), oldest or outgoing.created)
        if not page.end or (oldest and oldest < outgoing.created - LATE):
            return found
        params["from"] = page.end
    raise Unclear("So much was written by this account since that the answer can't be looked up: see in a Matrix app.")


def _texts(outgoing: Outgoing) -> int:
    return len(outgoing.posts) if outgoing.text else 0


def _whole(standing: Mapping[int, Sent]) -> Sent:
    first, *more = (standing[part] for part in sorted(standing))
    return msgspec.structs.replace(first, more=tuple(more))


def _words(outgoing: Outgoing, words: str) -> dict[str, Any]:
    author = outgoing.to_author.id if outgoing.to_author and outgoing.act is Act.REPLY else ""
    return {"msgtype": "m.text", "body": words, "m.mentions": {"user_ids": [author]} if author else {}}


def _file(file: File, url: str) -> dict[str, Any]:
    return {
        "msgtype": kind_of(file.mime),
        "body": file.alt or file.name,
        "filename": file.name,
        "url": url,
        "info": {"mimetype": file.mime, "size": len(file.content)},
        "m.mentions": {},
    }


async def _read(client: Client, outgoing: Outgoing) -> None:
    """Tell that the message answered was read. Nothing depends on it."""
    if (name := split(outgoing.to)) and outgoing.act is Act.REPLY:
        try:
            await client.write("POST", path("v3", "rooms", name.room, "receipt", "m.read", name.event), {})
        except ChannelError:
            return


async def _like(client: Client, outgoing: Outgoing) -> Sent:
    name = _liked_name(outgoing)
    if standing := await _liked(client, outgoing):
        return standing
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": name.event, "key": LIKE}}
    where = path("v3", "rooms", name.room, "send", "m.reaction", outgoing.key)
    try:
        answer = await client.write("PUT", where, content)
    except Refused as error:
        if errcode(error) == "M_DUPLICATE_ANNOTATION" and (standing := await _liked(client, outgoing)):
            return standing
        raise
    except Unclear as error:
        raise RetryLater(f"{error} It is tried again: a message is liked once.") from error
    return Sent(str(Name(name.room, text(fields(answer.json()).get("event_id")))), outgoing.created)


async def _liked(client: Client, outgoing: Outgoing) -> Sent | None:
    name, me = _liked_name(outgoing), (await client.session()).user
    for event in await reactions(client, name):
        if event.get("sender") == me and fields(fields(event.get("content")).get("m.relates_to")).get("key") == LIKE:
            ours = Name(name.room, text(event.get("event_id")))
            return Sent(str(ours), when(event.get("origin_server_ts")) or outgoing.created, web(name, me))
    return None


def _liked_name(outgoing: Outgoing) -> Name:
    name = split(outgoing.to)
    if not name:
        raise Rejected("This is no message on Matrix: it can't be liked.")
    return name
