"""What the worker and an agent do, at the instants that a test chooses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from amends.accounts.access import Member
from amends.cases.models import Case
from amends.channels.http import Http
from amends.replies import outbox
from amends.replies.actions import approve
from amends.replies.deliver import Delivery
from amends.replies.models import Reply

SECOND = timedelta(seconds=1)


def deliver(times: int = 1, *, at: datetime | None = None) -> None:
    """What the worker does, `times` over: claim all that is due and see each to its end."""
    delivery = Delivery(Http())
    for _ in range(times):
        now = at or datetime.now(UTC)
        outbox.reclaim(now)
        claimed = [reply for pk in outbox.due(now) if (reply := outbox.claim(pk, delivery.owner, now))]

        async def all_of_them(claimed: list[Reply] = claimed) -> None:
            await asyncio.gather(*(delivery.deliver(reply) for reply in claimed))

        asyncio.run(all_of_them())


def later(seconds: float) -> datetime:
    return datetime.now(UTC) + seconds * SECOND


def write_one(member: Member, case: Case, text: str = "We found it.") -> Reply:
    return approve(member, case.pk, text, None, datetime.now(UTC))
