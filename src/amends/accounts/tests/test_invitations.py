"""Inviting and accepting: who may, what is left in the audit, and what is told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.http import Http404

from amends.accounts import invitations, queries
from amends.accounts.access import Member
from amends.accounts.actions import Refused, make_team, make_user, remove_membership
from amends.accounts.invitations import SignInFirst, accept, invite, invited, withdraw
from amends.accounts.models import Audit, Invitation, Membership, Role, User
from amends.events.models import Event
from amends.events.types import AccessChanged, decode

DORA = "dora@x.example"


def ask(member: Member, now: datetime, email: str = DORA, role: str = Role.AGENT, team: int | None = None) -> str:
    return invite(member, email, "Dora", role, team, now, 60)[1]


def test_an_invitation_gives_nothing_until_it_is_accepted(alice: Member, now: datetime) -> None:
    team = make_team(alice, "Baggage", now)
    token = ask(alice, now, " DORA@x.example ", Role.SUPERVISOR, team.pk)
    assert not User.objects.filter(email=DORA).exists()
    assert [one.email for one in queries.invitations(alice)] == [DORA]
    assert token not in Invitation.objects.get().digest
    member = accept(token, None, now + timedelta(minutes=59))
    assert member is not None
    assert (member.user.name, member.role, member.team_id) == ("Dora", Role.SUPERVISOR, team.pk)
    assert accept(token, None, now) is None
    told = [decode(row.data) for row in Event.objects.order_by("pk")]
    assert [event.user for event in told if isinstance(event, AccessChanged)][-1] == member.user.pk
    row = Audit.objects.order_by("-pk")[0]
    assert (row.verb, row.thing, row.actor, row.brand) == ("accept", "invitation", member.user.pk, alice.brand.pk)


def test_the_audit_of_an_invitation_tells_of_no_user(alice: Member, charlie: Member, now: datetime) -> None:
    for email in (alice.user.email, "nobody@x.example"):
        ask(charlie, now, email)
    known, unknown = Audit.objects.filter(thing="invitation").order_by("pk").values_list("facts", flat=True)
    assert known == unknown == {"role": "agent"}


def test_only_an_admin_invites_and_withdraws(alice: Member, bob: Member, charlie: Member, now: datetime) -> None:
    token = ask(alice, now)
    one = Invitation.objects.get()
    for who in (bob, charlie):
        with pytest.raises(Http404):
            withdraw(who, one.pk, now)
    with pytest.raises(Http404):
        ask(bob, now)
    assert queries.invitations(bob) == queries.invitations(charlie) == []
    with pytest.raises(Http404):
        ask(charlie, now, team=make_team(alice, "Baggage", now).pk)
    withdraw(alice, one.pk, now)
    assert invited(token, now) is None


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "a b@c.example", f"{'x' * 250}@c.example"])
def test_what_is_no_address_is_refused(alice: Member, now: datetime, email: str) -> None:
    with pytest.raises(Refused, match="not an e-mail address"):
        ask(alice, now, email)


def test_who_is_there_accepts_as_who_they_are(alice: Member, bob: Member, charlie: Member, now: datetime) -> None:
    token = ask(charlie, now, alice.user.email, Role.ADMIN)
    with pytest.raises(SignInFirst):
        accept(token, None, now)
    for somebody_else in (bob.user, charlie.user):
        with pytest.raises(Refused, match=r"alice@meridian\.example"):
            accept(token, somebody_else, now)
    assert Membership.objects.filter(brand=charlie.brand).count() == 1
    member = accept(token, alice.user, now)
    assert member is not None
    assert (member.user, member.role) == (alice.user, Role.ADMIN)
    assert User.objects.get(pk=alice.user.pk).name == "Alice Archer"


def test_who_became_a_user_meanwhile_signs_in(alice: Member, now: datetime) -> None:
    token = ask(alice, now)
    dora = make_user(DORA, "The real Dora", "battery staple")
    with pytest.raises(SignInFirst):
        accept(token, None, now)
    assert accept(token, dora, now) is not None
    assert User.objects.get(email=DORA).name == "The real Dora"


def test_an_old_invitation_does_not_change_the_role_of_who_came_another_way(alice: Member, now: datetime) -> None:
    first = accept(ask(alice, now), None, now)
    assert first is not None
    with pytest.raises(Refused, match="works here already"):
        ask(alice, now, role=Role.ADMIN)
    remove_membership(alice, first.user.pk, now)
    token = ask(alice, now, role=Role.ADMIN)
    Membership.objects.create(user=first.user, brand=alice.brand, role=Role.AGENT)
    again = accept(token, first.user, now)
    assert again is not None
    assert again.role == Role.AGENT


def test_invitations_are_bounded(alice: Member, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "PENDING", 2)
    for name in "ab":
        ask(alice, now, f"{name}@x.example")
    with pytest.raises(Refused, match="withdraw those"):
        ask(alice, now, "c@x.example")
    assert ask(alice, now, "a@x.example")
