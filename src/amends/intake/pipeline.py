"""The one way in. `process` takes what a fetch brought: judged outside the transaction, then posts, handles, cases,
events and the cursor in one.

Processing the same batch twice changes nothing the second time. A large batch is taken in portions, on SQLite of about
50 ms, so that a person's own write never waits long behind it; the cursor moves with the last of them. A portion that
another writer thwarted is taken once more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
from django.db import connection

from amends.cases import intake as cases
from amends.cases.book import lock
from amends.cases.facts import facts
from amends.cases.state import Arrival
from amends.channels.base import Batch, Post, Visibility
from amends.conversations import actions as conversations
from amends.conversations import lookup
from amends.conversations.actions import Judged, Stored
from amends.conversations.counts import read_counts
from amends.conversations.deletion import delete
from amends.conversations.models import Post as Row
from amends.events.again import again
from amends.events.transaction import Tx, write
from amends.intake.judge import judge, which
from amends.intake.lens import lens
from amends.intake.quarantine import quarantine
from amends.intake.spread import spread_further
from amends.people import actions as people
from amends.people.actions import Known
from amends.sources import actions as sources
from amends.sources.models import Source

PORTION_TAKES = {"sqlite": 0.05, "postgresql": 0.5}  # seconds; on PostgreSQL nobody waits behind it but its own people
NEWS = timedelta(days=14)  # a change of an older post is no news: what it said was dealt with or let be


class Outcome(msgspec.Struct, frozen=True):
    """What became of a batch: its posts, each once; those that concerned the brand; those of them that were new; items
    put aside."""

    heard: int = 0
    kept: int = 0
    new: int = 0
    quarantined: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.heard + other.heard,
            self.kept + other.kept,
            self.new + other.new,
            self.quarantined + other.quarantined,
        )


class _Portion:
    """How many posts go into one transaction: adapts to this machine, now."""

    def __init__(self) -> None:
        self.size = 100

    def took(self, posts: int, seconds: float) -> None:
        if posts >= self.size // 2 and seconds > 0:
            fits = int(posts * PORTION_TAKES[connection.vendor] / seconds)
            self.size = max(20, min(2000, (self.size + fits) // 2))


_portion = _Portion()


def process(
    source: Source,
    batch: Batch,
    now: datetime,
    *,
    clocks: bool = True,
    heard: Callable[[Tx, Source, Batch, int], object] = sources.heard,
) -> Outcome:
    """Take in what `source` brought. `clocks` False: history, for which no response clock starts.

    `source` is the run's own, as `sources.lease` gave it: where another run listens by now, the posts are kept all the
    same, and the cursor stays that other's. `heard` is told, in the transaction of the last post, of the batch and how
    many of its posts are kept.
    """
    judged = judge(lens(source.brand_id), source.brand_id, batch.posts)

    def store(portion: Sequence[Judged], last: bool) -> int:
        with write(now) as tx:
            began = time.perf_counter()
            _hold_people(source.brand_id, portion, batch if last else Batch())
            new = _take(tx, source, portion, clocks)
            if last:
                _finish(tx, source, batch)
                heard(tx, source, batch, len(judged))
        _portion.took(len(portion), time.perf_counter() - began)
        return new

    outcome = Outcome(heard=len({which(post) for post in batch.posts}), kept=len(judged))
    start = 0
    while True:
        portion = judged[start : start + _portion.size]
        start += len(portion)
        last = start >= len(judged)
        outcome += Outcome(new=again(partial(store, portion, last)))
        if last:
            return outcome + Outcome(quarantined=len(batch.malformed))


def _hold_people(brand_id: int, judged: Sequence[Judged], also: Batch) -> None:
    """Lock everybody whose cases the portion may touch, at once and in order: who writes, whom we answer, whose posts
    were counted or deleted. Two workers that locked them one by one would wait for each other."""
    if connection.vendor != "postgresql":
        return  # whoever writes on SQLite is alone
    posts = {(one.post.network, one.post.parent) for one in judged if one.ours and one.post.parent}
    posts |= {(one.network, one.id) for one in also.readings} | {(one.network, one.id) for one in also.deletions}
    handles = lookup.writers(brand_id, posts)
    for network in {one.post.network for one in judged}:
        authors = {one.post.author.id for one in judged if one.post.network == network}
        handles |= people.known_ids(brand_id, network, authors)
        ours = [one.post for one in judged if one.post.network == network and (one.ours or one.post.returns)]
        private = {post.thread for post in ours if post.visibility == Visibility.PRIVATE}
        handles |= {handle for _, handle in lookup.partners(brand_id, network, private)}
    lock(handles)


def _take(tx: Tx, source: Source, judged: Sequence[Judged], clocks: bool) -> int:
    """Store a portion and let it do to the cases what it does. How many posts were new."""
    new = 0
    for network in sorted({one.post.network for one in judged}):
        mine = [one for one in judged if one.post.network == network]
        handles = people.know(tx, source.brand_id, network, (_told(one.post) for one in mine))
        ids = {key: known.id for key, known in handles.items()}
        threads = conversations.know(source.brand_id, network, (one.post for one in mine))
        stored = conversations.store(tx, source.brand_id, source.pk, mine, ids, threads)
        new += sum(one.change == "new" for one in stored)
        _tell_cases(tx, source.brand_id, stored, handles, clocks)
    return new


def _told(post: Post) -> people.Told:
    """What came with a post of its author is taken to be as old as the post."""
    return people.Told(post.author, post.edited or post.created)


def _tell_cases(tx: Tx, brand_id: int, stored: Sequence[Stored], handles: dict[str, Known], clocks: bool) -> None:
    arrivals: list[Arrival] = []
    spreading: list[int] = []
    ours: list[Stored] = []
    returns: list[Stored] = []
    for one in stored:
        anew = one.change in ("edited", "addressed")
        if anew or one.change == "engagement":
            spreading.append(one.id)
        if one.change == "new" and one.judged.ours:
            ours.append(one)
        elif one.change == "new" and one.judged.post.returns:
            returns.append(one)
        elif one.change == "new" or (anew and not one.judged.ours and tx.now - one.judged.post.created < NEWS):
            post, said = one.judged.post, one.judged.said
            known = handles[post.author.id[:512]]
            arrivals.append(
                Arrival(
                    post=one.id,
                    handle=one.handle,
                    conversation=one.conversation,
                    created=post.created,
                    since=(tx.now if anew else min(post.created, tx.now)) if clocks else None,
                    again=anew,
                    asks=not (post.unanswerable or one.judged.namesake),
                    facts=facts(
                        post,
                        negative=said.negative,
                        positive=said.positive,
                        intensity=said.intensity,
                        marks=said.marks,
                        followers=known.followers,
                        addressed=one.judged.addressed,
                        growth=None,
                        now=tx.now,
                    ),
                )
            )
    fresh = {known.id for known in handles.values() if known.new}
    cases.take(tx, brand_id, arrivals, [*_answers(brand_id, ours), *_returned(brand_id, returns)], fresh)
    spread_further(tx, brand_id, spreading)


def _answers(brand_id: int, ours: Sequence[Stored]) -> list[cases.Answer]:
    """Whom our own posts answer: who wrote the post they reply to, as far as it is known; in private, who is there."""
    parents = {one.judged.post.parent for one in ours if one.judged.post.parent}
    rows = Row.objects.filter(brand_id=brand_id, external_id__in=parents, ours=False)
    handle_of = dict(rows.values_list("external_id", "handle_id")) if parents else {}
    private = [one for one in ours if _private(one.judged)]
    threads = {one.judged.post.thread for one in private}
    there = lookup.partners(brand_id, private[0].judged.post.network, threads) if private else set()
    return [
        cases.Answer(to_handle=handle, conversation=one.conversation, at=one.judged.post.created)
        for one in private
        for conversation, handle in sorted(there)
        if conversation == one.conversation
    ] + [
        cases.Answer(to_handle=handle_of[parent], conversation=one.conversation, at=one.judged.post.created)
        for one in ours
        if (parent := one.judged.post.parent) in handle_of and not _private(one.judged)
    ]


def _returned(brand_id: int, reports: Sequence[Stored]) -> list[cases.Returned]:
    """Whom our posts did not reach: who else has written there. Only what is sent to one can come back."""
    if not reports:
        return []
    there = lookup.partners(brand_id, reports[0].judged.post.network, {one.judged.post.thread for one in reports})
    return [
        cases.Returned(to_handle=handle, conversation=one.conversation, at=one.judged.post.created)
        for one in reports
        for conversation, handle in sorted(there)
        if conversation == one.conversation and handle != one.handle
    ]


def _private(one: Judged) -> bool:
    """Said among two, where people do not trouble to reply to a post."""
    return one.post.visibility == Visibility.PRIVATE


def _finish(tx: Tx, source: Source, batch: Batch) -> None:
    """What goes with the last portion: readings, deletions, quarantine."""
    brand_id = source.brand_id
    if batch.readings:
        spread_further(tx, brand_id, read_counts(tx, brand_id, batch.readings))
    if batch.deletions and (gone := delete(tx, brand_id, batch.deletions)):
        cases.withdraw(tx, brand_id, gone)
    quarantine(tx, source, batch.malformed)
