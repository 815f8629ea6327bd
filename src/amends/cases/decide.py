"""Whose turn is it? Pure: a case as it is, what has happened, and so the case as it will be.

The rules:
- a post of the customer in a conversation of an open case is appended to it, and wakes it when it slept or waited for
  the customer;
- a post elsewhere joins the customer's open case when that is fresh (two days): it is one matter, for one agent;
- a post where a case was resolved less than two weeks ago opens that case again;
- otherwise a post that needs an answer opens a case, and one that needs none does not;
- a post of ours answers the customer it is written to: the case waits for them, and the clocks stop;
- a customer's wait begins with their first unanswered post, and no later post moves it;
- the place in the queue is the more urgent of all that the customer waits for;
- when every post of a case's customer has been deleted, nothing is left to answer: the case is resolved.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from amends.cases.models import Priority, State
from amends.cases.targets import Targets, due
from amends.reach import Facts, Place, answer_by, needs_answer, place

JOIN_WITHIN = timedelta(days=2)
REOPEN_WITHIN = timedelta(days=14)
_ORDER = [Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW]


class CaseState(msgspec.Struct, frozen=True, kw_only=True):
    """A case as decisions read and change it. The fields are those of the model."""

    id: int
    handle: int
    post: int | None
    state: str
    priority: str
    harm: float
    reasons: tuple[tuple[str | int | float, ...], ...]
    answer_by: datetime
    waiting: datetime | None
    due: datetime | None
    breached: bool
    answered: datetime | None
    opened: datetime
    latest: datetime
    resolved: datetime | None
    snoozed_until: datetime | None
    unanswered: int = 0
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

    def place(self, waiting_before: int = 0) -> Place:
        return place(msgspec.structs.replace(self.facts, waiting_before=waiting_before))


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
    where = arrival.place()
    promised = due(targets, where.priority, arrival.since, None)
    return CaseState(
        id=case_id,
        handle=arrival.handle,
        post=arrival.post,
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
        unanswered=1,
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
    where = arrival.place(case.unanswered)
    waiting = case.waiting or arrival.since or now
    urgent = _more_urgent(case.priority, where.priority) if waits else where.priority.value
    promised = due(targets, urgent, waiting, case.answered) if arrival.since or case.due else None
    by = _earliest(answer_by(arrival.since or now, where), promised)
    heavier = not waits or where.harm >= case.harm
    return msgspec.structs.replace(
        case,
        state=State.OPEN,
        post=arrival.post if newest else case.post,
        priority=urgent,
        harm=where.harm if heavier else case.harm,
        reasons=where.reasons if heavier else case.reasons,
        answer_by=min(case.answer_by, by) if waits else by,
        waiting=waiting,
        due=promised,
        breached=(case.breached and waits) or (promised is not None and promised < now),
        latest=max(case.latest, arrival.created),
        resolved=None,
        snoozed_until=None,
        unanswered=case.unanswered + 1 if waits else 1,
        praise=arrival.praise and (case.praise or not waits),
    )


def answer(case: CaseState, at: datetime) -> CaseState:
    """The case after an answer of ours that stands on the network since `at`: it is the customer's turn. An answer
    older than the wait, such as history brought late, changes only when the first one was."""
    answered = at if case.answered is None else min(case.answered, at)
    if case.state == State.RESOLVED or case.waiting is None or at < case.waiting:
        return msgspec.structs.replace(case, answered=answered)
    return msgspec.structs.replace(
        case,
        state=State.PENDING,
        answered=answered,
        waiting=None,
        due=None,
        breached=False,
        snoozed_until=None,
        unanswered=0,
    )


def move(case: CaseState, where: Place, targets: Targets, now: datetime) -> CaseState:
    """The case after its post has spread further: it may only rise in the queue."""
    if case.waiting is None or where.harm <= case.harm:
        return case
    urgent = _more_urgent(case.priority, where.priority)
    promised = due(targets, urgent, case.waiting, case.answered) if case.due else None
    return msgspec.structs.replace(
        case,
        priority=urgent,
        harm=where.harm,
        reasons=where.reasons,
        answer_by=min(case.answer_by, _earliest(answer_by(case.waiting, where), promised)),
        due=promised,
        breached=case.breached or (promised is not None and promised < now),
    )


def withdrawn(case: CaseState, gone: Collection[int], left: int | None, now: datetime) -> CaseState:
    """The case after its customer has deleted posts; `left` is the newest of theirs that stands."""
    if left is not None:
        return msgspec.structs.replace(case, post=left) if case.post in gone else case
    if case.state == State.RESOLVED:
        return case
    return msgspec.structs.replace(
        case, state=State.RESOLVED, resolved=now, waiting=None, due=None, breached=False, unanswered=0
    )


def wake(case: CaseState, now: datetime) -> CaseState:
    """The case when its snooze is over: open again, its clock as it was."""
    if case.state != State.SNOOZED or case.snoozed_until is None or case.snoozed_until > now:
        return case
    return msgspec.structs.replace(case, state=State.OPEN, snoozed_until=None)


def _more_urgent(one: str, other: str) -> str:
    return min(Priority(one), Priority(other), key=_ORDER.index).value


def _earliest(by: datetime, promised: datetime | None) -> datetime:
    return min(by, promised) if promised else by
