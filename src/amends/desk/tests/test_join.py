"""Asking somebody to work here, and their accepting it: what each of them sees."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client

from amends.accounts.access import Member
from amends.accounts.actions import make_user
from amends.accounts.models import Invitation, Membership, User


@pytest.fixture
def desk(alice: Member) -> Client:
    return signed_in(alice.user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def invite(client: Client, member: Member, email: str, name: str = "") -> str:
    """The page that follows."""
    page = f"/b/{member.brand.slug}/settings/people"
    given = {"email": email, "name": name, "role": "agent"}
    came_from = {"Referer": f"http://testserver{page}"}
    return client.post(f"{page}/invite", given, headers=came_from, follow=True).content.decode()


def link(html: str) -> str:
    found = re.search(r"http://testserver(/join/[\w-]+)", html)
    assert found is not None
    return found[1]


def without_secrets(html: str) -> str:
    html = re.sub(r"/join/[\w-]+|invitations/\d+|nonce-?=?\"?[\w+/=-]+", "", html)
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|X-CSRFToken[^}]*', "", html)


def test_somebody_new_joins_by_a_link_shown_once(desk: Client, alice: Member) -> None:
    html = invite(desk, alice, "Dora@x.example", "Dora")
    assert "Hand this link to Dora" in html
    people = desk.get(f"/b/{alice.brand.slug}/settings/people").content.decode()
    assert "/join/" not in people
    assert "Invited, not here yet" in people
    dora = Client()
    for _ in range(2):  # a look accepts nothing
        assert "Work for Meridian Air?" in dora.get(link(html)).content.decode()
    assert not User.objects.filter(email="dora@x.example").exists()
    assert dora.post(link(html), follow=True).redirect_chain[-1][0] == f"/b/{alice.brand.slug}/"
    row = Membership.objects.get(user__email="dora@x.example")
    assert (row.user.name, row.role, row.user.has_usable_password()) == ("Dora", "agent", False)
    used = Client().post(link(html))
    assert used.status_code == 410
    assert "ask whoever invited you" in used.content.decode()
    assert not Invitation.objects.exists()


def test_charlie_learns_nothing_of_whom_he_invites(alice: Member, charlie: Member) -> None:
    """An admin may invite anybody's address, and must neither become them by it nor hear that they are there."""
    client = signed_in(charlie.user)
    there, nobody = "alice@meridian.example", "alicf@meridian.example"
    known, unknown = (invite(client, charlie, email) for email in (there, nobody))
    people = client.get(f"/b/{charlie.brand.slug}/settings/people").content.decode()
    assert "Archer" not in known + people
    assert not Membership.objects.filter(brand=charlie.brand, user=alice.user).exists()
    pages = [Client().get(link(html)).content.decode() for html in (known, unknown)]
    assert without_secrets(pages[0]).replace(there, nobody) == without_secrets(pages[1])
    assert "Archer" not in pages[0]


def test_charlie_does_not_become_alice(alice: Member, charlie: Member) -> None:
    before = User.objects.values().get(pk=alice.user.pk)
    html = invite(signed_in(charlie.user), charlie, "alice@meridian.example", "Somebody Else")
    thief = Client()
    answer = thief.post(link(html))
    assert answer.headers["Location"].startswith("/accounts/login/?next=%2Fjoin%2F")
    assert "_auth_user_id" not in thief.session
    as_himself = signed_in(charlie.user)
    assert "for somebody else" in as_himself.post(link(html), follow=True).content.decode()
    assert not Membership.objects.filter(user=alice.user, brand=charlie.brand).exists()
    assert User.objects.values().get(pk=alice.user.pk) == before
    assert Invitation.objects.count() == 1


def test_alice_accepts_by_herself_and_stays_who_she_is(alice: Member, charlie: Member) -> None:
    before = User.objects.values().get(pk=alice.user.pk)
    address = link(invite(signed_in(charlie.user), charlie, "alice@meridian.example", "Somebody Else"))
    client = Client()
    to_sign_in = client.post(address).headers["Location"]
    given = {"login": "alice@meridian.example", "password": "correct horse", "next": address}
    assert client.post(to_sign_in, given).headers["Location"] == address
    assert client.post(address).headers["Location"] == f"/b/{charlie.brand.slug}/"
    assert Membership.objects.get(user=alice.user, brand=charlie.brand).role == "agent"
    after = User.objects.values().get(pk=alice.user.pk)
    assert {**after, "last_login": None} == {**before, "last_login": None}
    assert Membership.objects.get(user=alice.user, brand=alice.brand).role == "admin"


def test_a_new_link_ends_the_older_and_a_withdrawn_one_leads_nowhere(desk: Client, alice: Member) -> None:
    old = link(invite(desk, alice, "dora@x.example"))
    new = link(invite(desk, alice, "dora@x.example"))
    assert [Client().get(address).status_code for address in (old, new)] == [410, 200]
    one = Invitation.objects.get()
    desk.post(f"/b/{alice.brand.slug}/settings/people/invitations/{one.pk}/withdraw")
    assert Client().post(new).status_code == 410
    assert not User.objects.filter(email="dora@x.example").exists()


def test_a_link_grows_too_old(desk: Client, alice: Member) -> None:
    address = link(invite(desk, alice, "dora@x.example"))
    Invitation.objects.update(expires=datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    assert Client().post(address).status_code == 410
    assert "link too old" in desk.get(f"/b/{alice.brand.slug}/settings/people").content.decode()


def test_a_colleague_gets_another_role_and_no_invitation(desk: Client, alice: Member, bob: Member) -> None:
    assert "works here already" in invite(desk, alice, "bob@meridian.example")
    page = f"/b/{alice.brand.slug}/settings/people"
    desk.post(f"{page}/{bob.user.pk}/role", {"role": "supervisor"})
    assert Membership.objects.get(user=bob.user).role == "supervisor"
    refused = desk.post(
        f"{page}/{alice.user.pk}/role", {"role": "agent"}, headers={"Referer": f"http://testserver{page}"}, follow=True
    )
    assert "A brand needs an admin" in refused.content.decode()


def test_an_operator_is_not_taken_over_either(alice: Member, charlie: Member) -> None:
    make_user("operator@localhost", "Operator", operator=True)
    html = invite(signed_in(charlie.user), charlie, "operator@localhost")
    assert "/sign-in/" not in html
    assert Client().post(link(html)).headers["Location"].startswith("/accounts/login/")
