"""What arriving posts do to cases: called by the pipeline, inside its transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from amends.cases import decide
from amends.cases.book import Book, lock
from amends.cases.decide import Arrival
from amends.cases.queries import targets
from amends.conversations.models import Post
from amends.events.transaction import Tx
from amends.reach import Place


class Answer(msgspec.Struct, frozen=True):
    """A post of ours that stands on the network: whom it answers, where, since when."""

    to_handle: int
    conversation: int
    at: datetime


def take(
    tx: Tx,
    brand_id: int,
    arrivals: Sequence[Arrival],
    answers: Sequence[Answer],
    new_handles: set[int],
) -> None:
    """Open, append, reopen and answer. Handles that are new have no cases to look for."""
    if not arrivals and not answers:
        return
    book = Book(brand_id)
    promised = targets(brand_id)
    handles = {one.handle for one in arrivals} | {one.to_handle for one in answers}
    book.load(handles - new_handles, tx.now)
    happenings: list[tuple[datetime, int, Arrival | Answer]] = [
        *((one.created, 0, one) for one in arrivals),
        *((one.at, 1, one) for one in answers),
    ]
    for _, _, one in sorted(happenings, key=lambda happening: happening[:2]):
        if isinstance(one, Answer):
            for case, conversations in book.of(one.to_handle):
                if one.conversation in conversations:
                    book.put(decide.answer(case, one.at))
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


def move(tx: Tx, brand_id: int, places: Sequence[tuple[int, int, Place]]) -> None:
    """Posts have spread: `places` are (post, its handle, the post's place now). Only cases that wait for an answer to
    that very post move."""
    book = Book(brand_id)
    book.load({handle for _, handle, _ in places}, tx.now)
    promised = targets(brand_id)
    for post, handle, place in places:
        for case, _ in book.of(handle):
            if case.post == post:
                book.put(decide.move(case, place, promised, tx.now))
    book.save(tx)


def withdraw(tx: Tx, brand_id: int, post_ids: Sequence[int]) -> None:
    """Posts were deleted by their writers: a case of which nothing is left is resolved, any other shows what is."""
    rows = Post.objects.filter(pk__in=post_ids, ours=False).values_list("handle_id", "conversation_id")
    touched: dict[int, set[int]] = defaultdict(set)
    for handle, conversation in rows:
        touched[handle].add(conversation)
    lock(touched)
    book = Book(brand_id)
    book.load(touched, tx.now)
    for handle, conversations in touched.items():
        for case, where in book.of(handle):
            if conversations & set(where):
                book.put(decide.withdrawn(case, post_ids, _newest_left(handle, where), tx.now))
    book.save(tx)


def _newest_left(handle: int, conversations: Collection[int]) -> int | None:
    rows = Post.objects.filter(handle_id=handle, deleted=None, ours=False)
    there = rows.filter(conversation_id__in=conversations).order_by("-created", "-pk")
    return there.values_list("pk", flat=True).first()
