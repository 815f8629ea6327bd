"""What may be asked about brands and the people who work for them."""

from __future__ import annotations

from amends.accounts.access import Member
from amends.accounts.models import Audit, Brand, Invitation, Membership, Role, Team, User


def brands(user: User) -> list[Brand]:
    """The brands the user works for, by name."""
    return list(Brand.objects.filter(memberships__user=user).order_by("name"))


def colleagues(member: Member) -> list[User]:
    """Everybody who works for the brand, oneself included, by name."""
    return list(User.objects.filter(memberships__brand=member.brand, is_active=True).order_by("name", "email"))


def memberships(member: Member) -> list[Membership]:
    """Who works for the brand, in which role and team."""
    rows = Membership.objects.filter(brand=member.brand).select_related("user", "team")
    return list(rows.order_by("user__name", "user__email"))


def invitations(member: Member) -> list[Invitation]:
    """Who was asked to work for the brand and has not accepted yet, those that ran out included. For admins."""
    if not member.may(Role.ADMIN):
        return []
    return list(Invitation.objects.filter(brand=member.brand).select_related("team").order_by("email"))


def teams(member: Member) -> list[Team]:
    return list(Team.objects.filter(brand=member.brand).order_by("name"))


def audit(member: Member, before: int | None = None, limit: int = 100) -> list[Audit]:
    """What was done at the brand, newest first, on from the id `before`. For admins: 404 for others."""
    member.must(Role.ADMIN)
    rows = Audit.objects.filter(brand=member.brand.pk).order_by("-pk")
    return list(rows.filter(pk__lt=before)[:limit] if before else rows[:limit])


def names(user_ids: set[int]) -> dict[int, str]:
    """Display names by user id."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in=user_ids)}
