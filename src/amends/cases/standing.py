"""Where a waiting case stands in the queue: its loudest unanswered post decides, and each further one adds. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import msgspec

from amends.cases.models import Priority
from amends.cases.state import Asked, CaseState
from amends.cases.targets import Targets, due
from amends.reach import Facts, Place, answer_by, place, stand

HELD = 50  # unanswered posts that are remembered one by one
_ORDER = [priority.value for priority in (Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW)]


def led_by(case: CaseState, post: int, alone: Place) -> CaseState:
    """The case with another loudest post, that stands at `alone` by itself."""
    return msgspec.structs.replace(case, loudest=post, harm=alone.harm, reasons=alone.reasons)


def stands(case: CaseState) -> Place:
    """The place of the waiting case, by its loudest post and how many more wait."""
    return stand(case.harm, case.reasons, len(case.unanswered) - 1)


def _since(case: CaseState) -> datetime:
    """Since when the loudest post waits. (For history that starts no clocks: since it was brought.)"""
    assert case.waiting is not None  # noqa: S101 - who asks has looked
    at = next((one.at for one in case.unanswered if one.post == case.loudest), 0)
    return max(case.waiting, datetime.fromtimestamp(at / 1000, UTC))


def placed(case: CaseState, by_hand: str | None, targets: Targets, now: datetime, *, clock: bool) -> CaseState:
    """The waiting case put where its unanswered posts put it. A priority set `by_hand` stays, and its clock decides."""
    where = stands(case)
    priority = by_hand or where.priority.value
    promised = due(targets, priority, case.waiting, case.answered) if clock else None
    by = promised if by_hand and promised else earliest(answer_by(_since(case), where), promised)
    late = promised is not None and promised < now
    return msgspec.structs.replace(
        case, priority=priority, reasons=where.reasons, answer_by=by, due=promised, breached=late
    )


def risen(case: CaseState, targets: Targets, now: datetime, *, clock: bool) -> CaseState:
    """The waiting case put where its unanswered posts put it, if that is more urgent than where it stands."""
    where = stands(case)
    priority = min(case.priority, where.priority.value, key=_ORDER.index)
    promised = due(targets, priority, case.waiting, case.answered) if clock else None
    return msgspec.structs.replace(
        case,
        priority=priority,
        reasons=where.reasons,
        answer_by=min(case.answer_by, earliest(answer_by(_since(case), where), promised)),
        due=promised,
        breached=case.breached or (promised is not None and promised < now),
    )


def held(asked: tuple[Asked, ...], loudest: int | None) -> tuple[Asked, ...]:
    """No more than `HELD`: the first and the loudest stay, and of the others the newest."""
    if len(asked) <= HELD:
        return asked
    let_go = next(one for one in asked[1:] if one.post != loudest)
    return tuple(one for one in asked if one is not let_go)


def without(
    case: CaseState, gone: Collection[int], left: Mapping[int, Facts], targets: Targets, now: datetime
) -> CaseState:
    """The case when these of its unanswered posts no longer wait, and others do."""
    by_hand = None if case.priority == stands(case).priority else case.priority
    asked = tuple(one for one in case.unanswered if one.post not in gone)
    first = datetime.fromtimestamp(min(one.at for one in asked) / 1000, UTC)
    case = msgspec.structs.replace(case, unanswered=asked, waiting=max(case.waiting or first, first))
    places = {one.post: place(left[one.post]) for one in asked if one.post in left}
    if case.loudest in gone and places:
        loudest = max(places, key=lambda post: (places[post].harm, post))
        case = led_by(case, loudest, places[loudest])
    return placed(case, by_hand, targets, now, clock=case.due is not None)


def earliest(by: datetime, promised: datetime | None) -> datetime:
    """What is promised is kept, however long the harm would let the case wait."""
    return min(by, promised) if promised else by
