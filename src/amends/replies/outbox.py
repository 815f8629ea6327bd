"""The outbox: replies are claimed by conditional update with a lease, and each step's outcome is written down.

queued -> sending (claimed) -> sent, or back to queued when it certainly did not leave, or failed when the network
refuses it for good, or uncertain when nobody can know. A sending lease that ran out is uncertain: whoever held it may
have been killed after the network had taken the reply. Whoever slept and lost the lease meanwhile has no say any more,
except that the reply arrived: nobody else can know better.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Exists, OuterRef, Q

from amends.cases.book import lock
from amends.channels import registry
from amends.channels.base import Act, Author, Budget, Kind, Media, Outgoing, Post, Sent, Visibility
from amends.channels.foreign import microseconds
from amends.conversations import actions as conversations
from amends.conversations import search
from amends.conversations.actions import Judged
from amends.conversations.models import Post as Row
from amends.events.transaction import Tx, write
from amends.events.types import ReplyChanged
from amends.people import actions as people
from amends.people.models import Handle
from amends.replies.actions import ANSWERS, answered
from amends.replies.models import Reply, State, Upload
from amends.replies.uploads import files
from amends.sources.actions import kept
from amends.sources.models import OwnHandle, Source

LEASE = timedelta(seconds=60)
SLOWEST_RETRY = timedelta(minutes=10)
TRIPS = 4  # failures in a row, until an account's replies wait together
LONGEST_REST = timedelta(minutes=5)
LOOK_AFTER = timedelta(seconds=2)  # what is on its way may still land


def due(now: datetime, limit: int = 50) -> list[int]:
    """Replies whose time to be sent or looked up has come, oldest first; within a case, one after the other."""
    before = Reply.objects.filter(case=OuterRef("case"), pk__lt=OuterRef("pk"), state__in=[State.QUEUED, State.SENDING])
    queued = Q(state=State.QUEUED, next_at__lte=now) & ~Exists(before)
    unclear = Q(state=State.UNCERTAIN, next_at__lte=now) & (Q(lease_until=None) | Q(lease_until__lt=now))
    return list(Reply.objects.filter(queued | unclear).order_by("pk").values_list("pk", flat=True)[:limit])


def claim(reply_id: int, owner: str, now: datetime) -> Reply | None:
    """Take a due reply in hand: the row as it is then (`sending`, or `uncertain` to be looked up), or None when
    somebody else was faster, it expired, or the account's pace says later."""
    with write(now) as tx:
        rows = Reply.objects.filter(pk=reply_id, next_at__lte=now)
        lease = {"lease_owner": owner, "lease_until": now + LEASE}
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        if rows.filter(free, state=State.UNCERTAIN).update(**lease):
            return _row(reply_id)
        reply = rows.filter(state=State.QUEUED).select_related("source").first()
        if reply is None:
            return None
        if reply.expires <= now:
            _move(tx, reply, State.FAILED, problem=_stale(reply))
            return None
        wait = _pace(reply.source_id, now)
        if wait:
            rows.filter(state=State.QUEUED).update(next_at=now + wait)
            return None
        taken = rows.filter(state=State.QUEUED).update(
            state=State.SENDING, attempts=reply.attempts + 1, problem="", **lease
        )
        if not taken:
            return None
        reply = _row(reply_id)
        tx.tell(reply.brand_id, ReplyChanged(case=reply.case_id, reply=reply_id, state=reply.state))
        return reply


def _row(reply_id: int) -> Reply:
    return Reply.objects.select_related("source", "to").get(pk=reply_id)


def _stale(reply: Reply) -> str:
    why = f" ({reply.problem})" if reply.problem else ""
    return f"It could not be sent in time{why}. Read it again: does it still fit? Then try again."


def _pace(source_id: int, now: datetime) -> timedelta | None:
    """Take one token from the account's bucket; when none may be taken now, how long until the next.

    The bucket holds what the channel calls polite, and no more than the network says is left. After `TRIPS` failures in
    a row nothing is sent for a while; then one reply tries, and the others wait for what becomes of it.
    """
    source = Source.objects.select_for_update(no_key=True).get(pk=source_id)
    if source.send_after and source.send_after > now:
        return source.send_after - now
    left, resets = _left(source.budget)
    if left == 0 and resets and resets > now:
        return resets - now
    most, per = registry.get(source.channel).manifest.pace
    rate = most / per.total_seconds()
    passed = (now - source.send_at).total_seconds() if source.send_at else per.total_seconds()
    tokens = min(float(most), source.send_tokens + max(passed, 0.0) * rate)
    if tokens < 1:
        return timedelta(seconds=(1 - tokens) / rate)
    trying = now + LEASE if source.send_failures >= TRIPS else None
    Source.objects.filter(pk=source_id).update(send_tokens=tokens - 1, send_at=now, send_after=trying)
    return None


