"""Whether a reply stands: its parts are looked for among our newest posts by what they answer and by their text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec

from amends.channels.base import BadData, Outgoing, Sent
from amends.channels.foreign import Unreadable, fields, items, text, when
from amends.channels.http import Refused
from amends.channels.mastodon.client import Client, listed, older
from amends.channels.mastodon.content import body
from amends.channels.mastodon.drafts import Draft
from amends.channels.mastodon.fields import decode, ident
from amends.channels.mastodon.parse import Context, context
from amends.channels.mastodon.server import Server

CLOCKS = timedelta(minutes=5)  # that a server's clock may be behind
PAGES = 5


async def standing(client: Client, server: Server, made: Sequence[Draft], outgoing: Outgoing) -> list[Sent]:
    """The parts that stand, in order, up to the first that does not."""
    ours = await _ours(client, server, outgoing)
    if made[0].visibility == "direct" and made[0].answers:
        ours += await _below(client, server, made[0].answers)  # some servers list no direct messages
    found: list[Sent] = []
    before = ""
    for number, draft in enumerate(made):
        sent = await _one(client, server, draft, before if number else draft.answers, ours, outgoing)
        if sent is None:
            break
        found.append(sent)
        before = local_id(sent)
    return found


def sent_of(view: Mapping[str, Any], server: Server, outgoing: Outgoing) -> Sent:
    """A status of ours as what was sent. Raises `Unreadable`."""
    uri = text(view.get("uri")) or text(view.get("url"))
    if not uri or not ident(view.get("id")):
        raise Unreadable("a post without an id")
    return Sent(
        id=uri,
        at=when(view.get("created_at")) or outgoing.created,
        url=text(view.get("url")),
        context=context(view, server),
    )


def local_id(sent: Sent) -> str:
    return msgspec.json.decode(sent.context, type=Context).id


async def same(client: Client, view: Mapping[str, Any], wanted: str) -> bool:
    """Whether a status of ours has this text: by its source where the server keeps that, else by its words."""
    try:
        answer = await client.get(f"/api/v1/statuses/{ident(view.get('id'))}/source")
        return text(fields(decode(answer.body)).get("text")).strip() == wanted.strip()
    except (Refused, Unreadable):
        return _plain(body(view)) == _plain(wanted)


async def _one(
    client: Client,
    server: Server,
    draft: Draft,
    answers: str,
    ours: Sequence[Mapping[str, Any]],
    outgoing: Outgoing,
) -> Sent | None:
    for view in ours:
        if ident(view.get("in_reply_to_id")) == answers and await same(client, view, draft.text):
            with suppress(Unreadable):
                return sent_of(view, server, outgoing)
    return None


async def _ours(client: Client, server: Server, outgoing: Outgoing) -> list[Mapping[str, Any]]:
    """Our posts since the reply was approved."""
    edge, found, older_than = outgoing.created - CLOCKS, [], ""
    path = f"/api/v1/accounts/{server.me}/statuses"
    for _ in range(PAGES):
        given = {"limit": 40, "exclude_reblogs": "true"} | ({"max_id": older_than} if older_than else {})
        answer = await client.ask(path, given)
        views = _views(listed(answer.body))
        fresh = [view for view in views if (when(view.get("created_at")) or edge) >= edge]
        found += fresh
        older_than = older(answer, ident(views[-1].get("id")) if views else "", len(views) >= 20)
        if not older_than or len(fresh) < len(views):
            break
    return found


async def _below(client: Client, server: Server, local: str) -> list[Mapping[str, Any]]:
    """Our posts that stand below a post."""
    try:
        answer = await client.get(f"/api/v1/statuses/{local}/context")
        views = [fields(one) for one in items(fields(decode(answer.body)).get("descendants"))]
    except (Refused, Unreadable):
        return []
    return [view for view in views if ident(fields(view.get("account")).get("id")) == server.me]


def _views(raws: Sequence[bytes]) -> list[Mapping[str, Any]]:
    try:
        return [fields(decode(raw)) for raw in raws]
    except Unreadable as error:
        raise BadData("The server's list of our own posts can't be read.") from error


def _plain(words: str) -> list[str]:
    """Words as a server may render them: names without their domains."""
    return [word.split("@")[1] if word.startswith("@") else word for word in words.casefold().split()]
