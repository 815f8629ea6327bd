"""Answers in public: posts and likes, created in one write, so that a thread of several stands whole or not at all.

A server refuses to create a record under a key that is taken (the reference server with a 500). So after anything but
a plain success the records are looked up, and what stands there decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amends.channels.base import Act, BadData, ChannelError, File, Outgoing, Rejected, RetryLater, Sent, Unclear
from amends.channels.bluesky.client import Client
from amends.channels.bluesky.ids import POST, Uri, split, web
from amends.channels.bluesky.parse import Context, views
from amends.channels.bluesky.pictures import ratio
from amends.channels.bluesky.records import names, records_of
from amends.channels.foreign import fields, items, text
from amends.channels.http import Refused


async def send(client: Client, outgoing: Outgoing) -> Sent:
    """Create the answer's records. Raises `RetryLater` when they certainly did not arrive or trying again can't double
    them, `Unclear` when not even a look-up was answered, `Rejected` when the network refuses them."""
    session = await client.session()
    context, liked = await _look_at(client, outgoing)
    if liked and outgoing.act is Act.LIKE:  # from here or from an app
        return Sent(id=liked, at=outgoing.created, url=_web(outgoing.to))
    images = [await _image(client, file) for file in outgoing.files]
    made = records_of(session.did, outgoing, context, images)
    body = {"repo": session.did, "writes": [one.write for one in made]}
    try:
        answer = await client.procedure("com.atproto.repo.applyWrites", body)
        results = [text(fields(one).get("cid")) for one in items(fields(answer.json()).get("results"))]
    except (Unclear, Refused, BadData) as error:
        sent = await _after(client, outgoing, error)
        if sent:
            return sent
        raise
    cids = results if len(results) == len(made) else [one.reference["cid"] for one in made]
    return _sent([one.uri for one in made], cids, outgoing, context.root_cid)


async def find(client: Client, outgoing: Outgoing) -> Sent | None:
    """The answer as it stands in our repository, or None where none of its records does: they were made together.
    Raises `Rejected` when something else stands there."""
    session = await client.session()
    uris = names(session.did, outgoing)
    found = [await _record(client, uri) for uri in uris]
    if not any(found):
        return None
    values = [fields(one.get("value")) for one in found]
    for record, value, words in zip(found, values, outgoing.posts, strict=True):
        if record and outgoing.act is not Act.LIKE and text(value.get("text")) != words:
            raise Rejected("Another post already stands under this reply's key: write the reply anew.")
    root_cid = text(fields(fields(values[-1].get("reply")).get("root")).get("cid"))
    return _sent(uris, [text(one.get("cid")) for one in found], outgoing, root_cid)


async def _after(client: Client, outgoing: Outgoing, error: Unclear | Refused | BadData) -> Sent | None:
    """What became of a send that did not plainly succeed. None where the network's refusal stands."""
    try:
        sent = await find(client, outgoing)
    except ChannelError as second:
        if isinstance(second, Rejected) and not isinstance(second, Refused):
            raise
        if isinstance(error, Refused):
            return None
        raise Unclear(f"{error} It could not be looked up either: {second}") from error
    if sent is None and not isinstance(error, Refused):
        raise RetryLater(f"{error} It is not there; it is sent again under the same key.") from error
    return sent


async def _record(client: Client, uri: Uri) -> Mapping[str, Any]:
    """The record of that name, empty where there is none."""
    try:
        answer = await client.query(
            "com.atproto.repo.getRecord", repo=uri.did, collection=uri.collection, rkey=uri.rkey
        )
    except Refused as error:
        if error.code == "RecordNotFound" or "Could not locate record" in str(error):
            return {}
        raise
    return fields(answer.json())


async def _look_at(client: Client, outgoing: Outgoing) -> tuple[Context, str]:
    """(the content ids of the post that it is about and of its thread's first: those known, else those of today; our
    like of it, if there is one). Raises `Rejected` where an answer would not be seen: the server takes it, and Bluesky
    shows it to nobody."""
    if not outgoing.to:
        return Context(), ""
    known = Context.read(outgoing.to_context)
    root = outgoing.root or outgoing.to
    answer = await client.query("app.bsky.feed.getPosts", uris=list(dict.fromkeys((outgoing.to, root))))
    posts = {text(view.get("uri")): view for view in views(answer.body, "posts")}
    to = posts.get(outgoing.to, {})
    viewer = fields(to.get("viewer"))
    if outgoing.act is Act.REPLY and viewer.get("replyDisabled") is True:
        raise Rejected("The writer does not let this account reply here, so that nobody would see the answer.")
    if outgoing.act is Act.QUOTE and viewer.get("embeddingDisabled") is True:
        raise Rejected("The writer does not let this post be quoted: reply to it instead.")
    cid = known.cid or text(to.get("cid"))
    root_cid = (cid if root == outgoing.to else known.root_cid) or text(posts.get(root, {}).get("cid"))
    if not cid or (outgoing.act is Act.REPLY and not root_cid):
        raise Rejected("The post is gone from Bluesky, or hidden from this account: it can't be answered any more.")
    return Context(cid, root_cid), text(viewer.get("like"))


async def _image(client: Client, file: File) -> dict[str, Any]:
    """A picture as app.bsky.embed.images has it, uploaded."""
    image = {"image": await client.upload(file), "alt": file.alt}
    shape = ratio(file)
    return image | ({"aspectRatio": shape} if shape else {})


def _sent(uris: Sequence[Uri], cids: Sequence[str], outgoing: Outgoing, root_cid: str) -> Sent:
    """The answer as it stands: its first post, and the others under `more`."""
    root_cid = root_cid if outgoing.act is Act.REPLY else ""
    first, *more = (
        Sent(
            id=str(uri),
            at=outgoing.created,
            url=web(uri) if uri.collection == POST else _web(outgoing.to),
            context=Context(cid, root_cid or cids[0]).text(),
        )
        for uri, cid in zip(uris, cids, strict=True)
    )
    return Sent(id=first.id, at=first.at, url=first.url, context=first.context, more=tuple(more))


def _web(to: str) -> str:
    """Where the post is read that a like is about."""
    uri = split(to)
    return web(uri) if uri else ""
