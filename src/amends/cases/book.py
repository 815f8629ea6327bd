"""The cases of some customers, in hand during one write transaction: loaded once, decided on, saved once.

Every change of a case's row goes through here, so that each comes with its event and its version. On PostgreSQL the
customers' handles must be locked by the caller (`people.actions.know` does it): whoever decides about a customer's
cases decides alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from django.db import connection

from amends.cases.decide import REOPEN_WITHIN
from amends.cases.models import Case, CaseThread, State
from amends.cases.state import Asked, CaseState, milliseconds
from amends.events.rows import among, insert, instant, reserve, select, update
from amends.events.transaction import Tx
from amends.events.types import CaseChanged
from amends.people.models import Handle

_FIELDS = (
    "post", "loudest", "state", "priority", "harm", "reasons", "answer_by", "waiting", "due", "breached", "answered",
    "opened", "latest", "resolved", "snoozed_until", "unanswered", "praise", "assignee", "team", "version",
)  # fmt: skip
_ORDER = ("id", "handle", *_FIELDS)


def changed(case: CaseState) -> CaseChanged:
    """The event that tells all that a queue needs to know of the case."""
    return CaseChanged(
        case=case.id,
        version=case.version,
        state=case.state,
        priority=case.priority,
        answer_by=milliseconds(case.answer_by),
        due=None if case.due is None else milliseconds(case.due),
        breached=case.breached,
        assignee=case.assignee,
        team=case.team,
        handle=case.handle,
    )


class Book:
    def __init__(self, brand_id: int) -> None:
        self.brand_id = brand_id
        self.cases: dict[int, CaseState] = {}
        self.threads: dict[int, set[int]] = {}
        self._of: dict[int, list[int]] = {}
        self._before: dict[int, CaseState] = {}
        self._new_threads: list[tuple[int, int]] = []
        self._spare: list[int] = []

    def load(self, handles: Collection[int], now: datetime, case_id: int | None = None) -> None:
        """Take the cases of these handles in hand: the unresolved, those resolved of late, and the one asked for."""
        if not handles:
            return
        condition, values = among("handle_id", handles)
        since = connection.ops.adapt_datetimefield_value(now - REOPEN_WITHIN)
        for row in select(
            f"SELECT {_COLUMNS} FROM cases_case WHERE brand_id = %s AND {condition}"  # noqa: S608 - our own names
            " AND (state <> 'resolved' OR resolved >= %s OR id = %s)",
            [self.brand_id, values, since, case_id or 0],
        ):
            case = _case(row)
            self._hold(case)
            self._before[case.id] = case
        condition, values = among("case_id", self._before)
        if self._before:
            links = f"SELECT case_id, conversation_id FROM cases_casethread WHERE {condition}"  # noqa: S608
            for pk, conversation in select(links, [values]):
                self.threads[pk].add(conversation)

    def _hold(self, case: CaseState) -> None:
        self.cases[case.id] = case
        self.threads.setdefault(case.id, set())
        self._of.setdefault(case.handle, []).append(case.id)

    def of(self, handle: int) -> list[tuple[CaseState, Collection[int]]]:
        """The cases of a handle in hand, each with its conversations."""
        return [(self.cases[one], self.threads[one]) for one in self._of.get(handle, ())]

    def new_id(self, expected: int = 1) -> int:
        """A fresh case id; `expected` says how many more may be wanted soon."""
        if not self._spare:
            self._spare = list(reserve(Case, max(expected, 1)))[::-1]
        return self._spare.pop()

    def put(self, case: CaseState, conversation: int | None = None) -> None:
        """The case as it is from now on, and a conversation it lives in."""
        if case.id in self.cases:
            self.cases[case.id] = case
        else:
            self._hold(case)
        if conversation is not None and conversation not in self.threads[case.id]:
            self.threads[case.id].add(conversation)
            self._new_threads.append((case.id, conversation))

    def save(self, tx: Tx) -> list[CaseState]:
        """Write what was changed, with its events. The cases that changed."""
        new = [case for pk, case in self.cases.items() if pk not in self._before]
        old = [
            _next_version(case) for pk, case in self.cases.items() if pk in self._before and case != self._before[pk]
        ]
        insert(Case, ("brand", *_ORDER), [(self.brand_id, *_values(case)) for case in new])
        update(Case, _FIELDS, [(*_values(case)[2:], case.id) for case in old])
        self._save_threads(old)
        for case in (*new, *old):
            tx.tell(self.brand_id, changed(case))
            self.cases[case.id] = self._before[case.id] = case
        self._new_threads = []
        return [*new, *old]

    def _save_threads(self, old: Sequence[CaseState]) -> None:
        for case in old:
            was, now = self._before[case.id].state, case.state
            if (was == State.RESOLVED) != (now == State.RESOLVED):
                links = CaseThread.objects.filter(case_id=case.id)
                if now == State.RESOLVED:
                    links.update(open=False)
                else:
                    links.exclude(conversation_id__in=self._taken(case)).update(open=True)
        insert(
            CaseThread,
            ("case", "conversation", "handle", "open"),
            [
                (pk, conversation, self.cases[pk].handle, self.cases[pk].state != State.RESOLVED)
                for pk, conversation in self._new_threads
            ],
        )

    def _taken(self, case: CaseState) -> set[int]:
        """The conversations in which another open case of the same handle lives."""
        others = [
            conversations
            for other, conversations in self.of(case.handle)
            if other.id != case.id and other.state != State.RESOLVED
        ]
        return {conversation for conversations in others for conversation in conversations}


_FOREIGN = {"handle", "post", "loudest", "assignee", "team"}
_INSTANTS = {"answer_by", "waiting", "due", "answered", "opened", "latest", "resolved", "snoozed_until"}
_COLUMNS = ", ".join(f"{name}_id" if name in _FOREIGN else name for name in _ORDER)
_values = attrgetter(*_ORDER)


def _case(row: Sequence[Any]) -> CaseState:
    values = dict(zip(_ORDER, row, strict=True))
    for name in _INSTANTS:
        values[name] = instant(values[name])
    values["reasons"] = tuple(tuple(reason) for reason in _list(values["reasons"]))
    values["unanswered"] = tuple(Asked(*one) for one in _list(values["unanswered"]))
    return CaseState(**values)


def _list(value: str | list[Any]) -> list[Any]:
    """What a JSON column holds: text on SQLite, read already on PostgreSQL."""
    return list(json.loads(value)) if isinstance(value, str) else value


def _next_version(case: CaseState) -> CaseState:
    return msgspec.structs.replace(case, version=case.version + 1)


def lock(handles: Iterable[int]) -> None:
    """Hold these handles, in id order, until the transaction ends. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        list(Handle.objects.filter(pk__in=list(handles)).order_by("pk").select_for_update().values_list("pk"))
