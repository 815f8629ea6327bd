"""The records that an answer becomes: their names and contents are fixed before the first attempt, so that every
attempt is the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from amends.channels.base import Act, Outgoing
from amends.channels.bluesky.cids import cid_of
from amends.channels.bluesky.ids import LIKE, POST, Uri, following, like_key
from amends.channels.bluesky.parse import Context
from amends.channels.bluesky.richtext import facets


class Record(NamedTuple):
    """One record of ours, to be created under its name."""

    uri: Uri
    value: dict[str, Any]

    @property
    def reference(self) -> dict[str, str]:
        """A com.atproto.repo.strongRef."""
        return {"uri": str(self.uri), "cid": cid_of(self.value)}

    @property
    def write(self) -> dict[str, Any]:
        """A part of com.atproto.repo.applyWrites."""
        name = {"collection": self.uri.collection, "rkey": self.uri.rkey}
        return {"$type": "com.atproto.repo.applyWrites#create", **name, "value": self.value}


def names(did: str, outgoing: Outgoing) -> list[Uri]:
    """What the records of an answer are called, in order."""
    if outgoing.act is Act.LIKE:
        return [Uri(did, LIKE, like_key(outgoing.to))]
    return [Uri(did, POST, following(outgoing.key, step)) for step in range(len(outgoing.posts))]


def records_of(did: str, outgoing: Outgoing, context: Context, images: Sequence[dict[str, Any]] = ()) -> list[Record]:
    """The records of an answer, in order, the same at every attempt. `context` is of the post it is about, whole;
    `images` have been uploaded. Each part answers the one before it."""
    uris = names(did, outgoing)
    subject = {"uri": outgoing.to, "cid": context.cid}
    if outgoing.act is Act.LIKE:
        return [Record(uris[0], {"$type": LIKE, "subject": subject, "createdAt": written(outgoing.created)})]
    root = {"uri": outgoing.root or outgoing.to, "cid": context.root_cid}
    reply = {"root": root, "parent": subject} if outgoing.to and outgoing.act is Act.REPLY else None
    made: list[Record] = []
    for step, (uri, text) in enumerate(zip(uris, outgoing.posts, strict=True)):
        value = _post(text, outgoing, outgoing.created + timedelta(milliseconds=step))
        if made:
            before = made[-1].reference
            reply = {"root": reply["root"] if reply else made[0].reference, "parent": before}
        elif embed := _embed(subject if outgoing.act is Act.QUOTE else None, images):
            value["embed"] = embed
        made.append(Record(uri, value | ({"reply": reply} if reply else {})))
    return made


def written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _post(text: str, outgoing: Outgoing, created: datetime) -> dict[str, Any]:
    value: dict[str, Any] = {"$type": POST, "text": text, "createdAt": written(created)}
    if spans := facets(text, outgoing.to_author):
        value["facets"] = spans
    if outgoing.lang:
        value["langs"] = [outgoing.lang]
    return value


def _embed(quoted: dict[str, str] | None, images: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """A quoted post, pictures, or both."""
    record = {"$type": "app.bsky.embed.record", "record": quoted}
    media = {"$type": "app.bsky.embed.images", "images": list(images)}
    if quoted and images:
        return {"$type": "app.bsky.embed.recordWithMedia", "record": record, "media": media}
    return record if quoted else media if images else None
