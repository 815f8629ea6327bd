"""What arriving posts do to cases: called by the pipeline, inside its transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from amends.cases import decide
from amends.cases.book import Book, lock
from amends.cases.facts import stored
from amends.cases.queries import targets
from amends.cases.state import Arrival, CaseState
from amends.conversations.models import Post
from amends.events.transaction import Tx
from amends.reach import Facts, Place


class Answer(msgspec.Struct, frozen=True):
    """A post of ours that stands on the network: whom it answers, where, since when."""

    to_handle: int
    conversation: int
    at: datetime


class Returned(msgspec.Struct, frozen=True):
    """A post of ours that did not arrive: whom it was to answer, where, and when the network said so."""

    to_handle: int
    conversation: int
    at: datetime


def take(
    tx: Tx,
    brand_id: int,
    arrivals: Sequence[Arrival],
    answers: Sequence[Answer | Returned],
    new_handles: set[int],
) -> None:
    """Open, append, reopen and answer. Handles that are new have no cases to look for."""
    if not arrivals and not answers:
        return
    book = Book(brand_id)
    promised = targets(brand_id)
    handles = {one.handle for one in arrivals} | {one.to_handle for one in answers}
    book.load(handles - new_handles, tx.now)
    happenings: list[tuple[datetime, int, Arrival | Answer | Returned]] = [
        *((one.created, 0, one) for one in arrivals),
        *((one.at, 1, one) for one in answers),
    ]
    for _, _, one in sorted(happenings, key=lambda happening: happening[:2]):
        if not isinstance(one, Arrival):
            for case, conversations in book.of(one.to_handle):
                if one.conversation not in conversations:
                    continue
                if isinstance(one, Returned):
                    book.put(decide.returned(case, promised, tx.now))
                else:
                    left = _left(case, decide.answered_by(case, one.at), tx.now)
                    book.put(decide.answer(case, one.at, left, promised, tx.now))
            continue
        chosen = decide.choose(book.of(one.handle), one.conversation, one.created)
        if chosen is not None and one.again:
            continue
        if chosen is not None:
            book.put(decide.append(chosen, one, promised, tx.now), one.conversation)
        elif one.needs_answer:
            case_id = book.new_id(len(arrivals))
            book.put(decide.open_case(one, case_id, promised, tx.now), one.conversation)
    book.save(tx)


def move(tx: Tx, brand_id: int, places: Mapping[int, Place]) -> None:
    """Posts have spread: `places` are those at which they stand by themselves now, by id. The cases in which they wait
    for an answer may rise."""
    handles = dict(Post.objects.filter(brand=brand_id, pk__in=places).values_list("pk", "handle_id"))
    book = Book(brand_id)
    book.load(set(handles.values()), tx.now)
    promised = targets(brand_id)
    for post, handle in sorted(handles.items()):
        for case, _ in book.of(handle):
            book.put(decide.move(case, post, places[post], promised, tx.now))
    book.save(tx)


def _left(case: CaseState, gone: Collection[int], now: datetime) -> dict[int, Facts]:
    """The facts of the unanswered posts but these, where it is to be decided anew which is the loudest."""
    others = {one.post for one in case.unanswered} - set(gone)
    return stored(others, now) if others and case.loudest in gone else {}


def withdraw(tx: Tx, brand_id: int, post_ids: Sequence[int]) -> None:
    """Posts were deleted by their writers: a case shows and waits for what is left of it, or says that nothing is."""
    rows = Post.objects.filter(pk__in=post_ids, ours=False).values_list("handle_id", "conversation_id")
    touched: dict[int, set[int]] = defaultdict(set)
    for handle, conversation in rows:
        touched[handle].add(conversation)
    lock(touched)
    book = Book(brand_id)
    book.load(touched, tx.now)
    promised = targets(brand_id)
    for handle, conversations in touched.items():
        for case, where in book.of(handle):
            if conversations & set(where):
                left = _left(case, post_ids, tx.now)
                newest = _newest_left(handle, where)
                book.put(decide.withdrawn(case, post_ids, newest, left, promised, tx.now))
    book.save(tx)


def _newest_left(handle: int, conversations: Collection[int]) -> int | None:
    rows = Post.objects.filter(handle_id=handle, deleted=None, ours=False)
    there = rows.filter(conversation_id__in=conversations).order_by("-created", "-pk")
    return there.values_list("pk", flat=True).first()
