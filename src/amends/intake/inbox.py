"""Calls that wait to be taken in: durable before they are answered, claimed by conditional update with a lease, tried
again with longer and longer pauses, and put into quarantine when nothing helped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Length

from amends.channels.base import Malformed, Received
from amends.events.transaction import Tx, write
from amends.intake.models import Inbox
from amends.intake.quarantine import quarantine
from amends.sources.models import Source, State
from amends.sources.secrets import seal, unseal

LEASE = timedelta(seconds=60)
AT_ONCE, PORTION = 100, 1 << 20  # calls, and bytes of their bodies, that are taken in hand together
ATTEMPTS = 12  # in 40 minutes
SLOWEST_RETRY = timedelta(minutes=10)
MOST = 10_000  # calls of a source that may wait, as while it is paused
UNWANTED = frozenset({"accept", "accept-encoding", "accept-language", "connection", "cookie", "user-agent"})


def keep(source: Source, call: Received, now: datetime) -> bool:
    """Store the call: when this returns, it survives. False: so many wait that it is not taken."""
    if Inbox.objects.filter(source=source).count() >= MOST:
        return False
    headers = {name: value for name, value in call.headers.items() if name not in UNWANTED}
    with write(now):
        Inbox.objects.create(
            source=source,
            received=now,
            headers=seal(headers),
            query=seal(dict(call.query)),
            body=call.body,
            next_at=now,
        )
    return True


def opened(row: Inbox) -> Received:
    """The call as it came. Raises `Sealed`."""
    return Received(unseal(bytes(row.headers)), bytes(row.body), unseal(bytes(row.query)))


def _free(now: datetime) -> Q:
    return Q(next_at__lte=now) & (Q(lease_until=None) | Q(lease_until__lt=now))


def waiting(now: datetime) -> list[int]:
    """The sources whose calls can be taken in now. Those of a paused one wait for it to be resumed, as what it did not
    fetch waits on its network."""
    calls = Inbox.objects.filter(_free(now), source=OuterRef("pk"))
    rows = Source.objects.exclude(hook=None).exclude(state=State.PAUSED).filter(Exists(calls))
    return list(rows.values_list("pk", flat=True))


def claim(source_id: int, owner: str, now: datetime) -> list[Inbox]:
    """Take calls of a source in hand, the oldest first."""
    with write(now):
        rows = Inbox.objects.select_for_update(skip_locked=True).filter(_free(now), source=source_id).order_by("pk")
        ids: list[int] = []
        size = 0
        for pk, length in rows.values_list("pk", Length("body"))[:AT_ONCE]:
            size += length
            if ids and size > PORTION:
                break
            ids.append(pk)
        Inbox.objects.filter(pk__in=ids).update(
            lease_owner=owner, lease_until=now + LEASE, attempts=F("attempts") + 1
        )  # fmt: skip
        return list(Inbox.objects.filter(pk__in=ids).order_by("pk"))


def forget(ids: Sequence[int]) -> None:
    """They are stored as posts, in the transaction under way."""
    Inbox.objects.filter(pk__in=ids).delete()


def put_off(row: Inbox, problem: str, now: datetime) -> None:
    """Try it again later, or never: then it goes to quarantine with its problem."""
    if row.attempts >= ATTEMPTS:
        put_aside(row, problem, now)
        return
    wait = min(timedelta(seconds=2**row.attempts), SLOWEST_RETRY)
    with write(now):
        rows = Inbox.objects.filter(pk=row.pk, lease_owner=row.lease_owner, lease_until=row.lease_until)
        rows.update(next_at=now + wait, lease_until=None, problem=problem[:500])


def put_aside(row: Inbox, reason: str, now: datetime) -> None:
    """Nothing will help: into quarantine, where a person can see it."""
    with write(now) as tx:
        _quarantine(tx, row, reason)


def _quarantine(tx: Tx, row: Inbox, reason: str) -> None:
    if Inbox.objects.filter(pk=row.pk).delete()[0]:
        quarantine(tx, row.source, [Malformed(reason, bytes(row.body))])
