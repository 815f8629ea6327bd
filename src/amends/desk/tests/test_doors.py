"""Every address of the desk, found by itself, tried as owner, colleague, outsider and nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from amends.accounts.access import Member
from amends.accounts.invitations import invite
from amends.cases.actions import add_note
from amends.cases.models import Case
from amends.conversations.models import Attachment, Post
from amends.desk.tickets import ticket
from amends.replies.models import Reply, State
from amends.replies.uploads import add
from amends.sources.models import Query, Source
from amends.teaching.tests.test_labels import own_label

OPEN = {"account_login", "account_logout", "account_inactive", "account_reset_password", "account_reset_password_done"}
OPEN |= {"account_reset_password_from_key", "account_reset_password_from_key_done", "sign-in", "join", "asset", "hook"}
OWN = {"home", "start", "start-demo", "check-query", "account_change_password", "account_set_password"}
GETS = {
    "queue",
    "more",
    "rows",
    "counts",
    "search",
    "outbox",
    "case",
    "case-header",
    "thread",
    "outgoing",
    "wordings",
    "attachment",
    "missed",
    "reading",
    "why",
}
GETS |= {"listening", "people", "targets", "audit", "connecting", "taught", "corrections", "level", "own-labels"}
OF_ADMINS = {
    "connect",
    "change-source",
    "remove-source",
    "invite",
    "set-role",
    "withdraw-invitation",
    "part",
    "make-team",
    "set-targets",
}
ABOVE_AGENTS = {"outbox", "audit", "connecting", "taught", "corrections", "level", "own-labels"}  # not for an agent


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(name, route) of every address."""
    for one in (resolver or get_resolver()).url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        elif isinstance(one, URLPattern):
            yield str(one.name), route


ALL = list(patterns())
OF_BRANDS = sorted(name for name, route in ALL if route.startswith("b/"))


@pytest.fixture
def things(
    alice: Member, source: Source, hear: Callable[..., Any], mention: Callable[..., Any], now: Any
) -> dict[str, Any]:
    """One of everything that an address can name."""
    hear(mention("1"))
    case = Case.objects.get(brand=alice.brand)
    add_note(alice, case.pk, "a note", now)
    post = Post.objects.get(brand=alice.brand)
    reply = Reply.objects.create(
        brand=alice.brand, case=case, to=post, source=source, author=alice.user, text="We are on it.", outgoing=b"{}",
        state=State.FAILED, created=now, expires=now,
    )  # fmt: skip
    query = Query.objects.filter(brand=alice.brand).first()
    assert query is not None
    invitation, _ = invite(alice, "dora@x.example", "Dora", "agent", None, now, 60)
    file = Attachment.objects.create(post=post, name="bag.png", mime="image/png", size=3, content=b"png")
    return {
        "attachment_id": file.pk,
        "case_id": case.pk,
        "post_id": post.pk,
        "reply_id": reply.pk,
        "upload_id": add(alice, case.pk, "form.pdf", b"%PDF", now).pk,
        "ticket": ticket(),
        "source_id": source.pk,
        "query_id": query.pk,
        "user_id": alice.user.pk,
        "invitation_id": invitation.pk,
        "channel": "bluesky",
        "name": "complaint",
        "label_id": own_label(alice, now).pk,
    }


def address(name: str, slug: str, things: dict[str, Any]) -> str:
    route = next(route for known, route in ALL if known == name)
    return reverse(name, kwargs={"slug": slug, **{key: value for key, value in things.items() if f":{key}>" in route}})


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def test_every_address_is_sorted() -> None:
    """A new one must say to whom it is open, or lie under a brand."""
    assert {name for name, route in ALL if not route.startswith("b/")} == OPEN | OWN


@pytest.mark.parametrize("name", OF_BRANDS)
def test_charlie_sees_nothing_of_a_brand_that_is_not_his(
    name: str, alice: Member, charlie: Member, things: dict[str, Any]
) -> None:
    client = signed_in(charlie)
    before = dict(Case.objects.values().get())
    for headers in ({}, {"HX-Request": "true"}):
        url = address(name, alice.brand.slug, things)
        assert client.get(url, headers=headers).status_code == 404
        assert client.post(url, {"to": "1", "text": "x", "name": "x", "email": "e@x.example"}).status_code == 404
    assert Case.objects.values().get() == before


@pytest.mark.parametrize("name", [name for name in OF_BRANDS if "<int:" in dict(ALL)[name]])
def test_charlie_reaches_nothing_of_alices_through_his_own_brand(
    name: str, charlie: Member, things: dict[str, Any]
) -> None:
    client = signed_in(charlie)
    url = address(name, charlie.brand.slug, things)
    if name == "wordings":
        assert client.get(url).content.strip().startswith(b"<p>It is no longer kept")
        return
    data = {
        "to": "",
        "text": "x",
        "name": "x",
        "query": "word",
        "priority": "high",
        "until": (timezone.now() + timedelta(hours=2)).isoformat(),
    }
    data |= {"doing": "looking", "role": "agent"}
    answer = client.get(url) if name in GETS else client.post(url, data)
    assert answer.status_code == 404


@pytest.mark.parametrize("name", [name for name in OF_BRANDS if "<int:" in dict(ALL)[name]])
def test_a_number_that_no_row_can_have_is_no_address(name: str, alice: Member, things: dict[str, Any]) -> None:
    endless = {key: 2**63 if isinstance(value, int) else value for key, value in things.items()}
    url = address(name, alice.brand.slug, endless)
    client = signed_in(alice)
    answer = client.get(url) if name in GETS else client.post(url, {"text": "x", "name": "complaint", "value": "yes"})
    assert answer.status_code == 404


@pytest.mark.parametrize("name", OF_BRANDS)
def test_nobody_is_sent_to_sign_in(name: str, alice: Member, things: dict[str, Any]) -> None:
    url = address(name, alice.brand.slug, things)
    for answer in (Client().get(url), Client().post(url)):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/login/?next=")
    scripted = Client().post(url, headers={"HX-Request": "true"})
    assert scripted.status_code == 401


@pytest.mark.parametrize("name", sorted(GETS))
def test_alice_and_bob_see_their_pages(name: str, alice: Member, bob: Member, things: dict[str, Any]) -> None:
    url = address(name, alice.brand.slug, things)
    assert signed_in(alice).get(url).status_code == 200
    assert signed_in(bob).get(url).status_code == (404 if name in ABOVE_AGENTS else 200)
    assert signed_in(alice).post(url).status_code == 405


@pytest.mark.parametrize("name", sorted(OF_ADMINS))
def test_an_agent_can_not_do_what_an_admin_can(name: str, bob: Member, things: dict[str, Any]) -> None:
    levels = ("urgent", "high", "normal", "low")
    data = {f"{which}-{level}": "5" for which in ("first", "next") for level in levels}
    data |= {"email": "x@y.example", "role": "agent"}
    assert signed_in(bob).post(address(name, bob.brand.slug, things), data).status_code == 404


def test_a_page_is_not_kept_by_the_browser(alice: Member, things: dict[str, Any]) -> None:
    answer = signed_in(alice).get(address("case", alice.brand.slug, things))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_own_pages_want_somebody(db: None) -> None:
    for name in sorted(OWN):
        assert Client().post(reverse(name)).status_code in (302, 405)


def test_an_outsider_makes_no_brand(charlie: Member) -> None:
    assert signed_in(charlie).get(reverse("start")).status_code == 404
    assert signed_in(charlie).post(reverse("start-demo")).status_code == 404
