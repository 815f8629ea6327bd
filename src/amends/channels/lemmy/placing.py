"""Where a reply goes, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amends.channels.base import Outgoing, Sent, Unclear, Visibility
from amends.channels.foreign import fields, number, text, when
from amends.channels.lemmy.parse import Context


def is_private(outgoing: Outgoing, about: Context) -> bool:
    """Whether it becomes a private message: what answers one always does."""
    return bool(about.message) or outgoing.visibility is Visibility.PRIVATE


def sent(view: Mapping[str, Any], outgoing: Outgoing) -> Sent:
    """A comment or a message of ours as it stands. Raises `Unclear` when it is not told where."""
    message, comment = fields(view.get("private_message")), fields(view.get("comment"))
    written = message or comment
    identity = text(written.get("ap_id"))
    if not identity:
        raise Unclear("Lemmy did not say where the reply stands. It may stand there.")
    if message:
        where = Context(message=number(message.get("id")), person=number(message.get("recipient_id")))
    else:
        where = Context(number(comment.get("post_id")), number(comment.get("id")))
    at = when(written.get("published")) or outgoing.created
    return Sent(id=identity, at=at, url=identity, context=where.text())
