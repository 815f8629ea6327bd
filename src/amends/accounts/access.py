"""Authorise by how you load: whoever asks for a brand gets a `Member`, or a 404, and every query takes the member."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404

from amends.accounts.models import Brand, Membership, Role, User

_RANK = {Role.AGENT: 0, Role.SUPERVISOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True)
class Member:
    """A user at a brand: the key to everything that belongs to it."""

    user: User
    brand: Brand
    role: Role
    team_id: int | None

    def may(self, role: Role) -> bool:
        """Whether the member has at least this role."""
        return _RANK[self.role] >= _RANK[role]

    def must(self, role: Role) -> None:
        """404 for whoever has less: what one may not do does not exist."""
        if not self.may(role):
            raise Http404


def member(user: User, slug: str) -> Member:
    """The user as a member of the brand. Raises Http404 for a stranger as for a brand that does not exist."""
    if not user.is_authenticated or not user.is_active:
        raise Http404
    row = Membership.objects.select_related("brand", "user").filter(user=user, brand__slug=slug).first()
    if row is None:
        raise Http404
    return Member(user=row.user, brand=row.brand, role=Role(row.role), team_id=row.team_id)


def brand_ids(user_id: int) -> frozenset[int]:
    """The brands whose events this user may hear."""
    rows = Membership.objects.filter(user_id=user_id, user__is_active=True)
    return frozenset(rows.values_list("brand_id", flat=True))
