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
- an unanswered post that its writer deletes waits no longer: those that are left decide, and when none is, the case
  says so: it waits for the customer where we had answered before, and is resolved otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from amends.cases.models import Priority, State
from amends.cases.targets import Targets, due
from amends.reach import Facts, Place, Reason, answer_by, needs_answer, place, stand

JOIN_WITHIN = timedelta(days=2)
REOPEN_WITHIN = timedelta(days=14)
HELD = 50  # unanswered posts that are remembered one by one
WITHDRAWN: tuple[Reason, ...] = (("withdrawn",),)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER = [priority.value for priority in (Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW)]


class Asked(NamedTuple):
    """An unanswered post. `at` is since when it waits, in milliseconds since 1970: what we said before answers not."""

    post: int
    at: int


class CaseState(msgspec.Struct, frozen=True, kw_only=True):
    """A case as decisions read and change it. The fields are those of the model."""

    id: int
    handle: int
    post: int | None
    loudest: int | None = None
    state: str
    priority: str
    harm: float
    reasons: tuple[Reason, ...]
    answer_by: datetime
    waiting: datetime | None
    due: datetime | None
    breached: bool
    answered: datetime | None
    opened: datetime
    latest: datetime
    resolved: datetime | None
    snoozed_until: datetime | None
    unanswered: tuple[Asked, ...] = ()
    praise: bool = False
    assignee: int | None = None
    team: int | None = None
    version: int = 1


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's post that has just come. `since` is when its clock starts: the earlier of the network's claim and
    our sight of it, or None for history that starts no clocks. `again`: it was here, and has become another (edited, or
    known to be for us): it may need a case now, but is no further post of one."""

    post: int
    handle: int
    conversation: int
    created: datetime
    since: datetime | None
    facts: Facts
    again: bool = False

    @property
    def praise(self) -> bool:
        return self.facts.positive >= 0.5 and self.facts.negative < 0.25

    @property
    def needs_answer(self) -> bool:
        return needs_answer(self.facts)

    def asked(self, now: datetime) -> Asked:
        return Asked(self.post, milliseconds(self.since or min(self.created, now)))


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
        answer_by=_earliest(answer_by(arrival.since or now, where), promised),
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
        unanswered=_held((*case.unanswered, arrival.asked(now)), case.loudest),
        praise=arrival.praise and (case.praise or not waits),
    )
    alone = place(arrival.facts)
    if not waits or alone.harm > case.harm:
        case = _led_by(case, arrival.post, alone)
    if waits:
        return _risen(case, targets, now, clock=arrival.since is not None or case.due is not None)
    return _placed(case, None, targets, now, clock=arrival.since is not None)


def _held(asked: tuple[Asked, ...], loudest: int | None) -> tuple[Asked, ...]:
    """No more than `HELD`: the first and the loudest stay, and of the others the newest."""
    if len(asked) <= HELD:
        return asked
    let_go = next(one for one in asked[1:] if one.post != loudest)
    return tuple(one for one in asked if one is not let_go)


def _led_by(case: CaseState, post: int, alone: Place) -> CaseState:
    """The case with another loudest post, that stands at `alone` by itself."""
    return msgspec.structs.replace(case, loudest=post, harm=alone.harm, reasons=alone.reasons)


def _stands(case: CaseState) -> Place:
    return stand(case.harm, case.reasons, len(case.unanswered) - 1)


def _since(case: CaseState) -> datetime:
    """Since when the loudest post waits. (For history that starts no clocks: since it was brought.)"""
    assert case.waiting is not None  # noqa: S101 - who asks has looked
    at = next((one.at for one in case.unanswered if one.post == case.loudest), 0)
    return max(case.waiting, datetime.fromtimestamp(at / 1000, UTC))


def _placed(case: CaseState, by_hand: str | None, targets: Targets, now: datetime, *, clock: bool) -> CaseState:
    """The waiting case put where its unanswered posts put it. A priority set `by_hand` stays, and its clock decides."""
    where = _stands(case)
    priority = by_hand or where.priority.value
    promised = due(targets, priority, case.waiting, case.answered) if clock else None
    by = promised if by_hand and promised else _earliest(answer_by(_since(case), where), promised)
    late = promised is not None and promised < now
    return msgspec.structs.replace(
        case, priority=priority, reasons=where.reasons, answer_by=by, due=promised, breached=late
    )


def _risen(case: CaseState, targets: Targets, now: datetime, *, clock: bool) -> CaseState:
    """The waiting case put where its unanswered posts put it, if that is more urgent than where it stands."""
    where = _stands(case)
    priority = min(case.priority, where.priority.value, key=_ORDER.index)
    promised = due(targets, priority, case.waiting, case.answered) if clock else None
    return msgspec.structs.replace(
        case,
        priority=priority,
        reasons=where.reasons,
        answer_by=min(case.answer_by, _earliest(answer_by(_since(case), where), promised)),
        due=promised,
        breached=case.breached or (promised is not None and promised < now),
    )


def move(case: CaseState, post: int, alone: Place, targets: Targets, now: datetime) -> CaseState:
    """The case after one of its unanswered posts has spread further, so that it stands at `alone` by itself: the case
    may only rise in the queue."""
    if alone.harm <= case.harm or post not in {one.post for one in case.unanswered}:
        return case
    return _risen(_led_by(case, post, alone), targets, now, clock=case.due is not None)


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
    if len(gone) == len(case.unanswered):
        return at_rest(case, State.PENDING)
    return _without(case, gone, left, targets, now)


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
    waiting = {one.post for one in case.unanswered}
    if not waiting & set(gone):
        return case
    if waiting - set(gone):
        return _without(case, gone, left, targets, now)
    case = msgspec.structs.replace(case, reasons=WITHDRAWN)
    return at_rest(case, State.RESOLVED, now) if case.answered is None else at_rest(case, State.PENDING)


def _without(
    case: CaseState, gone: Collection[int], left: Mapping[int, Facts], targets: Targets, now: datetime
) -> CaseState:
    """The case when these of its unanswered posts no longer wait, and others do."""
    by_hand = None if case.priority == _stands(case).priority else case.priority
    asked = tuple(one for one in case.unanswered if one.post not in gone)
    first = datetime.fromtimestamp(min(one.at for one in asked) / 1000, UTC)
    case = msgspec.structs.replace(case, unanswered=asked, waiting=max(case.waiting or first, first))
    places = {one.post: place(left[one.post]) for one in asked if one.post in left}
    if case.loudest in gone and places:
        loudest = max(places, key=lambda post: (places[post].harm, post))
        case = _led_by(case, loudest, places[loudest])
    return _placed(case, by_hand, targets, now, clock=case.due is not None)


def at_rest(case: CaseState, state: State, resolved: datetime | None = None) -> CaseState:
    """The case when nobody waits: its clocks stopped, and why it stood where it stood still told."""
    return msgspec.structs.replace(
        case,
        state=state,
        reasons=stand(case.harm, case.reasons).reasons,
        waiting=None,
        due=None,
        breached=False,
        resolved=resolved,
        snoozed_until=None,
        unanswered=(),
    )


def milliseconds(instant: datetime) -> int:
    """Since 1970, rounded down."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def wake(case: CaseState, now: datetime) -> CaseState:
    """The case when its snooze is over: open again, its clock as it was."""
    if case.state != State.SNOOZED or case.snoozed_until is None or case.snoozed_until > now:
        return case
    return msgspec.structs.replace(case, state=State.OPEN, snoozed_until=None)


def _earliest(by: datetime, promised: datetime | None) -> datetime:
    return min(by, promised) if promised else by
