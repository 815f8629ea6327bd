"""Brands, members, links: who may, and what is left in the audit."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.http import Http404

from amends.accounts import queries
from amends.accounts.access import Member, brand_ids, member
from amends.accounts.actions import (
    Refused,
    end_sessions,
    link_owner,
    make_brand,
    make_link,
    make_team,
    make_user,
    remove_membership,
    set_membership,
    use_link,
)  # fmt: skip
from amends.accounts.models import Brand, Membership, Role, SignInLink, User
from amends.events.models import Event
from amends.events.types import AccessChanged, decode


def test_a_stranger_is_told_nothing(alice: Member, bob: Member, charlie: Member) -> None:
    assert member(alice.user, alice.brand.slug).may(Role.ADMIN)
    assert not member(bob.user, alice.brand.slug).may(Role.SUPERVISOR)
    for user, slug in ((charlie.user, alice.brand.slug), (alice.user, "no-such-brand")):
        with pytest.raises(Http404):
            member(user, slug)
    alice.user.is_active = False
    with pytest.raises(Http404):
        member(alice.user, alice.brand.slug)


def test_two_brands_of_one_name_have_addresses_of_their_own(alice: Member, now: datetime) -> None:
    names = ["Meridian Air", "Meridian Air", "航空会社", "航空会社"]
    slugs = [make_brand(alice.user, name, now).brand.slug for name in names]
    assert slugs == ["meridian-air-2", "meridian-air-3", "brand", "brand-2"]


def test_members_come_and_go_and_every_step_is_audited_and_told(alice: Member, bob: Member, now: datetime) -> None:
    team = make_team(alice, "Baggage", now)
    set_membership(alice, "BOB@meridian.example", "", Role.SUPERVISOR, team.pk, now)
    assert Membership.objects.get(user=bob.user).role == Role.SUPERVISOR
    assert brand_ids(bob.user.pk) == {alice.brand.pk}
    remove_membership(alice, bob.user.pk, now)
    assert brand_ids(bob.user.pk) == frozenset()
    told = [decode(row.data) for row in Event.objects.order_by("pk")]
    assert [event.user for event in told if isinstance(event, AccessChanged)][-1] == bob.user.pk


def test_only_an_admin_invites_and_an_admin_stays(alice: Member, bob: Member, now: datetime) -> None:
    with pytest.raises(Http404):
        set_membership(bob, "eve@x.example", "", Role.ADMIN, None, now)
    with pytest.raises(Http404):
        make_team(bob, "Mine", now)
    with pytest.raises(Refused, match="needs an admin"):
        remove_membership(alice, alice.user.pk, now)
    with pytest.raises(Refused, match="needs an admin"):
        set_membership(alice, alice.user.email, "", Role.AGENT, None, now)
    with pytest.raises(Refused, match="Choose a role"):
        set_membership(alice, "eve@x.example", "", "king", None, now)
    with pytest.raises(Http404):
        queries.audit(bob)
    assert queries.audit(alice)


def test_a_new_password_ends_the_links_that_are_out(alice: Member, now: datetime) -> None:
    token = make_link(alice.user, now)
    end_sessions(alice.user, now)
    assert use_link(token, now) is None


def test_a_link_signs_in_once_and_not_for_long(alice: Member, now: datetime) -> None:
    token = make_link(alice.user, now)
    assert token not in SignInLink.objects.get().digest
    assert link_owner(token, now) == alice.user
    assert use_link(token, now) == alice.user
    assert use_link(token, now) is None
    late = make_link(alice.user, now)
    assert use_link(late, now + timedelta(minutes=16)) is None
    assert use_link("guess", now) is None


def test_an_address_is_one_user(db: None) -> None:
    make_user("Ann@x.example", "Ann")
    with pytest.raises(Refused, match="already"):
        make_user("ann@X.example", "Ann again")
    assert User.objects.get().email == "ann@x.example"


def test_queries_stay_within_the_brand(alice: Member, bob: Member, charlie: Member) -> None:
    assert queries.colleagues(alice) == [alice.user, bob.user]
    assert queries.colleagues(charlie) == [charlie.user]
    assert queries.brands(bob.user) == [alice.brand]
    assert queries.teams(charlie) == []
    assert Brand.objects.count() == 2
