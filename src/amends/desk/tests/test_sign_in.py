"""Signing in, and the pages of errors."""

from __future__ import annotations

from django.test import Client

from amends.accounts.access import Member


def test_signing_in_with_a_password(alice: Member) -> None:
    client = Client()
    page = client.get("/accounts/login/").content.decode()
    assert 'autocomplete="current-password"' in page
    wrong = client.post("/accounts/login/", {"login": "alice@meridian.example", "password": "guess"})
    assert "not correct" in wrong.content.decode()
    right = client.post(
        "/accounts/login/?next=/b/meridian-air/search",
        {"login": "alice@meridian.example", "password": "correct horse", "next": "/b/meridian-air/search"},
        follow=True,
    )
    assert right.redirect_chain[-1][0] == "/b/meridian-air/search"
    assert "Successfully" not in right.content.decode()


def test_nobody_can_register(db: None) -> None:
    assert Client().get("/accounts/signup/").status_code == 404


def test_a_changed_password_ends_other_sessions(alice: Member) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        client.force_login(alice.user)
    answer = here.post(
        "/accounts/password/change/",
        {"oldpassword": "correct horse", "password1": "battery staple", "password2": "battery staple"},
    )
    assert answer.status_code == 302
    assert here.get("/b/meridian-air/").status_code == 200
    assert there.get("/b/meridian-air/").status_code == 302


def test_errors_say_what_to_do(alice: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user)
    assert "There is nothing here" in client.get("/nowhere").content.decode()
    refused = client.post("/b/meridian-air/settings/people/teams", {"name": "x"})
    assert refused.status_code == 403
    assert "too old to be sent" in refused.content.decode()
