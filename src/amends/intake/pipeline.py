"""The one way in. `process` takes what a fetch brought: match, judge outside the transaction, then posts, handles,
cases, events and the cursor in one.

Processing the same batch twice changes nothing the second time. A large batch is taken in portions, on SQLite of about
50 ms, so that a person's own write never waits long behind it; the cursor moves with the last of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import connection

from amends import reach, triage
from amends.cases import intake as cases
from amends.cases.book import lock
from amends.cases.decide import Arrival
from amends.cases.facts import facts
from amends.channels.base import Author, Batch, Engagement, Kind, Media, Post, Visibility
from amends.conversations import actions as conversations
from amends.conversations import search
from amends.conversations.actions import Judged, Stored
from amends.conversations.models import EngagementReading
from amends.conversations.models import Post as Row
from amends.events.transaction import Tx, write
from amends.intake.lens import Lens, lens, screen
from amends.intake.quarantine import quarantine
from amends.intake.storable import storable_post
from amends.people import actions as people
from amends.people.actions import Known
from amends.people.models import Handle
from amends.sources import actions as sources
from amends.sources.models import Source

PORTION_TAKES = {"sqlite": 0.05, "postgresql": 0.5}  # seconds; on PostgreSQL nobody waits behind it but its own people
NEWS = timedelta(days=14)  # a change of an older post is no news: what it said was dealt with or let be
LARGEST = 2_000_000  # characters of a post that are kept; more is no post


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


def process(source: Source, batch: Batch, now: datetime, *, clocks: bool = True) -> Outcome:
    """Take in what `source` brought. `clocks` False: history, for which no response clock starts."""
    held = lens(source.brand_id)
    judged = judge(held, source.brand_id, batch.posts)
    heard = Outcome(heard=len({_which(post) for post in batch.posts}), kept=len(judged))
    start = 0
    while True:
        portion = judged[start : start + _portion.size]
        start += len(portion)
        last = start >= len(judged)
        with write(now) as tx:
            began = time.perf_counter()
            _hold_people(source.brand_id, portion, batch if last else Batch())
            new = _take(tx, source, portion, clocks)
            if last:
                _finish(tx, source, batch, len(judged))
        _portion.took(len(portion), time.perf_counter() - began)
        heard += Outcome(new=new)
        if last:
            return heard + Outcome(quarantined=len(batch.malformed))


def judge(held: Lens, brand_id: int, posts: Sequence[Post]) -> list[Judged]:
    """Screen and judge, outside any transaction: the posts that concern the brand, each once, in order of writing."""
    posts = _newest(post if len(post.text) <= LARGEST else _cut(post) for post in posts)
    matched = screen(held, posts)
    ours = [held.is_own(post.network, post.author) for post in posts]
    to_us = [held.is_to_us(post) for post in posts]
    keep = [bool(queries) or own or us for queries, own, us in zip(matched, ours, to_us, strict=True)]
    _keep_the_known(brand_id, posts, keep)
    kept = sorted(
        (index for index, one in enumerate(keep) if one), key=lambda index: (posts[index].created, posts[index].id)
    )
    held_posts = {index: storable_post(posts[index]) for index in kept}
    texts = [held_posts[index].text for index in kept]
    judgements = triage.load().judge_many(texts, [posts[index].lang for index in kept])
    return [
        Judged(
            post=post,
            lang=verdict.lang or post.lang,
            negative=verdict.negative,
            positive=verdict.positive,
            intensity=verdict.intensity,
            marks=verdict.marks,
            search=search.body(f"{post.subject} {post.text}".strip()),
            queries=matched[index],
            ours=ours[index],
            addressed=to_us[index],
        )
        for (index, post), verdict in zip(held_posts.items(), judgements, strict=True)
    ]


def _which(post: Post) -> tuple[str, str, str]:
    return post.network, post.id, post.author.id


def _newest(posts: Iterable[Post]) -> list[Post]:
    """Each post once, in its newest version and with its newest counts: a notification and a search may both bring it,
    and what one of them knows, such as that it is for us, holds."""
    found: dict[tuple[str, str, str], Post] = {}
    for post in posts:
        key = _which(post)
        other = found.get(key)
        if other is None:
            found[key] = post
            continue
        newest = post if post.stamp >= other.stamp else other
        counts = max(filter(None, (post.engagement, other.engagement)), key=lambda one: one.seen, default=None)
        found[key] = msgspec.structs.replace(newest, engagement=counts, addressed=post.addressed or other.addressed)
    return list(found.values())


def _cut(post: Post) -> Post:
    return msgspec.structs.replace(post, text=post.text[:LARGEST])


def _keep_the_known(brand_id: int, posts: Sequence[Post], keep: list[bool]) -> None:
    """Posts in threads that we follow, and new versions of posts that we have, are kept whatever they say."""
    asked = [index for index, one in enumerate(keep) if not one and (posts[index].root or posts[index].edited)]
    for network in sorted({posts[index].network for index in asked}):
        mine = [index for index in asked if posts[index].network == network]
        for at in range(0, len(mine), 500):
            some = mine[at : at + 500]
            threads = conversations.known_threads(brand_id, network, {posts[index].thread for index in some})
            edited = {posts[index].id for index in some if posts[index].edited}
            known = conversations.existing(brand_id, network, edited) if edited else {}
            for index in some:
                keep[index] = posts[index].thread in threads or posts[index].id in known


def _hold_people(brand_id: int, judged: Sequence[Judged], also: Batch) -> None:
    """Lock everybody whose cases the portion may touch, at once and in order: who writes, whom we answer, whose posts
    were counted or deleted. Two workers that locked them one by one would wait for each other."""
    if connection.vendor != "postgresql":
        return  # whoever writes on SQLite is alone
    posts = {(one.post.network, one.post.parent) for one in judged if one.ours and one.post.parent}
    posts |= {(one.network, one.id) for one in also.readings} | {(one.network, one.id) for one in also.deletions}
    handles = conversations.writers(brand_id, posts)
    for network in {one.post.network for one in judged}:
        authors = {one.post.author.id for one in judged if one.post.network == network}
        handles |= people.known_ids(brand_id, network, authors)
        private = {one.post.thread for one in judged if one.ours and one.post.network == network and _private(one)}
        handles |= {handle for _, handle in conversations.partners(brand_id, network, private)}
    lock(handles)


def _take(tx: Tx, source: Source, judged: Sequence[Judged], clocks: bool) -> int:
    """Store a portion and let it do to the cases what it does. How many posts were new."""
    new = 0
    for network in sorted({one.post.network for one in judged}):
        mine = [one for one in judged if one.post.network == network]
        handles = people.know(tx, source.brand_id, network, (one.post.author for one in mine))
        ids = {key: known.id for key, known in handles.items()}
        threads = conversations.know(source.brand_id, network, (one.post for one in mine))
        stored = conversations.store(tx, source.brand_id, source.pk, mine, ids, threads)
        new += sum(one.change == "new" for one in stored)
        _tell_cases(tx, source.brand_id, stored, handles, clocks)
    return new


def _tell_cases(tx: Tx, brand_id: int, stored: Sequence[Stored], handles: dict[str, Known], clocks: bool) -> None:
    arrivals: list[Arrival] = []
    spreading: list[int] = []
    ours: list[Stored] = []
    for one in stored:
        again = one.change in ("edited", "addressed")
        if again or one.change == "engagement":
            spreading.append(one.id)
        if one.change == "new" and one.judged.ours:
            ours.append(one)
        elif one.change == "new" or (again and not one.judged.ours and tx.now - one.judged.post.created < NEWS):
            post = one.judged.post
            known = handles[post.author.id[:512]]
            arrivals.append(
                Arrival(
                    post=one.id,
                    handle=one.handle,
                    conversation=one.conversation,
                    created=post.created,
                    since=(tx.now if again else min(post.created, tx.now)) if clocks else None,
                    again=again,
                    facts=facts(
                        post,
                        negative=one.judged.negative,
                        positive=one.judged.positive,
                        intensity=one.judged.intensity,
                        marks=one.judged.marks,
                        followers=known.followers,
                        addressed=one.judged.addressed,
                        growth=None,
                        waiting_before=0,
                        now=tx.now,
                    ),
                )
            )
    fresh = {known.id for known in handles.values() if known.new}
    cases.take(tx, brand_id, arrivals, _answers(brand_id, ours), fresh)
    spread_further(tx, brand_id, spreading)


def _answers(brand_id: int, ours: Sequence[Stored]) -> list[cases.Answer]:
    """Whom our own posts answer: who wrote the post they reply to, as far as it is known; in private, who is there."""
    parents = {one.judged.post.parent for one in ours if one.judged.post.parent}
    rows = Row.objects.filter(brand_id=brand_id, external_id__in=parents, ours=False)
    handle_of = dict(rows.values_list("external_id", "handle_id")) if parents else {}
    private = [one for one in ours if _private(one.judged)]
    threads = {one.judged.post.thread for one in private}
    there = conversations.partners(brand_id, private[0].judged.post.network, threads) if private else set()
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


def _private(one: Judged) -> bool:
    """Said among two, where people do not trouble to reply to a post."""
    return one.post.visibility == Visibility.PRIVATE


def spread_further(tx: Tx, brand_id: int, post_ids: Sequence[int]) -> None:
    """New counts came for these posts: forecast anew, and let their cases rise."""
    if not post_ids:
        return
    places: list[tuple[int, int, reach.Place]] = []
    rows = Row.objects.filter(brand_id=brand_id, pk__in=post_ids, ours=False, deleted=None).select_related("handle")
    for row in rows:
        post = _as_post(row, row.handle)
        place = reach.place(
            facts(
                post,
                negative=row.negative,
                positive=row.positive,
                intensity=row.intensity,
                marks=tuple(row.marks),
                followers=row.handle.followers,
                addressed=row.addressed,
                growth=growth(row.pk),
                waiting_before=0,
                now=tx.now,
            )
        )
        places.append((row.pk, row.handle_id, place))
    if places:
        cases.move(tx, brand_id, places)


def growth(post_id: int) -> tuple[int, timedelta] | None:
    """Reshares gained between the last two readings at least a minute apart, and in how long."""
    readings = EngagementReading.objects.filter(post=post_id).exclude(reshares=None).order_by("-at")
    rows = list(readings.values_list("at", "reshares")[:20])
    for at, reshares in rows[1:]:
        if rows[0][0] - at >= timedelta(minutes=1):
            return max(0, (rows[0][1] or 0) - (reshares or 0)), rows[0][0] - at
    return None


def _as_post(row: Row, handle: Handle) -> Post:
    return Post(
        network=row.network,
        id=row.external_id,
        author=Author(id=handle.external_id, followers=handle.followers, verified=handle.verified),
        created=row.created,
        kind=Kind(row.kind),
        visibility=Visibility(row.visibility),
        parent=row.parent,
        media=msgspec.convert(row.media, tuple[Media, ...]),
        stars=row.stars,
        promoted=row.promoted,
        engagement=Engagement(
            seen=row.counted, likes=row.likes, reshares=row.reshares, replies=row.replies, views=row.views
        )
        if row.counted
        else None,
    )


def _finish(tx: Tx, source: Source, batch: Batch, kept: int) -> None:
    """What goes with the last portion: readings, deletions, quarantine, the cursor and the period it covers."""
    brand_id = source.brand_id
    if batch.readings:
        spread_further(tx, brand_id, conversations.read_counts(tx, brand_id, batch.readings))
    if batch.deletions and (gone := conversations.delete(tx, brand_id, batch.deletions)):
        cases.withdraw(tx, brand_id, gone)
    quarantine(tx, source, batch.malformed)
    sources.heard(tx, source, batch, kept)
