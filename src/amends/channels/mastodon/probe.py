"""Asking a server what it can, as the account that connects (or as nobody)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from amends.channels.base import Author, BadData, LogInAgain, Rejected
from amends.channels.foreign import Unreadable, fields
from amends.channels.http import Refused
from amends.channels.mastodon.client import Client, listed
from amends.channels.mastodon.content import body
from amends.channels.mastodon.fields import decode, ident
from amends.channels.mastodon.live import WAYS, Stream, works
from amends.channels.mastodon.parse import author
from amends.channels.mastodon.server import Server, described, streams

WORD = re.compile(r"[^\W\d_]{5,30}")
NAMES = re.compile(r"\S+://\S+|[@#:]\S+")  # of places, people, tags and pictures: no words
MANY = "the"  # a word of so many posts that any search knows some


async def ask(client: Client, server: Server) -> tuple[Server, Author | None]:
    """The server with all that could be learned, and who we are there. Raises `LogInAgain` where the token is refused
    or nothing is shown without one, `Rejected` where it is no server of the fediverse."""
    instance = await _instance(client)
    server, account = described(server, instance), None
    own: list[Mapping[str, Any]] = []
    if client.known:
        view = fields(_json((await client.get("/api/v1/accounts/verify_credentials")).body))
        try:
            account = author(view, server)
        except Unreadable as error:
            raise BadData("The server did not say whose access token this is.") from error
        server = msgspec.structs.replace(server, me=ident(view.get("id")), name=account.id)
        own = await _own(client, server)
    server = msgspec.structs.replace(
        server,
        batch=await _batch(client, own),
        search=await _search(client, own),
        public=await _shown(client, "/api/v1/timelines/public"),
    )
    if not client.known and not server.public and not await _shown(client, "/api/v1/timelines/tag/mastodon"):
        raise LogInAgain(f"{server.domain} shows nothing without an account: enter an access token.")
    return await _live(client, server, streams(server, instance)), account


async def _instance(client: Client) -> Mapping[str, Any]:
    for path in ("/api/v2/instance", "/api/v1/instance"):
        try:
            answer = await client.get(path)
        except Refused as error:
            if error.status < 400:
                raise
            continue
        except LogInAgain:  # a server that is closed to all strangers, or a token that is no good: told later
            return {}
        with suppress(Unreadable):
            if found := fields(decode(answer.body)):
                return found
    raise Rejected("This is not a server of the fediverse, or not one with Mastodon's interface: check its address.")


async def _own(client: Client, server: Server) -> list[Mapping[str, Any]]:
    """Our newest public posts."""
    with suppress(Refused, BadData):
        answer = await client.get(f"/api/v1/accounts/{server.me}/statuses", limit=20, exclude_reblogs="true")
        views = _views(listed(answer.body))
        return [view for view in views if view.get("visibility") == "public" and ident(view.get("id"))]
    return []


async def _batch(client: Client, own: list[Mapping[str, Any]]) -> bool:
    """Whether it tells of several posts in one call: shown with a post of ours, else by its taking the question."""
    ids = [ident(own[0].get("id"))] if own else ["1"]
    try:
        answer = await client.ask("/api/v1/statuses", {"id[]": ids, "ids[]": ids})
        found = {ident(view.get("id")) for view in _views(listed(answer.body))}
    except (Refused, BadData, LogInAgain):
        return False
    return not own or ids[0] in found


async def _search(client: Client, own: list[Mapping[str, Any]]) -> str:
    """Whether it finds posts by their words: "yes", "no", or "" where no post of ours has a word to try."""
    words = WORD.findall(NAMES.sub(" ", " ".join(body(view) for view in own)))
    word = max(words, key=len) if words else MANY
    try:
        answer = await client.get("/api/v2/search", q=word, type="statuses", limit=20)
        found = listed(answer.body, "statuses")
    except (Refused, BadData, LogInAgain):
        return "no"
    if found:
        return "yes"
    return "no" if words or not client.known else ""


async def _shown(client: Client, path: str) -> bool:
    try:
        listed((await client.get(path, limit=1)).body)
    except (Refused, BadData, LogInAgain):
        return False
    return True


async def _live(client: Client, server: Server, bases: Iterable[str]) -> Server:
    """How and where it streams, by trying."""
    stream = Stream("user") if client.known else Stream("public")
    for base in bases:
        for way in WAYS:
            if (way != "websocket-query" or client.known) and await works(client, base, way, stream):
                return msgspec.structs.replace(server, live=way, streaming=base)
    return msgspec.structs.replace(server, live="", streaming="")


def note(server: Server, *, known: bool) -> str:
    """What it will hear, for the person who connects it."""
    hears = ["mentions", "conversations"] if known else []
    hears += ["hashtags"] + (["words (by search)"] if server.search != "no" else [])
    how = {"websocket": "live", "websocket-query": "live", "sse": "live"}.get(server.live, "every few seconds")
    runs = f" It runs {server.software}." if server.software else ""
    shut = "" if server.public or known else " It shows its public timeline to its own accounts only."
    return f"Hears {', '.join(hears)} {how}.{shut}{runs}" + ("" if known else " It can't answer without an account.")


def _views(raws: Iterable[bytes]) -> list[Mapping[str, Any]]:
    found = []
    for raw in raws:
        with suppress(Unreadable):
            found.append(fields(decode(raw)))
    return found


def _json(raw: bytes) -> Any:
    try:
        return decode(raw)
    except Unreadable as error:
        raise BadData("The server did not answer as one of the fediverse does: check its address.", raw) from error
