"""The case: its page, its parts, and what is done to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from amends.accounts.access import Member
from amends.cases.models import Case
from amends.channels.base import File, Kind, Media, MediaKind, Visibility
from amends.conversations.models import Post

HTMX = {"HX-Request": "true"}
TOMORROW = timezone.now() + timedelta(days=1)


@pytest.fixture
def desk(alice: Member) -> Client:
    client = Client()
    client.force_login(alice.user)
    return client


@pytest.fixture
def case(hear: Callable[..., Any], mention: Callable[..., Any]) -> Case:
    hear(mention("1"))
    return Case.objects.get()


def url(case: Case, rest: str = "") -> str:
    return f"/b/{case.brand.slug}/cases/{case.pk}/{rest}"


def test_a_script_gets_the_case_without_the_list(desk: Client, case: Case) -> None:
    whole = desk.get(url(case)).content.decode()
    part = desk.get(url(case), headers=HTMX).content.decode()
    assert 'id="list"' in whole
    assert 'id="list"' not in part
    assert whole.count("?view=mine") == 2  # the rail, and the views at the thumb
    for html in (whole, part):
        assert 'id="case"' in html
        assert 'id="customer"' in html
        assert "where is my suitcase?" in html


def test_the_title_leaves_out_whom_it_is_addressed_to(desk: Client, case: Case) -> None:
    assert 'id="case-title" title="where is my suitcase?"' in desk.get(url(case)).content.decode()


def test_pictures_are_told_and_not_loaded(
    desk: Client, alice: Member, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    shots = (
        Media(MediaKind.IMAGE, "https://cdn.example/1.jpg", alt="A torn suitcase"),
        Media(MediaKind.IMAGE, "javascript:alert(1)"),
    )
    hear(mention("1", media=shots))
    html = desk.get(url(Case.objects.get())).content.decode()
    assert "A torn suitcase" in html
    assert "<img" not in html
    assert 'href="https://cdn.example/1.jpg"' in html
    assert 'href="javascript' not in html


def test_another_commenter_has_a_case_of_their_own(
    desk: Client, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    hear(mention("1"))
    hear(mention("2", "@meridianair same here, lost in May!", author="jo", root="at://1", parent="at://1", minutes=-4))
    first, second = Case.objects.order_by("pk")
    html = desk.get(url(first, "thread")).content.decode()
    assert f"own case {second.pk}" in html
    assert f"own case {first.pk}" not in html


@pytest.mark.parametrize(
    ("verb", "data", "field", "value"),
    [
        ("resolve", {}, "state", "resolved"),
        ("hold", {}, "state", "pending"),
        ("snooze", {"until": TOMORROW.isoformat()}, "state", "snoozed"),
        ("snooze", {"until": f"{TOMORROW:%Y-%m-%dT%H:%M}"}, "state", "snoozed"),
        ("priority", {"priority": "low"}, "priority", "low"),
    ],
)
def test_what_is_done_shows_in_the_header(
    desk: Client, case: Case, verb: str, data: dict[str, str], field: str, value: str
) -> None:
    answer = desk.post(url(case, verb), data, headers=HTMX)
    case.refresh_from_db()
    assert answer.status_code == 200
    assert getattr(case, field) == value
    assert b'id="case-header"' in answer.content
    assert json.loads(answer.headers["HX-Trigger"])["desk:touched"] == {"case": case.pk}


def test_it_works_without_scripts(desk: Client, case: Case) -> None:
    answer = desk.post(url(case, "resolve"), headers={"Referer": f"http://testserver{url(case)}"}, follow=True)
    assert answer.redirect_chain == [(f"http://testserver{url(case)}", 302)]
    assert "Resolved. It opens again when the customer writes." in answer.content.decode()
    assert "Reopen" in answer.content.decode()


def test_a_form_leads_nowhere_else(desk: Client, case: Case) -> None:
    answer = desk.post(url(case, "resolve"), headers={"Referer": "https://evil.example/"})
    assert answer.headers["Location"] == url(case)


def test_assigning(desk: Client, case: Case, bob: Member, charlie: Member) -> None:
    desk.post(url(case, "assign"), {"to": str(bob.user.pk)}, headers=HTMX)
    case.refresh_from_db()
    assert case.assignee == bob.user
    assert desk.post(url(case, "assign"), {"to": str(charlie.user.pk)}, headers=HTMX).status_code == 404
    assert desk.post(url(case, "assign"), {"to": "nobody"}, headers=HTMX).status_code == 404
    desk.post(url(case, "assign"), {"to": ""}, headers=HTMX)
    case.refresh_from_db()
    assert case.assignee is None


def test_what_can_not_be_done_is_said(desk: Client, case: Case) -> None:
    for data in ({"until": "yesterday"}, {"until": "2020-01-01T00:00:00Z"}, {"until": "2026-99-99T00:00"}):
        answer = desk.post(url(case, "snooze"), data, headers=HTMX)
        assert answer.status_code == 422
        told = json.loads(answer.headers["HX-Trigger"])["desk:toast"]
        assert told["error"]
        assert told["text"]
    case.refresh_from_db()
    assert case.state == "open"


def test_tags_come_and_go(desk: Client, case: Case) -> None:
    assert b"baggage" in desk.post(url(case, "tag"), {"name": "baggage"}, headers=HTMX).content
    html = desk.post(url(case, "untag"), {"name": "baggage"}, headers=HTMX).content
    assert b"baggage" not in html


def test_a_note_stands_in_the_thread(desk: Client, case: Case) -> None:
    assert desk.post(url(case, "note"), {"text": "Tag read at <JFK>"}, headers=HTMX).status_code == 204
    assert "Tag read at &lt;JFK&gt;" in desk.get(url(case, "thread")).content.decode()
    assert desk.post(url(case, "note"), {"text": "  "}, headers=HTMX).status_code == 422


def test_presence_is_seen_by_others_only(desk: Client, case: Case, bob: Member) -> None:
    other = Client()
    other.force_login(bob.user)
    assert other.post(url(case, "presence"), {"doing": "typing"}).status_code == 204
    assert "Bob Baker is writing an answer" in desk.get(url(case)).content.decode()
    assert "Nobody else is here" in other.get(url(case)).content.decode()


def test_a_private_thread_says_so(desk: Client, hear: Callable[..., Any], mention: Callable[..., Any]) -> None:
    hear(mention("1", visibility=Visibility.PRIVATE, kind=Kind.DIRECT, addressed=True))
    html = desk.get(url(Case.objects.get())).content.decode()
    assert "Private messages on Demo day" in html
    assert "In private" in html


def test_public_and_private_stand_side_by_side(
    desk: Client, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    hear(mention("1"))
    hear(mention("2", "It is me again", visibility=Visibility.PRIVATE, kind=Kind.DIRECT, addressed=True, minutes=-2))
    case = Case.objects.get()
    html = desk.get(url(case)).content.decode()
    assert "Public thread on Demo day" in html
    assert "Private messages on Demo day" in html
    assert re.findall(r'data-way="(\d+)"\s+data-how="reply"\s+data-private="(\w+)"', html) == [
        (str(post.pk), "true" if post.visibility == "private" else "false")
        for post in Post.objects.order_by("-visibility")
    ]


def test_a_customer_is_known_since_their_oldest_post(
    desk: Client, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    hear(mention("1"))
    hear(mention("0", "@meridianair hello", minutes=-60 * 24 * 800))
    html = desk.get(url(Case.objects.latest("pk"))).content.decode()
    assert "First heard 23 Dec 2023" in html


def test_the_readers_own_zone(desk: Client, case: Case) -> None:
    desk.cookies["zone"] = "Asia/Tokyo"
    assert "20:55" in desk.get(url(case, "thread")).content.decode()
    desk.cookies["zone"] = "Nowhere/Else"
    assert "11:55" in desk.get(url(case, "thread")).content.decode()


def test_what_a_mail_quotes_is_folded_and_its_files_are_saved_never_shown(
    alice: Member, charlie: Member, desk: Client, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    page = File("bag.html", "text/html", b"<script>alert(1)</script>", "The bag")
    hear(mention("1", kind=Kind.MAIL, folded="> On Monday you wrote", files=(page,), warning="Graphic"))
    html = desk.get(url(Case.objects.get(), "thread")).content.decode()
    assert "&gt; On Monday you wrote" in html
    assert "Graphic" in html
    (address,) = re.findall(r'href="([^"]+/attachments/\d+)"', html)
    response = desk.get(address)
    assert response.content == page.content
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="bag.html"'
    assert "sandbox" in response.headers["Content-Security-Policy"]
    desk.force_login(charlie.user)
    assert desk.get(address).status_code == 404
