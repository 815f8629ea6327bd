"""Jetstream's frames: every public post as it is written, in JSON (the `/subscribe` form).

https://github.com/bluesky-social/jetstream: a frame has `did`, `time_us` and `kind`; a commit tells of one record. The
cursor is `time_us`, inclusive. A cursor older than the server remembers (36 hours) is moved up without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import Author, Deletion, Malformed, Post
from amends.channels.bluesky.ids import DID, POST, Uri, instant, split
from amends.channels.bluesky.parse import NETWORK, from_record
from amends.channels.foreign import Unreadable, count, decode, fields, text


class Frame(NamedTuple):
    """What one frame said. `time_us` is 0 where it could not be read; `what` is None for what is not about posts."""

    time_us: int
    what: Post | Deletion | Malformed | None


def frame(raw: bytes) -> Frame:
    """Read one frame."""
    time_us = 0
    try:
        outer = fields(decode(raw))
        time_us = count(outer.get("time_us")) or 0
        return Frame(time_us, _event(outer, time_us, raw))
    except (Unreadable, msgspec.DecodeError, UnicodeDecodeError) as error:
        return Frame(time_us, Malformed(str(error), raw))


def _event(outer: Mapping[str, Any], time_us: int, raw: bytes) -> Post | Deletion | None:
    kind, at = outer.get("kind"), instant(time_us)
    if not time_us:
        raise Unreadable("a frame without a time")
    if kind != "commit":
        if not isinstance(kind, str):
            raise Unreadable("a frame without a kind")
        return None
    commit = fields(outer.get("commit"))
    did, rkey, collection = text(outer.get("did")), text(commit.get("rkey")), text(commit.get("collection"))
    if not DID.fullmatch(did) or not rkey or not collection:
        raise Unreadable("a commit without a writer or a record's name")
    if collection != POST:
        return None
    uri = str(Uri(did, POST, rkey))
    match commit.get("operation"):
        case "delete":
            if not split(uri):
                raise Unreadable("no address of a post")
            return Deletion(network=NETWORK, id=uri, at=at)
        case "create" | "update" as operation:
            record = fields(commit.get("record"))
            post = from_record(uri, text(commit.get("cid")), record, writer=Author(id=did), indexed=at, raw=raw)
            return msgspec.structs.replace(post, edited=at) if operation == "update" else post
        case _:
            raise Unreadable("a commit without an operation")