def _left(budget: dict[str, Any] | None) -> tuple[int | None, datetime | None]:
    return (budget["left"], datetime.fromisoformat(budget["resets"])) if budget else (None, None)


def _went(source_id: int, now: datetime, *, well: bool, after: timedelta | None = None) -> None:
    """How it goes on the network's side, for the account's next replies."""
    if well:
        Source.objects.filter(pk=source_id).exclude(send_failures=0).update(send_failures=0, send_after=None)
        return
    failures = Source.objects.filter(pk=source_id).values_list("send_failures", flat=True).get() + 1
    rest = min(LOOK_AFTER * 2 ** min(failures, 10), LONGEST_REST) if failures >= TRIPS else timedelta(0)
    rest = max(rest, after or timedelta(0))
    Source.objects.filter(pk=source_id).update(send_failures=failures, send_after=now + rest if rest else None)


def _move(tx: Tx, reply: Reply, state: State, **values: object) -> bool:
    """Move the reply on, if it still is where we know it, in our hands; False when somebody else moved it."""
    values = {"next_at": None, "lease_until": None} | values
    ours = {"state": reply.state, "lease_owner": reply.lease_owner, "lease_until": reply.lease_until}
    moved = Reply.objects.filter(pk=reply.pk, **ours).update(state=state, **values)
    if moved:
        tx.tell(reply.brand_id, ReplyChanged(case=reply.case_id, reply=reply.pk, state=state))
    return bool(moved)


def arrived(reply: Reply, sent: Sent, budget: Budget | None, now: datetime) -> None:
    """The reply stands on the network: its own post joins the thread, once, and it is the customer's turn."""
    with write(now) as tx:
        held = Reply.objects.select_for_update().get(pk=reply.pk)  # before its people, as whoever settles one does
        _hold_both(reply)
        _went(reply.source_id, now, well=True)
        if budget:
            Source.objects.filter(pk=reply.source_id).update(budget=kept(budget))
        if reply.act not in ANSWERS:
            if held.state != State.SENT and _move(tx, held, State.SENT, sent=sent.at, problem=""):
                corrected(tx, reply, sent.at)
            return
        post = own_posts(tx, reply, sent)
        # A review has one answer: a second takes the place, and the post, of the first.
        Reply.objects.filter(post=post).exclude(pk=reply.pk).update(post=None)
        if held.state != State.SENT and _move(tx, held, State.SENT, sent=sent.at, post=post, problem=""):
            Upload.objects.filter(reply=reply).delete()
            # The network may have reported it before we knew the account for ours.
            Row.objects.filter(reply=reply, ours=False).update(ours=True)
            answered(tx, reply, sent.at)


def _hold_both(reply: Reply) -> None:
    """Lock the customer and ourselves at once and in order, as intake does, or the two might wait for each other."""
    us = Handle.objects.filter(brand=reply.brand_id, network=reply.to.network, external_id=_own_id(reply.source))
    lock([reply.to.handle_id, *us.values_list("pk", flat=True)])


def _own_id(source: Source) -> str:
    return source.account_id or f"own:{source.pk}"


