"""Asking somebody to work for a brand, and their accepting it.

Whoever invites learns nothing but the address that they gave: whether it is a user's already shows neither in what
they are answered nor in the link's page. Who is a user accepts signed in as that user, so that the link alone leads
nobody into an account that is there; it makes only accounts that are not.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.actions import Refused, check_work, checked_email, digest, make_user
from amends.accounts.audit import record
from amends.accounts.models import Invitation, Membership, Role, User
from amends.events.transaction import write
from amends.events.types import AccessChanged

PENDING = 500  # of a brand


class SignInFirst(Exception):
    """The address is a user's: they accept as that user."""


def invite(
    member: Member, email: str, name: str, role: str, team_id: int | None, now: datetime, minutes: int
) -> tuple[Invitation, str]:
    """The invitation, and the token of the link to hand over. Another one to the same address takes its place."""
    check_work(member, role, team_id)
    email = checked_email(email)
    token = secrets.token_urlsafe(32)
    with write(now) as tx:
        if Membership.objects.filter(brand=member.brand, user__email=email).exists():
            raise Refused(f"{email} works here already: change what they may do in the list.")
        if Invitation.objects.filter(brand=member.brand).exclude(email=email).count() >= PENDING:
            raise Refused(f"{PENDING} invitations wait already: withdraw those that are too old.")
        row, _ = Invitation.objects.update_or_create(
            brand=member.brand,
            email=email,
            defaults={
                "name": name.strip()[:120],
                "role": role,
                "team_id": team_id,
                "digest": digest(token),
                "expires": now + timedelta(minutes=minutes),
            },
        )
        record(tx, member, "make", "invitation", row.pk, role=role)
    return row, token


def withdraw(member: Member, invitation_id: int, now: datetime) -> None:
    """Its link leads nowhere any more."""
    member.must(Role.ADMIN)
    with write(now) as tx:
        gone, _ = Invitation.objects.filter(brand=member.brand, pk=invitation_id).delete()
        if not gone:
            raise Http404
        record(tx, member, "withdraw", "invitation", invitation_id)


def invited(token: str, now: datetime) -> Invitation | None:
    """What the link invites to; None when it is unknown, used, withdrawn or too old."""
    rows = Invitation.objects.select_related("brand", "team")
    return rows.filter(digest=digest(token), expires__gt=now).first()


def accept(token: str, user: User | None, now: datetime) -> Member | None:
    """Accept as `user`, who is signed in, or with None as somebody new. None when the link leads nowhere.

    Raises `SignInFirst` where somebody is not new, and `Refused` where the invitation is for somebody else.
    """
    with write(now) as tx:
        row = invited(token, now)
        if row is None or not Invitation.objects.filter(pk=row.pk, digest=row.digest).delete()[0]:
            return None
        if user is None and User.objects.filter(email=row.email).exists():
            raise SignInFirst
        if user is not None and user.email != row.email:
            raise Refused(f"This invitation is for {row.email}. Sign out, then open the link again.")
        user = user or make_user(row.email, row.name)
        held, _ = Membership.objects.get_or_create(
            user=user, brand=row.brand, defaults={"role": row.role, "team_id": row.team_id}
        )
        member = Member(user=user, brand=row.brand, role=Role(held.role), team_id=held.team_id)
        record(tx, member, "accept", "invitation", row.pk, role=held.role)
        tx.tell(row.brand.pk, AccessChanged(user=user.pk))
    return member
