"""A brand goes, with all that was ever heard for it."""

from __future__ import annotations

from datetime import datetime

from amends.accounts.access import Member
from amends.accounts.audit import record
from amends.accounts.models import Audit, Membership, Role
from amends.conversations import search
from amends.events.models import Event
from amends.events.transaction import write
from amends.events.types import AccessChanged


def remove_brand(member: Member, now: datetime) -> None:
    """Remove the member's brand: sources, posts, people, cases, replies. Of a demo nothing is left, not even the audit;
    of a real brand the audit stays, and tells who removed it."""
    member.must(Role.ADMIN)
    brand = member.brand
    with write(now) as tx:
        people = list(Membership.objects.filter(brand=brand).values_list("user_id", flat=True))
        search.forget_brand(brand.pk)
        Event.objects.filter(brand=brand.pk).delete()
        if brand.demo:
            Audit.objects.filter(brand=brand.pk).delete()
        else:
            record(tx, member, "remove", "brand", brand.pk)
        brand.delete()
        for user in people:
            tx.tell(0, AccessChanged(user=user))
