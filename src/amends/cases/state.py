"""The values that decisions about cases read and make. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from amends.reach import Facts, Reason, needs_answer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    known to be for us): it may need a case now, but is no further post of one. `asks` False: nobody could answer it, a
    program having written it, say, or nobody would, since it is not about the brand."""

    post: int
    handle: int
    conversation: int
    created: datetime
    since: datetime | None
    facts: Facts
    again: bool = False
    asks: bool = True

    @property
    def praise(self) -> bool:
        return self.facts.positive >= 0.5 and self.facts.negative < 0.25

    @property
    def needs_answer(self) -> bool:
        return self.asks and needs_answer(self.facts)

    def asked(self, now: datetime) -> Asked:
        return Asked(self.post, milliseconds(self.since or min(self.created, now)))


def milliseconds(instant: datetime) -> int:
    """Since 1970, rounded down."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)
