"""The audit: written in the transaction of what it tells of."""

from __future__ import annotations

from amends.accounts.access import Member
from amends.accounts.models import Audit
from amends.events.transaction import Tx


def record(tx: Tx, by: Member | None, verb: str, thing: str, thing_id: int | None = None, **facts: object) -> None:
    """Somebody did something. `by` None: the system itself, or the command line. Facts: ids and small values only."""
    Audit.objects.create(
        brand=by.brand.pk if by else None,
        actor=by.user.pk if by else None,
        verb=verb,
        thing=thing,
        thing_id=thing_id,
        facts=facts,
        at=tx.now,
    )
