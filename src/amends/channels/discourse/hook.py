"""What the forum calls to tell: posts that were written, changed or taken away.

As the forum's own `EmitWebHookEvent` has it, the signature is the HMAC-SHA256 of the raw body under the webhook's
secret. A webhook tells of every post of the forum, messages between other people too, and does not say who takes part
in one; so of messages only deletions are taken from it, and polling hears those that are ours.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from amends.channels.base import BadData, Batch, Deletion, Malformed, Post, Received, Rejected
from amends.channels.discourse.parse import NETWORK, Reader
from amends.channels.discourse.site import Site
from amends.channels.foreign import UNDECODABLE, fields

WRITTEN = frozenset({"post_created", "post_edited", "post_recovered"})
DESTROYED = "post_destroyed"


def receive(site: Site, us: str, secret: str, call: Received, now: datetime) -> Batch:
    """What the call tells. Raises `Rejected` where it is not signed with our secret, `BadData` where it can't be
    read."""
    given = call.headers.get("x-discourse-event-signature", "")
    right = "sha256=" + hmac.new(secret.encode(), call.body, sha256).hexdigest()
    if not hmac.compare_digest(given.encode("utf-8", "replace"), right.encode()):
        raise Rejected("A webhook call was not signed with our secret: enter the same secret here and in the forum.")
    event = call.headers.get("x-discourse-event", "")
    if event not in WRITTEN and event != DESTROYED:
        return Batch()  # a ping, or an event that the webhook need not send
    raw, view = _post(call.body)
    item = Reader(site, us).item(raw)
    if event == DESTROYED or item.gone:
        gone = (Deletion(network=NETWORK, id=site.post(item.place), at=now),) if item.place.number else ()
        return Batch(deletions=gone)
    if isinstance(item.post, Malformed):
        return Batch(malformed=(item.post,))
    if isinstance(item.post, Post) and view.get("topic_archetype") != "private_message":
        return Batch(posts=(item.post,))
    return Batch()


def _post(body: bytes) -> tuple[bytes, Mapping[str, Any]]:
    try:
        raw = bytes(msgspec.json.decode(body, type=dict[str, msgspec.Raw])["post"])
        return raw, fields(msgspec.json.decode(raw))
    except (*UNDECODABLE, KeyError) as error:
        raise BadData(
            "A webhook call of the forum holds no post: let it send JSON, and post events only.", body
        ) from error
