"""Settings: channels, queries, people, targets, audit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from amends.accounts.access import Member
from amends.accounts.models import Membership
from amends.cases.models import Case
from amends.channels.base import Author
from amends.conversations.models import Post
from amends.replies.actions import approve
from amends.replies.models import Reply
from amends.sources.models import OwnHandle, Query, Source, State


@pytest.fixture
def desk(alice: Member) -> Client:
    client = Client()
    client.force_login(alice.user)
    return client


def test_the_last_admin_stays(desk: Client, alice: Member, bob: Member) -> None:
    page = f"/b/{alice.brand.slug}/settings/people"
    answer = desk.post(f"{page}/{alice.user.pk}/part", headers={"Referer": f"http://testserver{page}"}, follow=True)
    assert "A brand needs an admin" in answer.content.decode()
    desk.post(f"{page}/{bob.user.pk}/part")
    assert not Membership.objects.filter(user=bob.user).exists()


def test_pausing_resuming_and_removing_a_channel(desk: Client, alice: Member, source: Source) -> None:
    page = f"/b/{alice.brand.slug}/settings/listening"
    desk.post(f"{page}/sources/{source.pk}/pause")
    assert "Resume" in desk.get(page).content.decode()
    desk.post(f"{page}/sources/{source.pk}/resume")
    assert Source.objects.get().state == State.ACTIVE
    desk.post(f"{page}/sources/{source.pk}/remove")
    assert "Nothing is connected yet" in desk.get(page).content.decode()


def test_a_channel_in_trouble_says_what_to_do(desk: Client, alice: Member, source: Source) -> None:
    page = f"/b/{alice.brand.slug}/settings/listening"
    Source.objects.update(state=State.LOGIN, problem="The app password was refused.")
    html = desk.get(page).content.decode()
    assert "The app password was refused." in html
    assert "Give new credentials below" in html
    assert "needs new credentials" in desk.get(f"/b/{alice.brand.slug}/").content.decode()


def test_queries_are_added_changed_and_removed(desk: Client, alice: Member) -> None:
    page = f"/b/{alice.brand.slug}/settings/listening"
    wrong = desk.post(f"{page}/queries", {"name": "Bags", "query": "bag AND"})
    assert wrong.status_code == 422
    assert "bag AND" in wrong.content.decode()
    desk.post(f"{page}/queries", {"name": "Bags", "query": "bag OR suitcase"})
    query = Query.objects.get()
    desk.post(f"{page}/queries/{query.pk}", {"name": "Bags", "query": "bag"})
    query.refresh_from_db()
    assert (query.text, query.active) == ("bag", False)
    assert desk.post(f"{page}/queries/{query.pk}", {"name": "Bags", "query": '"bag'}).status_code == 422
    desk.post(f"{page}/queries/{query.pk}/remove")
    assert not Query.objects.exists()


def test_own_accounts(desk: Client, alice: Member) -> None:
    page = f"/b/{alice.brand.slug}/settings/listening"
    given = {"network-0": "bluesky", "handle-0": "@Meridian.example", "network-1": "x", "handle-1": ""}
    desk.post(f"{page}/handles", given)
    assert [one.name for one in OwnHandle.objects.all()] == ["meridian.example"]


def test_targets(desk: Client, alice: Member) -> None:
    page = f"/b/{alice.brand.slug}/settings/targets"
    minutes = {f"{which}-{level}": "7" for which in ("first", "next") for level in ("urgent", "high", "normal", "low")}
    desk.post(f"{page}/set", minutes)
    assert desk.get(page).content.decode().count('value="7"') == 8
    came_from = {"Referer": f"http://testserver{page}"}
    refused = desk.post(f"{page}/set", minutes | {"first-low": "soon"}, headers=came_from, follow=True)
    assert "Give whole minutes." in refused.content.decode()


def test_the_audit_names_who_did_what(desk: Client, alice: Member, bob: Member) -> None:
    html = desk.get(f"/b/{alice.brand.slug}/settings/audit").content.decode()
    assert "Alice Archer" in html
    assert "Let Bob Baker work here: Agent" in html


def test_search_points_at_the_mistake(desk: Client, alice: Member, hear: Any, mention: Any) -> None:
    hear(mention("1"))
    page = f"/b/{alice.brand.slug}/search"
    assert "where is my suitcase?" in desk.get(page, {"q": "suitcase"}).content.decode()
    assert "Case " in desk.get(page, {"q": "suitcase"}).content.decode()
    assert "Nothing was found" in desk.get(page, {"q": "zeppelin"}).content.decode()
    assert "<mark>(</mark>" in desk.get(page, {"q": "suitcase AND ("}).content.decode()


def test_search_leads_from_our_answer_to_its_case(desk: Client, alice: Member, hear: Any, mention: Any) -> None:
    ours = Author(id="did:us", name="meridianair", display="Meridian Air")
    hear(mention("1"), mention("2", "@meridianair me too", author="ben", root="at://1", parent="at://1"))
    hear(mention("3", "Your rucksack is here", author=ours, root="at://1", parent="at://2", minutes=-1))
    hear(mention("4", "A rucksack for everybody", author=ours, minutes=-1))
    bens = Case.objects.get(handle__name="ben")
    html = desk.get(f"/b/{alice.brand.slug}/search", {"q": "rucksack"}).content.decode()
    assert re.findall(r"Case (\d+)</a>", html) == [str(bens.pk)]


def test_search_leads_from_an_answer_written_here_to_its_case(
    desk: Client, alice: Member, hear: Any, mention: Any
) -> None:
    hear(mention("1"))
    ours = Author(id="did:us", name="meridianair", display="Meridian Air")
    hear(mention("3", "Your rucksack is here", author=ours, root="at://1", minutes=-1))
    case = Case.objects.get()
    reply = approve(alice, case.pk, "Your rucksack is here", None, timezone.now())
    Reply.objects.filter(pk=reply.pk).update(post=Post.objects.get(external_id="at://3"))
    html = desk.get(f"/b/{alice.brand.slug}/search", {"q": "rucksack"}).content.decode()
    assert re.findall(r"Case (\d+)</a>", html) == [str(case.pk)]
