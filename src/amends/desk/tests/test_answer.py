"""Writing to the customer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from amends.accounts.access import Member
from amends.cases.models import Case
from amends.conversations.models import Post
from amends.replies.models import Draft, Reply, State

HTMX = {"HX-Request": "true", "HX-Target": "outgoing"}


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


def test_a_draft_is_kept_for_its_writer_alone(desk: Client, case: Case, bob: Member) -> None:
    answer = desk.post(url(case, "draft"), {"text": "We are sorry", "to": ""})
    assert answer.status_code == 200
    assert json.loads(answer.headers["HX-Trigger"])["desk:way"]["private"] is False
    assert "We are sorry</textarea>" in desk.get(url(case)).content.decode()
    other = Client()
    other.force_login(bob.user)
    assert "We are sorry" not in other.get(url(case)).content.decode()
    desk.post(url(case, "draft"), {"text": ""})
    assert not Draft.objects.exists()


def test_what_speaks_against_it_is_told_while_writing(desk: Client, case: Case) -> None:
    assert b"100 too many" in desk.post(url(case, "draft"), {"text": "x" * 600}).content


def test_an_answer_waits_in_the_outbox(desk: Client, case: Case) -> None:
    answer = desk.post(url(case, "answer"), {"text": "We have found it.", "to": ""}, headers=HTMX)
    assert answer.status_code == 200
    assert b"We have found it." in answer.content
    assert json.loads(answer.headers["HX-Trigger"])["desk:sent"] == {"case": case.pk}
    assert Reply.objects.get().state == State.QUEUED


def test_what_the_gate_holds_stays_in_the_box(desk: Client, case: Case) -> None:
    answer = desk.post(url(case, "answer"), {"text": "x" * 600}, headers=HTMX)
    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#findings"
    assert b"100 too many" in answer.content
    assert not Reply.objects.exists()
    plain = desk.post(url(case, "answer"), {"text": "x" * 600}, follow=True)
    assert "x" * 600 in plain.content.decode()


def test_taking_back_trying_again_and_settling(desk: Client, case: Case) -> None:
    desk.post(url(case, "answer"), {"text": "We have found it."}, headers=HTMX)
    reply = Reply.objects.get()
    slug = case.brand.slug
    taken = desk.post(f"/b/{slug}/replies/{reply.pk}/withdraw", headers=HTMX)
    assert f'data-case="{case.pk}">We have found it.</template>' in taken.content.decode()
    assert b"We have found it." not in desk.get(url(case, "outgoing")).content
    desk.post(url(case, "answer"), {"text": "We have found it."}, headers=HTMX)
    reply = Reply.objects.get()
    Reply.objects.update(state=State.FAILED)
    desk.post(f"/b/{slug}/replies/{reply.pk}/retry", headers=HTMX)
    reply.refresh_from_db()
    assert reply.state == State.QUEUED
    Reply.objects.update(state=State.UNCERTAIN)
    assert b"Look there" in desk.get(url(case, "outgoing")).content
    desk.post(f"/b/{slug}/replies/{reply.pk}/settle", {"arrived": "yes"}, headers=HTMX)
    reply.refresh_from_db()
    assert reply.state == State.SENT
    assert b"We have found it." not in desk.get(url(case, "outgoing")).content
    again = desk.post(f"/b/{slug}/replies/{reply.pk}/settle", {"arrived": "no"}, headers=HTMX)
    assert again.status_code == 422


def test_what_is_taken_back_may_be_long(desk: Client, case: Case) -> None:
    desk.post(url(case, "answer"), {"text": "We have found it."}, headers=HTMX)
    long = "👩‍👩‍👧</template>" * 1_000  # 30 kB
    Reply.objects.update(text=long)
    taken = desk.post(f"/b/{case.brand.slug}/replies/{Reply.objects.get().pk}/withdraw", headers=HTMX)
    assert long.replace("<", "&lt;").replace(">", "&gt;") in taken.content.decode()
    assert max(len(value) for value in taken.headers.values()) < 1_000


def test_the_outbox_shows_what_needs_a_person_first(desk: Client, case: Case) -> None:
    desk.post(url(case, "answer"), {"text": "We have found it."}, headers=HTMX)
    page = f"/b/{case.brand.slug}/outbox"
    assert "None: every answer arrived" in desk.get(page).content.decode()
    Reply.objects.update(state=State.FAILED, problem="The network refused it.")
    html = desk.get(page).content.decode()
    assert "The network refused it." in html
    assert "Try again" in html
    done = desk.post(
        f"/b/{case.brand.slug}/replies/{Reply.objects.get().pk}/retry", headers={"Referer": f"http://testserver{page}"}
    )
    assert done.headers["Location"].endswith("/outbox")
    Reply.objects.update(state=State.UNCERTAIN)
    Post.objects.update(url="https://network.example/1")
    html = desk.get(page).content.decode()
    assert 'href="https://network.example/1"' in html, "it leads to where one has to look"
