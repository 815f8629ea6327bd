"""Answers that a person gave on the network's own page, because no program may."""

from __future__ import annotations

from datetime import datetime

import msgspec

from amends.accounts.access import Member
from amends.accounts.audit import record
from amends.cases.book import lock
from amends.cases.queries import case as load_case
from amends.channels.base import Sent
from amends.events.transaction import write
from amends.events.types import ReplyChanged
from amends.replies.actions import answered, outgoing_of
from amends.replies.gate import hold
from amends.replies.models import Draft, Reply, State
from amends.replies.outbox import own_posts
from amends.replies.queries import gate_facts, route


def answer_by_hand(member: Member, case_id: int, text: str, to_id: int | None, now: datetime) -> Reply:
    """Note that the post was answered where it stands, with these words. Raises `Held` where the gate blocks."""
    case = load_case(member, case_id)
    with write(now) as tx:
        lock([case.handle_id])
        way = route(member, case, to_id)
        hold(text, gate_facts(case, way, now), now)
        assert way.to is not None and way.source is not None and way.by_hand  # noqa: S101 - the desk asks first
        reply = Reply.objects.create(
            brand=member.brand,
            case=case,
            to=way.to,
            source=way.source,
            author=member.user,
            text=text,
            outgoing=b"",
            state=State.SENT,
            created=now,
            expires=now,
            sent=now,
        )
        outgoing = outgoing_of(reply, way.to, (), now, way.visibility)
        reply.outgoing, reply.key = msgspec.json.encode(outgoing), outgoing.key
        reply.post_id = own_posts(tx, reply, Sent(id=f"by-hand:{outgoing.key}", at=now, url=way.to.url))
        reply.save(update_fields=["outgoing", "key", "post"])
        answered(tx, reply, now)
        Draft.objects.filter(case=case, user=member.user).delete()
        record(tx, member, "answer_by_hand", "reply", reply.pk, case=case_id)
        tx.tell(reply.brand_id, ReplyChanged(case=case_id, reply=reply.pk, state=reply.state))
    return reply
