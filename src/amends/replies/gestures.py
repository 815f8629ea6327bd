"""What else than answering can be done with a post: a like, and a correction of what we wrote ourselves."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.audit import record
from amends.cases.book import lock
from amends.cases.queries import case as load_case
from amends.channels.base import Act, Can
from amends.events.transaction import write
from amends.replies.actions import put, say
from amends.replies.gate import hold
from amends.replies.models import Reply
from amends.replies.queries import Route, gate_facts, liked, route


def like(member: Member, case_id: int, post_id: int, now: datetime) -> Reply:
    """Like a post as the brand's account, once. Raises `Refused` where the network has no likes."""
    case = load_case(member, case_id)
    with write(now) as tx:
        lock([case.handle_id])
        way = _way(route(member, case, post_id), Can.LIKE, _("Nothing can be liked here."))
        if before := liked([post_id]).get(post_id):
            return before
        reply = put(member, case, way, Act.LIKE, "", now)
        record(tx, member, "like", "post", post_id, case=case_id)
        say(tx, reply)
    return reply


def correct(member: Member, case_id: int, post_id: int, text: str, now: datetime) -> Reply:
    """Put other words into a post of ours. Raises `Held` where the gate blocks them, `Refused` where it can't be."""
    case = load_case(member, case_id)
    with write(now) as tx:
        lock([case.handle_id])
        way = _way(route(member, case, post_id), Can.EDIT_OUT, _("What stands here can't be changed."))
        assert way.to is not None  # noqa: S101 - looked at above
        if not way.to.ours:
            raise Refused(_("Only what you wrote yourselves can be corrected."))
        # It is no answer: nobody's post is too old for it, and it is one post and stays one.
        limits = msgspec.structs.replace(way.limits, parts=1, reply_window=None)
        hold(text, msgspec.structs.replace(gate_facts(case, way, now), limits=limits), now)
        reply = put(member, case, way, Act.EDIT, text, now)
        record(tx, member, "correct", "post", post_id, case=case_id)
        say(tx, reply)
    return reply


def _way(way: Route, can: Can, otherwise: str) -> Route:
    if way.to is None or way.source is None:
        raise Refused(way.problem)
    if way.to.deleted is not None:
        raise Refused(_("The post was deleted."))
    if can not in way.can:
        raise Refused(otherwise)
    return way
