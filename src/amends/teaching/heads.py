"""What people do with the heads that their brand learnt: set one aside, use it again, have it learn now."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.audit import record
from amends.accounts.models import Role
from amends.events.transaction import write
from amends.events.types import BrandChanged
from amends.teaching.lessons import ask, renew
from amends.teaching.models import BrandHead, Lessons


def heads(member: Member) -> dict[str, BrandHead]:
    """By name, without what they learnt. For supervisors: 404 for others."""
    member.must(Role.SUPERVISOR)
    return {row.name: row for row in BrandHead.objects.filter(brand=member.brand).defer("head")}


def set_aside(member: Member, name: str, now: datetime) -> None:
    """Read as if it had not been learnt, until somebody uses it again. For supervisors; 404 where there is none."""
    _put(member, name, True, now)


def use_again(member: Member, name: str, now: datetime) -> None:
    """It counts again, as any other: where it is better. For supervisors; 404 where there is none."""
    _put(member, name, False, now)


def _put(member: Member, name: str, aside: bool, now: datetime) -> None:
    member.must(Role.SUPERVISOR)
    with write(now) as tx:
        row = BrandHead.objects.defer("head").filter(brand=member.brand, name=name).first()
        if row is None:
            raise Http404
        if row.aside == aside:
            return
        BrandHead.objects.filter(pk=row.pk).update(aside=aside)
        record(tx, member, "set_aside" if aside else "use", "head", row.pk, name=name)
        renew(member.brand.pk)
        tx.tell(member.brand.pk, BrandChanged(what="readings"))


def asked(member: Member) -> bool:
    """Whether learning was asked for, and no worker has done it since. For supervisors: 404 for others."""
    member.must(Role.SUPERVISOR)
    return Lessons.objects.filter(brand=member.brand, asked=True).exists()


def learn_now(member: Member, now: datetime) -> None:
    """Ask a worker to learn at once. For supervisors."""
    member.must(Role.SUPERVISOR)
    with write(now) as tx:
        ask(member.brand.pk)
        record(tx, member, "ask", "learning")
