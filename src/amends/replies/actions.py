"""Every write that people make about replies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec
from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.audit import record
from amends.cases.actions import assign
from amends.cases.book import lock
from amends.cases.intake import Answer, take
from amends.cases.models import Case
from amends.cases.models import State as CaseState
from amends.cases.queries import case as load_case
from amends.channels.base import Act, Author, Outgoing, Visibility
from amends.channels.http import Http
from amends.channels.split import split
from amends.conversations.models import Conversation, Post
from amends.events.transaction import Tx, write
from amends.events.types import ReplyChanged
from amends.replies import uploads
from amends.replies.gate import hold
from amends.replies.models import Draft, How, Reply, State
from amends.replies.queries import AGAIN_WITHIN, Route, gate_facts, route
from amends.sources.connect import connect

ANSWERS = (Act.REPLY, Act.QUOTE)  # the acts that answer somebody
EXPIRES_AFTER = timedelta(hours=4)


def save_draft(
    member: Member, case_id: int, text: str, to_id: int | None, now: datetime, how: str = How.REPLY
) -> Draft | None:
    """Keep what somebody has begun to write; an empty text forgets it."""
    case = load_case(member, case_id)
    with write(now):
        if not text.strip():
            Draft.objects.filter(case=case, user=member.user).delete()
            return None
        values = {"text": text[:100_000], "to_id": _to(member, to_id), "updated": now}
        values["how"] = how if how in How.values else How.REPLY
        row, _ = Draft.objects.update_or_create(case=case, user=member.user, defaults=values)
        return row


def _to(member: Member, post_id: int | None) -> int | None:
    if post_id is None:
        return None
    if not Post.objects.filter(pk=post_id, brand=member.brand).exists():
        raise Http404
    return post_id


def approve(
    member: Member,
    case_id: int,
    text: str,
    to_id: int | None,
    now: datetime,
    how: str = How.REPLY,
    described: Mapping[int, str] = MappingProxyType({}),
) -> Reply:
    """Check the reply at the gate and put it into the outbox, whole and fixed, with the files that lie beside its
    writer's draft (`described`: what each shows). Raises `Held` where the gate blocks."""
    case = load_case(member, case_id)
    with write(now) as tx:
        lock([case.handle_id])  # one at a time: of a form sent twice, the second must see what the first did
        way = route(member, case, to_id, how)
        hold(text, gate_facts(case, way, now, uploads.waiting(member, case_id)), now)
        assert way.to is not None and way.source is not None  # noqa: S101 - the gate blocks otherwise
        if way.by_hand:
            raise Refused("No program may answer here: answer on the network itself, and say so.")
        reply = put(member, case, way, Act.QUOTE if how == How.QUOTE else Act.REPLY, text, now)
        uploads.take_along(member, reply, described)
        Draft.objects.filter(case=case, user=member.user).delete()
        if case.assignee_id is None and case.state != CaseState.RESOLVED:
            assign(member, case_id, member.user.pk, now)
        record(tx, member, "approve", "reply", reply.pk, case=case_id)
        say(tx, reply)
    return reply


def put(member: Member, case: Case, way: Route, act: Act, text: str, now: datetime) -> Reply:
    """Into the outbox, whole and fixed."""
    assert way.to is not None and way.source is not None  # noqa: S101 - whoever puts it there has looked
    reply = Reply.objects.create(
        brand=member.brand,
        case=case,
        to=way.to,
        source=way.source,
        author=member.user,
        act=act.value,
        text=text,
        outgoing=b"",
        created=now,
        next_at=now,
        expires=now + EXPIRES_AFTER,
    )
    outgoing = outgoing_of(reply, way.to, split(text, way.limits), now, way.visibility)
    reply.outgoing = msgspec.json.encode(outgoing)
    reply.key = outgoing.key
    reply.save(update_fields=["outgoing", "key"])
    return reply


