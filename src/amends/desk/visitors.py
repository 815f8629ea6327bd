"""Who may hear: a browser's session, once at the door, then everybody's again in three queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from amends.accounts.access import brand_ids
from amends.accounts.models import Membership, User
from amends.accounts.sessions import SessionStore


@dataclass(frozen=True)
class Visitor:
    """A signed-in user as they were let in. `proof` changes with their password."""

    user: int
    session: str
    proof: str
    brands: frozenset[int]


def welcome(session: str) -> Visitor | None:
    """Whose session this key is; None when it is nobody's (any more)."""
    request = HttpRequest()
    request.session = SessionStore(session)
    user = get_user(request)
    if not isinstance(user, User):
        return None
    return Visitor(user.pk, session, user.get_session_auth_hash(), brand_ids(user.pk))


def strayed(visitors: Collection[Visitor], now: datetime) -> set[Visitor]:
    """Those who would no longer be let in as they were: signed out, password changed, other brands. Three queries."""
    users = {visitor.user for visitor in visitors}
    sessions = Session.objects.filter(session_key__in={visitor.session for visitor in visitors}, expire_date__gt=now)
    open_sessions = set(sessions.values_list("session_key", flat=True))
    proofs = {user.pk: user.get_session_auth_hash() for user in User.objects.filter(pk__in=users, is_active=True)}
    brands: defaultdict[int, set[int]] = defaultdict(set)
    for user, brand in Membership.objects.filter(user_id__in=users).values_list("user_id", "brand_id"):
        brands[user].add(brand)
    return {
        visitor
        for visitor in visitors
        if visitor.session not in open_sessions
        or proofs.get(visitor.user) != visitor.proof
        or brands[visitor.user] != visitor.brands
    }
