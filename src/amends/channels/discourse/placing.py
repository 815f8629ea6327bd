"""Where a reply goes, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amends.channels.base import Outgoing, Sent, Unclear, Visibility
from amends.channels.discourse.parse import place_of
from amends.channels.discourse.site import Context, Site
from amends.channels.foreign import number, text, when


def is_direct(outgoing: Outgoing, about: Context) -> bool:
    """Whether it becomes a new message: what is in a message already is answered there."""
    return outgoing.visibility is Visibility.PRIVATE and not about.private


def title(outgoing: Outgoing) -> str:
    """What a new message is called."""
    return (outgoing.subject or "About your post")[:200]


def sent(site: Site, view: Mapping[str, Any], outgoing: Outgoing, *, private: bool) -> Sent:
    """A post of ours as it stands. Raises `Unclear` when it is not told where."""
    post, place = number(view.get("id")), place_of(view)
    if not post or not place:
        raise Unclear("The forum did not say where the reply stands. It may stand there.")
    return Sent(
        id=site.post(place),
        at=when(view.get("created_at")) or outgoing.created,
        url=site.page(place, text(view.get("topic_slug"))),
        context=Context(post, place.topic, place.number, private).text(),
    )
