"""The address that a network calls, on the channel's card."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from amends.accounts.access import Member
from amends.sources.actions import connect
from amends.sources.models import Source


@pytest.fixture
def shop(alice: Member) -> Source:
    given = {"system": "shop", "secret": "a-long-secret-of-the-shop-0123456789"}
    return connect(alice, "inbound", "Our shop", given, timezone.now())


def page(member: Member) -> str:
    client = Client()
    client.force_login(member.user)
    return unescape(client.get(f"/b/{member.brand.slug}/settings/listening").content.decode())


def test_an_admin_copies_the_whole_address(alice: Member, shop: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    html = page(alice)
    shown = re.search(rf'<span id="hook-{shop.pk}">([^<]+)</span>\s*<button[^>]*data-copy="hook-{shop.pk}"', html)
    assert shown
    assert shown[1] == f"{settings.CONF.url}/hooks/{shop.hook}"
    assert "set AMENDS_URL" in html
    assert Client().get(f"/hooks/{shop.hook}").status_code == 200
    monkeypatch.setattr(settings, "CONF", replace(settings.CONF, url="https://desk.example.com"))
    html = page(alice)
    assert f">https://desk.example.com/hooks/{shop.hook}<" in html
    assert "AMENDS_URL" not in html


def test_it_is_called_and_not_asked(alice: Member, shop: Source) -> None:
    Source.objects.update(asked=timezone.now())
    assert "last called" in page(alice)
    assert "last asked" not in page(alice)


def test_nobody_else_sees_it(alice: Member, bob: Member, charlie: Member, shop: Source) -> None:
    """For networks that sign nothing, the address is the secret."""
    assert shop.hook
    assert shop.hook not in page(bob)
    assert shop.hook not in page(charlie)
    client = Client()
    client.force_login(charlie.user)
    assert client.get(f"/b/{alice.brand.slug}/settings/listening").status_code == 404


def test_what_is_only_asked_has_none(alice: Member) -> None:
    connect(alice, "bluesky", "", {}, timezone.now())
    assert "Address for webhooks" not in page(alice)
