"""Whose turn is it? Pure: a case as it is, what has happened, and so the case as it will be.

The rules:
- a post of the customer in a conversation of an open case is appended to it, and wakes it when it slept or waited for
  the customer;
- a post elsewhere joins the customer's open case when that is fresh (two days): it is one matter, for one agent;
- a post where a case was resolved less than two weeks ago opens that case again;
- otherwise a post that needs an answer opens a case, and one that needs none does not;
- a post of ours answers the customer it is written to: the case waits for them, and the clocks stop;
- a customer's wait begins with their first unanswered post, and no later post moves it;
- the place in the queue is that of the loudest unanswered post, the one that alone does most harm; each further post
  that waits adds to it, and none takes away from it;
- what a program wrote, such as an absence note, is read by nobody who waits: it changes no case;
- an answer that did not arrive is none: the case is back in the queue as soon as the network says so;
- what a person resolves or hands to the customer unanswered goes on from where it stood when it is opened again: nobody
  can win time by putting a case aside;
- an unanswered post that its writer deletes waits no longer: those that are left decide, and when none is, the case
  says so: it waits for the customer where we had answered before, and is resolved otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from amends.cases.models import State
from amends.cases.standing import earliest, held, led_by, placed, risen, stands, without
from amends.cases.state import Arrival, Asked, CaseState, milliseconds
from amends.cases.targets import Targets, due
from amends.reach import Facts, Place, Reason, answer_by, place, stand

JOIN_WITHIN = timedelta(days=2)
REOPEN_WITHIN = timedelta(days=14)
WITHDRAWN: tuple[Reason, ...] = (("withdrawn",),)
RETURNED: tuple[Reason, ...] = (("returned",),)


def choose(
    candidates: Collection[tuple[CaseState, Collection[int]]], conversation: int, created: datetime
) -> CaseState | None:
    """Which of a customer's cases (each with its conversations) a post in `conversation` belongs to; None: to none."""
    open_here, open_elsewhere, reopenable = [], [], []
    for case, conversations in candidates:
        here = conversation in conversations
        if case.state != State.RESOLVED:
            if here:
                open_here.append(case)
            elif abs(created - case.latest) <= JOIN_WITHIN:
                open_elsewhere.append(case)
        elif here and case.resolved is not None and created - case.resolved <= REOPEN_WITHIN:
            reopenable.append(case)
    for group in (open_here, open_elsewhere, reopenable):
        if group:
            return max(group, key=lambda case: (case.latest, case.id))
    return None


def open_case(arrival: Arrival, case_id: int, targets: Targets, now: datetime) -> CaseState:
    """A new case for a post that needs an answer."""
    where = place(arrival.facts)
    promised = due(targets, where.priority, arrival.since, None)
    return CaseState(
        id=case_id,
        handle=arrival.handle,
        post=arrival.post,
        loudest=arrival.post,
        state=State.OPEN,
        priority=where.priority.value,
        harm=where.harm,
        reasons=where.reasons,
        answer_by=earliest(answer_by(arrival.since or now, where), promised),
        waiting=arrival.since or now,
        due=promised,
        breached=promised is not None and promised < now,
        answered=None,
        opened=now,
        latest=arrival.created,
        resolved=None,
        snoozed_until=None,
        unanswered=(arrival.asked(now),),
        praise=arrival.praise,
    )


def append(case: CaseState, arrival: Arrival, targets: Targets, now: datetime) -> CaseState:
    """The case after one more post of its customer."""
    if not arrival.asks:
        return case
    if case.state == State.RESOLVED and not arrival.needs_answer:
        return case  # "thanks!" under a resolved case stays a thanks
    newest = arrival.created >= case.latest
    waits = case.waiting is not None
    if not waits and (not newest or not arrival.needs_answer):
        return msgspec.structs.replace(case, latest=max(case.latest, arrival.created))
    case = msgspec.structs.replace(
        case,
        state=State.OPEN,
        post=arrival.post if newest else case.post,
        waiting=case.waiting or arrival.since or now,
        latest=max(case.latest, arrival.created),
        resolved=None,
        snoozed_until=None,
        unanswered=held((*(case.unanswered if waits else ()), arrival.asked(now)), case.loudest),
        praise=arrival.praise and (case.praise or not waits),
    )
    alone = place(arrival.facts)
    if not waits or alone.harm > case.harm:
        case = led_by(case, arrival.post, alone)
    if waits:
        return risen(case, targets, now, clock=arrival.since is not None or case.due is not None)
    return placed(case, None, targets, now, clock=arrival.since is not None)


def move(case: CaseState, post: int, alone: Place, targets: Targets, now: datetime) -> CaseState:
    """The case after one of its unanswered posts has spread further, so that it stands at `alone` by itself: the case
    may only rise in the queue."""
    if case.waiting is None or alone.harm <= case.harm or post not in {one.post for one in case.unanswered}:
        return case
    return risen(led_by(case, post, alone), targets, now, clock=case.due is not None)