def outgoing_of(reply: Reply, to: Post, parts: tuple[str, ...], now: datetime, visibility: str) -> Outgoing:
    """The reply as every attempt sends it."""
    conversation = Conversation.objects.get(pk=to.conversation_id)
    handle = to.handle
    return Outgoing(
        key=connect(reply.source, Http()).new_key(now, reply.pk),
        text=reply.text,
        parts=parts if len(parts) > 1 else (),
        created=now,
        to=to.external_id,
        root=conversation.external_id,
        to_author=Author(id=handle.external_id, name=handle.name, display=handle.display),
        to_context=to.context,
        visibility=Visibility(visibility),
        act=Act(reply.act),
        subject=to.subject,
        lang=to.lang,
    )


def _how(reply: Reply) -> str:
    """In which way a reply was to leave."""
    if reply.act == Act.QUOTE:
        return How.QUOTE
    outgoing = msgspec.json.decode(bytes(reply.outgoing), type=Outgoing)
    alone = outgoing.visibility == Visibility.PRIVATE and reply.to.visibility != Visibility.PRIVATE
    return How.PRIVATE if alone else How.REPLY


def say(tx: Tx, reply: Reply) -> None:
    tx.tell(reply.brand_id, ReplyChanged(case=reply.case_id, reply=reply.pk, state=reply.state))


def _load(member: Member, reply_id: int, *states: State) -> Reply:
    reply = Reply.objects.select_for_update().filter(brand=member.brand, pk=reply_id).first()
    if reply is None:
        raise Http404
    if reply.state not in states:
        raise Refused(f"This reply is {reply.get_state_display().lower()} by now.")
    return reply


def withdraw(member: Member, reply_id: int, now: datetime) -> Reply:
    """Take back a reply that has not left: it becomes its writer's draft again. The answer is the reply that was."""
    with write(now) as tx:
        reply = _load(member, reply_id, State.QUEUED, State.FAILED)
        uploads.lay_back(reply)
        if not Reply.objects.filter(pk=reply.pk, state=reply.state).delete()[0]:
            raise Refused("It has just left.")
        if reply.act in ANSWERS:
            Draft.objects.update_or_create(
                case_id=reply.case_id,
                user=reply.author,
                defaults={"text": reply.text, "to_id": reply.to_id, "how": _how(reply), "updated": now},
            )
        record(tx, member, "withdraw", "reply", reply_id, case=reply.case_id)
        tx.tell(reply.brand_id, ReplyChanged(case=reply.case_id, reply=reply_id, state="withdrawn"))
    return reply


def retry(member: Member, reply_id: int, now: datetime) -> Reply:
    """Try a reply that was not sent once more: the very same one, so that it still cannot double."""
    with write(now) as tx:
        reply = _load(member, reply_id, State.FAILED)
        lock([reply.case.handle_id])
        others = Reply.objects.filter(case=reply.case_id, created__gte=now - AGAIN_WITHIN).exclude(state=State.FAILED)
        if reply.act in ANSWERS and others.filter(text=reply.text).exists():
            raise Refused("These very words were sent a moment ago.")
        reply.state, reply.problem, reply.attempts = State.QUEUED, "", 0
        reply.next_at, reply.expires = now, now + EXPIRES_AFTER
        reply.save(update_fields=["state", "problem", "attempts", "next_at", "expires"])
        record(tx, member, "retry", "reply", reply.pk)
        say(tx, reply)
    return reply


def settle(member: Member, reply_id: int, arrived: bool, now: datetime) -> Reply:
    """A person has looked whether an uncertain reply arrived. Told that it did not, it may be retried."""
    with write(now) as tx:
        reply = _load(member, reply_id, State.UNCERTAIN)
        reply.state = State.SENT if arrived else State.FAILED
        reply.sent = now if arrived else None
        reply.problem = "" if arrived else "A person has seen that it did not arrive."
        reply.next_at = reply.lease_until = None
        reply.save(update_fields=["state", "sent", "problem", "next_at", "lease_until"])
        if arrived and reply.act in ANSWERS:
            reply.files.all().delete()
            answered(tx, reply, now)
        record(tx, member, "settle", "reply", reply.pk, arrived=arrived)
        say(tx, reply)
    return reply


def answered(tx: Tx, reply: Reply, at: datetime) -> None:
    """The reply stands on the network: the case waits for the customer now."""
    post = reply.to
    lock([post.handle_id])
    take(tx, reply.brand_id, (), [Answer(to_handle=post.handle_id, conversation=post.conversation_id, at=at)], set())
