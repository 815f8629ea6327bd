"""Replies: records whose name and content are fixed before the first attempt, so that no attempt makes a second one.

A server refuses to create a record under a key that is taken (the reference server with a 500). So after anything but
a plain success the record is looked up, and what stands there decides.
"""

from __future__ import annotations

from typing import Any

import msgspec

from amends.channels.base import ChannelError, Outgoing, Rejected, RetryLater, Sent, Unclear, Visibility
from amends.channels.bluesky.client import Client
from amends.channels.bluesky.fields import fields, text
from amends.channels.bluesky.ids import POST, Uri, web
from amends.channels.bluesky.manifest import MANIFEST
from amends.channels.bluesky.parse import Context, views
from amends.channels.bluesky.richtext import facets
from amends.channels.http import Refused
from amends.channels.length import too_long


async def send(client: Client, outgoing: Outgoing) -> Sent:
    """Create the reply's record. Raises `RetryLater` when it certainly did not arrive or trying again can't double it,
    `Unclear` when not even a look-up was answered, `Rejected` when the network refuses it."""
    refuse_what_is_not_offered(outgoing)
    session = await client.session()
    context = await _context(client, outgoing)
    uri = Uri(session.did, POST, outgoing.key)
    record = record_of(outgoing, context)
    body = {"repo": session.did, "collection": POST, "rkey": outgoing.key, "record": record}
    try:
        answer = await client.procedure("com.atproto.repo.createRecord", body)
    except (Unclear, Refused) as error:
        sent = await _after(client, outgoing, error)
        if sent:
            return sent
        raise
    return _sent(uri, outgoing, text(fields(answer.json()).get("cid")), context)


async def find(client: Client, outgoing: Outgoing) -> Sent | None:
    """The reply as it stands in our repository, or None when there is none under its key. Raises `Rejected` when
    something else stands there."""
    session = await client.session()
    try:
        answer = await client.query("com.atproto.repo.getRecord", repo=session.did, collection=POST, rkey=outgoing.key)
    except Refused as error:
        if error.code == "RecordNotFound" or "Could not locate record" in str(error):
            return None
        raise
    found = fields(answer.json())
    if text(fields(found.get("value")).get("text")) != outgoing.text:
        raise Rejected("Another post already stands under this reply's key: write the reply anew.")
    reply = fields(fields(found.get("value")).get("reply"))
    root_cid = text(fields(reply.get("root")).get("cid"))
    uri = Uri(session.did, POST, outgoing.key)
    return _sent(uri, outgoing, text(found.get("cid")), Context("", root_cid))


def record_of(outgoing: Outgoing, context: Context) -> dict[str, Any]:
    """The record, the same at every attempt. `context` is of the post answered, whole."""
    record: dict[str, Any] = {
        "$type": POST,
        "text": outgoing.text,
        "createdAt": outgoing.created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if spans := facets(outgoing.text, outgoing.to_author):
        record["facets"] = spans
    if outgoing.lang:
        record["langs"] = [outgoing.lang]
    if outgoing.to:
        root = {"uri": outgoing.root or outgoing.to, "cid": context.root_cid}
        record["reply"] = {"root": root, "parent": {"uri": outgoing.to, "cid": context.cid}}
    return record


def refuse_what_is_not_offered(outgoing: Outgoing) -> None:
    """Raises `Rejected` rather than make public what was not meant to be, or leave a picture out."""
    if outgoing.visibility is not Visibility.PUBLIC:
        raise Rejected("Replies on Bluesky are public: this one was meant to be private and was not sent.")
    if outgoing.files:
        raise Rejected("Replies on Bluesky are sent without attachments: take them out.")
    if too_long(outgoing.text, MANIFEST.limits):
        raise Rejected(f"A post on Bluesky has at most {MANIFEST.limits.text} characters: shorten the answer.")


async def _after(client: Client, outgoing: Outgoing, error: Unclear | Refused) -> Sent | None:
    """What became of a send that did not plainly succeed. None where the network's refusal stands."""
    try:
        sent = await find(client, outgoing)
    except ChannelError as second:
        if isinstance(second, Rejected) and not isinstance(second, Refused):
            raise
        if isinstance(error, Refused):
            return None
        raise Unclear(f"{error} It could not be looked up either: {second}") from error
    if sent is None and isinstance(error, Unclear):
        raise RetryLater(f"{error} It is not there; it is sent again under the same key.") from error
    return sent


async def _context(client: Client, outgoing: Outgoing) -> Context:
    """The content ids of the post answered and of its thread's first: those known, else those of today. Raises
    `Rejected` where an answer would not be seen: the server takes it, and Bluesky shows it to nobody."""
    if not outgoing.to:
        return Context("")
    try:
        known = msgspec.json.decode(outgoing.to_context or '{"cid":""}', type=Context)
    except (msgspec.DecodeError, UnicodeEncodeError):
        known = Context("")
    root = outgoing.root or outgoing.to
    answer = await client.query("app.bsky.feed.getPosts", uris=list(dict.fromkeys((outgoing.to, root))))
    posts = {text(view.get("uri")): view for view in views(answer.body, "posts")}
    to = posts.get(outgoing.to, {})
    if fields(to.get("viewer")).get("replyDisabled") is True:
        raise Rejected("The writer does not let this account reply here, so that nobody would see the answer.")
    cid = known.cid or text(to.get("cid"))
    root_cid = (cid if root == outgoing.to else known.root_cid) or text(posts.get(root, {}).get("cid"))
    if not (cid and root_cid):
        raise Rejected("The post is gone from Bluesky, or hidden from this account: it can't be answered any more.")
    return Context(cid, root_cid)


def _sent(uri: Uri, outgoing: Outgoing, cid: str, answered: Context) -> Sent:
    context = Context(cid, answered.root_cid or cid)
    return Sent(id=str(uri), at=outgoing.created, url=web(uri), context=msgspec.json.encode(context).decode())
