"""Whether a reply of ours stands already: recognised by its writer, what it answers, its words and when it was written.

Lemmy gives no place for a key. Two replies of the same words to the same post or comment within five minutes of each
other's approval are taken for one.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

from amends.channels.base import Act, Outgoing, Sent
from amends.channels.foreign import fields, items, number, text, when
from amends.channels.http import Refused
from amends.channels.lemmy.parse import Context, is_gone, parent_of
from amends.channels.lemmy.placing import is_private, sent
from amends.channels.lemmy.session import Client

EARLIER = timedelta(minutes=5)  # what the server's clock and ours may differ by
LINK = re.compile(r"https?://[^\s)\]>\"]+")
SLUR = "*removed*"  # what a server's filter puts in a word's place


async def find(client: Client, outgoing: Outgoing, about: Context) -> Sent | None:
    """What stands of it, or None."""
    us = (await client.session()).person
    if outgoing.act is Act.LIKE:
        view = await _view(client, about)
        return Sent(id=outgoing.to, at=outgoing.created) if view.get("my_vote") == 1 else None
    if outgoing.act is Act.EDIT:
        view = await _view(client, about)
        content = fields(view.get("private_message") or view.get("comment")).get("content")
        return sent(view, outgoing) if same(text(content), outgoing.text) else None
    private = is_private(outgoing, about)
    async for view in _messages(client, about.person) if private else _comments(client, about):
        what = "private_message" if private else "comment"
        written = fields(view.get(what))
        at = when(written.get("published"))
        if number(written.get("creator_id")) != us or not at or at < outgoing.created - EARLIER or is_gone(view, what):
            continue
        if same(text(written.get("content")), outgoing.text):
            return sent(view, outgoing)
    return None


async def _comments(client: Client, about: Context) -> AsyncIterator[Mapping[str, Any]]:
    """The comments right under what is answered: the newest three hundred, which is what a server gives of a tree."""
    under = {"parent_id": about.comment} if about.comment else {"post_id": about.post}
    params = {"type_": "All", "sort": "New", "max_depth": 1, "limit": 50}
    try:
        answer = await client.get("comment/list", **params, **under)
    except Refused as error:
        if error.status == 404 or error.code.startswith("couldnt_find"):
            return  # what is answered is gone
        raise
    for view in map(fields, items(fields(answer.json()).get("comments"))):
        if parent_of(fields(view.get("comment"))) == about.comment:
            yield view


async def _messages(client: Client, person: int) -> AsyncIterator[Mapping[str, Any]]:
    """The newest fifty messages between us and that person."""
    answer = await client.get("private_message/list", creator_id=person, limit=50)
    for view in map(fields, items(fields(answer.json()).get("private_messages"))):
        if number(fields(view.get("private_message")).get("recipient_id")) == person:
            yield view


async def _view(client: Client, about: Context) -> Mapping[str, Any]:
    """A comment, a post or one of our messages as it stands; empty when it is gone."""
    if about.message:
        answer = await client.get("private_message/list", creator_id=about.person, limit=50)
        views = map(fields, items(fields(answer.json()).get("private_messages")))
        return next((one for one in views if number(fields(one.get("private_message")).get("id")) == about.message), {})
    path, which = ("comment", about.comment) if about.comment else ("post", about.post)
    try:
        answer = await client.get(path, id=which)
    except Refused as error:
        if error.status == 404 or error.code.startswith("couldnt_find"):
            return {}
        raise
    return fields(fields(answer.json()).get(f"{path}_view"))


def same(standing: str, ours: str) -> bool:
    """Whether a text that stands there is ours: servers take trackers out of links, lead pictures through themselves,
    and put `*removed*` for words of their filter."""
    first, *pieces = [_bare(piece) for piece in standing.split(SLUR)]
    words = _bare(ours)
    if not pieces:
        return words == first
    if not (words.startswith(first) and words[len(first) :].endswith(pieces[-1])):
        return False
    at, end = len(first), len(words) - len(pieces[-1])
    for piece in pieces[:-1]:
        at = words.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def _bare(words: str) -> str:
    return " ".join(LINK.sub(" ", words).split())
