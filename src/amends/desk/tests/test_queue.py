"""The list: its rows, pages, filters and counts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from amends.accounts.access import Member
from amends.cases import actions
from amends.cases.models import Case


@pytest.fixture
def desk(alice: Member) -> Client:
    client = Client()
    client.force_login(alice.user)
    return client


def rows(html: bytes) -> list[int]:
    return [int(one) for one in re.findall(rb'id="row-(\d+)"', html)]


def test_an_empty_desk_says_what_to_do(desk: Client, alice: Member) -> None:
    html = desk.get(f"/b/{alice.brand.slug}/").content.decode()
    assert "Nothing is heard yet" in html
    assert f"/b/{alice.brand.slug}/settings/listening" in html


def test_nobody_waits(desk: Client, alice: Member, source: Any) -> None:
    assert "Nobody waits" in desk.get(f"/b/{alice.brand.slug}/").content.decode()


def test_a_customers_words_are_shown_and_not_run(
    desk: Client, alice: Member, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    wild = "@meridianair <script>alert(1)</script> \"'>&"
    hear(mention("1", wild))
    html = desk.get(f"/b/{alice.brand.slug}/").content.decode()
    assert escape(wild) in html
    assert "<script>alert" not in html


def test_the_next_page_goes_on_where_the_first_ended(
    desk: Client, alice: Member, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    hear(*(mention(str(n), author=f"a{n}", minutes=-n) for n in range(1, 71)))
    seen: list[int] = []
    page = desk.get(f"/b/{alice.brand.slug}/")
    while link := re.search(rb'hx-get="([^"]+more[^"]+)"', page.content):
        seen += rows(page.content)
        page = desk.get(link[1].decode().replace("&amp;", "&"), headers={"HX-Request": "true"})
    seen += rows(page.content)
    assert len(seen) == 70
    assert seen == list(Case.objects.order_by("answer_by", "pk").values_list("pk", flat=True))


def test_rows_that_left_the_view_are_left_out(
    desk: Client, alice: Member, hear: Callable[..., Any], mention: Callable[..., Any], now: Any
) -> None:
    hear(mention("1"), mention("2", author="ben"))
    one, two = Case.objects.order_by("pk")
    actions.resolve(alice, one.pk, now)
    base = f"/b/{alice.brand.slug}/rows?ids={one.pk},{two.pk},999,x"
    assert rows(desk.get(base).content) == [two.pk]
    assert rows(desk.get(f"{base}&view=resolved").content) == [one.pk]
    assert rows(desk.get(f"{base}&view=mine").content) == []


def test_filters_narrow_and_can_be_removed(
    desk: Client, alice: Member, hear: Callable[..., Any], mention: Callable[..., Any], now: Any
) -> None:
    hear(mention("1"), mention("2", author="ben"))
    one, two = Case.objects.order_by("pk")
    actions.set_priority(alice, one.pk, "low", now)
    actions.tag(alice, two.pk, "baggage", now)
    slug = alice.brand.slug
    assert rows(desk.get(f"/b/{slug}/?priority=low").content) == [one.pk]
    tagged = desk.get(f"/b/{slug}/?tag=baggage")
    assert rows(tagged.content) == [two.pk]
    assert "Remove the filter #baggage" in tagged.content.decode()
    assert set(rows(desk.get(f"/b/{slug}/?priority=nonsense&team=x&view=nonsense").content)) == {one.pk, two.pk}


def test_counts(desk: Client, alice: Member, hear: Callable[..., Any], mention: Callable[..., Any], now: Any) -> None:
    hear(mention("1"), mention("2", author="ben"))
    actions.assign(alice, Case.objects.order_by("pk")[0].pk, alice.user.pk, now)
    counts = json.loads(desk.get(f"/b/{alice.brand.slug}/counts").content)
    assert (counts["open"], counts["mine"], counts["pending"]) == (2, 1, 0)
    assert counts["longest"].startswith("2 waiting")


def test_a_broken_cursor_is_no_page(desk: Client, alice: Member) -> None:
    today, first = "2026-03-02T12:00:00Z", "0001-01-01T00:00:00%2B14:00"
    for cursor in ("nonsense", f"{today}~²", f"{today}~{'9' * 5000}", f"{first}~1", "~1", "2026-13-01~1"):
        assert desk.get(f"/b/{alice.brand.slug}/more?after={cursor}").status_code == 404