def own_posts(tx: Tx, reply: Reply, sent: Sent) -> int | None:
    """Put the reply's posts into the thread: {the first}."""
    source, to = reply.source, reply.to
    outgoing = msgspec.json.decode(bytes(reply.outgoing), type=Outgoing)
    author = Author(id=_own_id(source), name=_own_name(source, to), display=source.label)
    posts: list[Post] = []
    parent = outgoing.to
    for text, one in zip(outgoing.posts, (sent, *sent.more), strict=False):
        post = Post(
            network=to.network,
            id=one.id,
            author=author,
            created=one.at,
            stamp=microseconds(one.at),
            text=text,
            kind=Kind(to.kind) if to.kind != Kind.REVIEW else Kind.POST,
            visibility=Visibility(outgoing.visibility),
            parent=parent,
            root=outgoing.root,
            parent_author=outgoing.to_author.id if outgoing.to_author and not posts else author.id,
            url=one.url,
            context=one.context,
            files=() if posts else files(reply.pk),
        )
        posts.append(post)
        parent = post.id
    known = people.know(tx, reply.brand_id, to.network, [people.supposed(author)])
    handles = {key: one.id for key, one in known.items()}
    threads = conversations.know(reply.brand_id, to.network, posts)
    judged = [Judged(post=post, lang=to.lang, ours=True, search=search.body(post.text)) for post in posts]
    stored = conversations.store(tx, reply.brand_id, source.pk, judged, handles, threads)
    return next((one.id for one in stored if one.judged.post.id == sent.id), None)


def corrected(tx: Tx, reply: Reply, at: datetime) -> None:
    """A post of ours has other words from now on, as if the network had told of its edit."""
    if reply.act != Act.EDIT:
        return
    to = reply.to
    us = Author(id=to.handle.external_id, name=to.handle.name, display=to.handle.display)
    post = Post(
        network=to.network,
        id=to.external_id,
        author=us,
        created=to.created,
        edited=at,
        stamp=max(microseconds(at), to.stamp + 1),
        text=reply.text,
        subject=to.subject,
        visibility=Visibility(to.visibility),
        root=to.conversation.external_id,
        stars=to.stars,
        media=msgspec.convert(to.media, tuple[Media, ...]),
        folded=to.folded,
        warning=to.warning,
        context=to.context,
    )
    judged = Judged(post=post, lang=to.lang, ours=True, search=search.body(post.text))
    threads = {post.thread: to.conversation_id}
    conversations.store(tx, reply.brand_id, reply.source_id, [judged], {us.id: to.handle_id}, threads)


def _own_name(source: Source, to: Row) -> str:
    """Under which of the brand's handles the account writes: the one that the network named, else one of that kind."""
    own = OwnHandle.objects.filter(brand=source.brand_id, network=to.network).order_by("pk")
    named = own.filter(external_id=source.account_id).exclude(external_id="").first()
    rows = [named] if named else [row for row in own if ("@" in row.name) == (to.kind == Kind.MAIL)]
    return rows[0].name if rows else ""


def not_yet(reply: Reply, problem: str, after: timedelta | None, now: datetime) -> None:
    """It certainly did not leave: try the very same again later."""
    wait = max(after or timedelta(0), _wait(reply))
    with write(now) as tx:
        _move(tx, reply, State.QUEUED, problem=problem[:500], next_at=now + wait)
        _went(reply.source_id, now, well=False, after=after)


def missing(reply: Reply, now: datetime) -> None:
    """It was looked up and is not there: try the very same again."""
    with write(now) as tx:
        _move(tx, reply, State.QUEUED, problem="It had not arrived: trying again.", next_at=now + _wait(reply))


def _wait(reply: Reply) -> timedelta:
    return min(timedelta(seconds=2 ** min(reply.attempts, 10)), SLOWEST_RETRY) * (1 + 0.2 * random.random())  # noqa: S311


def refused(reply: Reply, problem: str, now: datetime) -> None:
    """The network will not have it: a person decides."""
    with write(now) as tx:
        _move(tx, reply, State.FAILED, problem=problem[:500])


def unclear(reply: Reply, problem: str, look: bool, now: datetime) -> None:
    """Nobody can know whether it left. `look`: it will be looked up; otherwise a person decides."""
    next_at = now + LOOK_AFTER * (1 + reply.attempts) if look else None
    with write(now) as tx:
        _move(tx, reply, State.UNCERTAIN, problem=problem[:500], next_at=next_at)
        _went(reply.source_id, now, well=False)


def reclaim(now: datetime) -> int:
    """Replies whose sender died: each is uncertain now. How many."""
    dead = list(Reply.objects.filter(state=State.SENDING, lease_until__lt=now).select_related("source"))
    for reply in dead:
        with write(now) as tx:
            problem = "The sender was interrupted: it may have arrived or not."
            _move(tx, reply, State.UNCERTAIN, problem=problem, next_at=now)
    return len(dead)
