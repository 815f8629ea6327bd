"""Every write about users, brands, teams and memberships."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.http import Http404
from django.utils.text import slugify

from amends.accounts.access import Member
from amends.accounts.audit import record
from amends.accounts.models import Brand, Membership, Role, SignInLink, Team, User
from amends.events.transaction import write
from amends.events.types import AccessChanged, BrandChanged


class Refused(ValueError):
    """What was asked can't be done; the message tells the person why, and what to do."""


def make_user(email: str, name: str = "", password: str | None = None, *, operator: bool = False) -> User:
    """A new user. Without a password they sign in by a link. Raises `Refused` where the address is taken."""
    with write() as tx:
        email = checked_email(email)
        if User.objects.filter(email=email).exists():
            raise Refused(f"{email} is a user already.")
        user = User.objects.create_user(email, password, name=name.strip()[:120], is_operator=operator)
        record(tx, None, "make", "user", user.pk, operator=operator)
    return user


def checked_email(email: str) -> str:
    """The address as it is kept. Raises `Refused` for what is none."""
    email = email.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email) or len(email) > 254:
        raise Refused("That is not an e-mail address.")
    return email


def make_brand(user: User, name: str, now: datetime, *, demo: bool = False) -> Member:
    """A new brand, and `user` its first admin."""
    name = name.strip()
    if not name:
        raise Refused("The brand needs a name.")
    if len(name) > 120:
        raise Refused("A brand's name holds 120 characters: find a shorter one.")
    with write(now) as tx:
        brand = Brand.objects.create(name=name, slug=_free_slug(name), demo=demo)
        Membership.objects.create(user=user, brand=brand, role=Role.ADMIN)
        member = Member(user=user, brand=brand, role=Role.ADMIN, team_id=None)
        record(tx, member, "make", "brand", brand.pk)
        tx.tell(brand.pk, AccessChanged(user=user.pk))
    return member


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "brand"
    taken = set(Brand.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(
        slug
        for number in range(1, len(taken) + 2)
        if (slug := base if number == 1 else f"{base}-{number}") not in taken
    )


def set_membership(member: Member, email: str, name: str, role: str, team_id: int | None, now: datetime) -> Membership:
    """Let somebody work here without asking them, or change what they may do; a new address becomes a user. For whoever
    owns the machine: others invite (`invitations.invite`)."""
    email = checked_email(email)
    check_work(member, role, team_id)
    with write(now) as tx:
        user = User.objects.filter(email=email).first() or make_user(email, name)
        if role != Role.ADMIN:
            _keep_an_admin(member, user.pk)
        row, _ = Membership.objects.update_or_create(
            user=user, brand=member.brand, defaults={"role": role, "team_id": team_id}
        )
        record(tx, member, "set", "membership", row.pk, user=user.pk, role=role)
        tx.tell(member.brand.pk, AccessChanged(user=user.pk))
    return row


def set_role(member: Member, user_id: int, role: str, team_id: int | None, now: datetime) -> Membership:
    """Change what a colleague may do. 404 for who is none."""
    check_work(member, role, team_id)
    row = Membership.objects.select_related("user").filter(brand=member.brand, user=user_id).first()
    if row is None:
        raise Http404
    return set_membership(member, row.user.email, "", role, team_id, now)


def check_work(member: Member, role: str, team_id: int | None) -> None:
    """Raises what speaks against the member's giving somebody this role in this team."""
    member.must(Role.ADMIN)
    if role not in Role.values:
        raise Refused("Choose a role: agent, supervisor or admin.")
    if team_id is not None and not Team.objects.filter(pk=team_id, brand=member.brand).exists():
        raise Http404


def remove_membership(member: Member, user_id: int, now: datetime) -> None:
    """Somebody no longer works for the brand: their open pages close within a second."""
    member.must(Role.ADMIN)
    with write(now) as tx:
        _keep_an_admin(member, user_id)
        gone, _ = Membership.objects.filter(brand=member.brand, user_id=user_id).delete()
        if not gone:
            raise Http404
        record(tx, member, "remove", "membership", None, user=user_id)
        tx.tell(member.brand.pk, AccessChanged(user=user_id))


def _keep_an_admin(member: Member, leaving: int) -> None:
    others = Membership.objects.filter(brand=member.brand, role=Role.ADMIN).exclude(user_id=leaving)
    if not others.exists():
        raise Refused("A brand needs an admin: make somebody else admin first.")


def make_team(member: Member, name: str, now: datetime) -> Team:
    member.must(Role.ADMIN)
    if not name.strip():
        raise Refused("The team needs a name.")
    if len(name.strip()) > 80:
        raise Refused("A team's name holds 80 characters: find a shorter one.")
    with write(now) as tx:
        if Team.objects.filter(brand=member.brand, name__iexact=name.strip()).exists():
            raise Refused("There is a team of that name already.")
        team = Team.objects.create(brand=member.brand, name=name.strip())
        record(tx, member, "make", "team", team.pk)
        tx.tell(member.brand.pk, BrandChanged(what="teams"))
    return team


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(user: User, now: datetime, minutes: int = 15) -> str:
    """The token of a link that signs `user` in once, within `minutes`."""
    token = secrets.token_urlsafe(32)
    with write(now) as tx:
        SignInLink.objects.filter(expires__lt=now).delete()
        link = SignInLink.objects.create(user=user, digest=digest(token), expires=now + timedelta(minutes=minutes))
        record(tx, None, "make", "link", link.pk, user=user.pk)
    return token


def link_owner(token: str, now: datetime) -> User | None:
    """Whom the link would sign in; None when it is unknown, used or too old."""
    link = SignInLink.objects.select_related("user").filter(digest=digest(token), used=None, expires__gt=now).first()
    return link.user if link and link.user.is_active else None


def use_link(token: str, now: datetime) -> User | None:
    """Spend the link: its user, once; None ever after."""
    with write(now) as tx:
        user = link_owner(token, now)
        spent = SignInLink.objects.filter(digest=digest(token), used=None, expires__gt=now).update(used=now)
        if user is None or not spent:
            return None
        record(tx, None, "use", "link", None, user=user.pk)
    return user


def end_sessions(user: User, now: datetime) -> None:
    """Told after a password change: the sessions' hash is stale, and links that are out and open streams end too."""
    with write(now) as tx:
        SignInLink.objects.filter(user=user, used=None).delete()
        record(tx, None, "end", "sessions", None, user=user.pk)
        tx.tell(0, AccessChanged(user=user.pk))