def answered_by(case: CaseState, at: datetime) -> set[int]:
    """The unanswered posts that an answer of ours, standing on the network since `at`, answers."""
    return {one.post for one in case.unanswered if one.at <= milliseconds(at)}


def answer(case: CaseState, at: datetime, left: Mapping[int, Facts], targets: Targets, now: datetime) -> CaseState:
    """The case after an answer of ours that stands on the network since `at`. When it answers all, it is the customer's
    turn. What was written after it still waits: `left` has its facts, where the loudest was answered. One older than
    the wait, such as history brought late, changes only when the first answer was."""
    case = msgspec.structs.replace(case, answered=at if case.answered is None else min(case.answered, at))
    gone = answered_by(case, at)
    if not gone:
        return case
    if case.waiting is None:
        return _let_go(case, gone)
    if len(gone) == len(case.unanswered):
        return at_rest(case, State.PENDING)
    return without(case, gone, left, targets, now)


def withdrawn(
    case: CaseState,
    gone: Collection[int],
    newest: int | None,
    left: Mapping[int, Facts],
    targets: Targets,
    now: datetime,
) -> CaseState:
    """The case after its customer has deleted posts. `newest` is the newest of theirs that stands, if any does; `left`
    the facts of those still unanswered, where the loudest was deleted."""
    if newest is None:
        case = msgspec.structs.replace(case, reasons=WITHDRAWN)
        return case if case.state == State.RESOLVED else at_rest(case, State.RESOLVED, now)
    if case.post in gone:
        case = msgspec.structs.replace(case, post=newest)
    if case.waiting is None:
        return _let_go(case, gone)
    waiting = {one.post for one in case.unanswered}
    if not waiting & set(gone):
        return case
    if waiting - set(gone):
        return without(case, gone, left, targets, now)
    case = msgspec.structs.replace(case, reasons=WITHDRAWN)
    return at_rest(case, State.RESOLVED, now) if case.answered is None else at_rest(case, State.PENDING)


def returned(case: CaseState, targets: Targets, now: datetime) -> CaseState:
    """The case after the network has said that an answer of ours did not arrive: the customer waits from now on, where
    they do not wait already."""
    if case.waiting is not None:
        return case
    case = msgspec.structs.replace(case, state=State.PENDING, reasons=RETURNED + _but_returned(case.reasons))
    return reopened(case, targets, now)


def _but_returned(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(one for one in reasons if one not in RETURNED)


def at_rest(case: CaseState, state: State, resolved: datetime | None = None) -> CaseState:
    """The case when nobody waits: its clocks stopped, and why it stood where it stood still told."""
    return msgspec.structs.replace(
        case,
        state=state,
        reasons=_but_returned(stand(case.harm, case.reasons).reasons),
        waiting=None,
        due=None,
        breached=False,
        resolved=resolved,
        snoozed_until=None,
        unanswered=(),
    )


def put_aside(case: CaseState, state: State, now: datetime) -> CaseState:
    """The case at rest because a person says so, though perhaps nobody has answered: it remembers who still waits."""
    rested = at_rest(case, state, now if state == State.RESOLVED else None)
    # Without a clock it was brought as history, and its customer's wait is long over.
    asked = case.unanswered if case.due is not None or case.waiting is None else ()
    return msgspec.structs.replace(rested, unanswered=asked)


def reopened(case: CaseState, targets: Targets, now: datetime) -> CaseState:
    """The case back in the queue: on from where it stood if somebody waits still, else as if they had written now."""
    opened = msgspec.structs.replace(case, state=State.OPEN, resolved=None, snoozed_until=None)
    if case.state == State.SNOOZED:
        return opened
    if case.unanswered:
        first = datetime.fromtimestamp(min(one.at for one in case.unanswered) / 1000, UTC)
        by_hand = None if case.priority == stands(case).priority else case.priority
        return placed(msgspec.structs.replace(opened, waiting=first), by_hand, targets, now, clock=True)
    promised = due(targets, case.priority, now, case.answered)
    asked = (Asked(case.post or 0, milliseconds(now)),)
    return msgspec.structs.replace(
        opened, waiting=now, due=promised, breached=False, answer_by=promised or now, unanswered=asked
    )


def _let_go(case: CaseState, gone: Collection[int]) -> CaseState:
    """The case at rest, when fewer would wait if it were opened again."""
    return msgspec.structs.replace(case, unanswered=tuple(one for one in case.unanswered if one.post not in gone))


def wake(case: CaseState, now: datetime) -> CaseState:
    """The case when its snooze is over: open again, its clock as it was."""
    if case.state != State.SNOOZED or case.snoozed_until is None or case.snoozed_until > now:
        return case
    return msgspec.structs.replace(case, state=State.OPEN, snoozed_until=None)
