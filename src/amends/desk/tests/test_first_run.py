"""Where everybody arrives, and the demo."""

from __future__ import annotations

import pytest
from django.test import Client

from amends.accounts.actions import make_user
from amends.accounts.models import Brand, User
from amends.sources.models import OwnHandle, Query, Source

FILLED = {
    "name": "Other Lines",
    "network-0": "bluesky",
    "handle-0": "@otherlines.example",
    "handle-1": "",
    "query": '"other lines" OR @otherlines',
    "use-bluesky": "yes",
}


@pytest.fixture
def operator(db: None) -> User:
    return make_user("olga@other.example", "Olga", "correct horse", operator=True)


@pytest.fixture
def desk(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def test_the_first_page_of_a_new_house(desk: Client) -> None:
    answer = desk.get("/", follow=True)
    html = answer.content.decode()
    assert answer.redirect_chain == [("/start", 302)]
    assert "Show me a day" in html
    assert "Bluesky" in html
    assert "Demo day" not in html.split("Where shall we listen?")[1]


def test_beginning(desk: Client) -> None:
    answer = desk.post("/start", FILLED, follow=True)
    assert answer.redirect_chain == [("/b/other-lines/", 302)]
    assert OwnHandle.objects.get().name == "otherlines.example"
    assert Query.objects.get().text == FILLED["query"]
    source = Source.objects.get()
    assert (source.channel, bytes(source.credentials)) == ("bluesky", source.credentials)
    assert desk.get("/").headers["Location"] == "/b/other-lines/"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": " "}, "Give the brand a name"),
        ({"query": ""}, "Say what to listen for"),
        ({"query": "cat AND ("}, "<mark>(</mark>"),
    ],
)
def test_a_mistake_makes_nothing_and_keeps_what_was_filled_in(desk: Client, change: dict[str, str], told: str) -> None:
    html = desk.post("/start", FILLED | change).content.decode()
    assert told in html
    assert "otherlines.example" in html
    assert not Brand.objects.exists()


def test_what_needs_more_than_a_tick_is_connected_afterwards(desk: Client) -> None:
    html = desk.get("/start").content.decode()
    assert 'name="use-bluesky"' in html
    assert "use-file" not in html
    nothing = {name: value for name, value in FILLED.items() if name != "use-bluesky"}
    answer = desk.post("/start", nothing | {"use-file": "yes"}, follow=True)
    assert answer.redirect_chain == [("/b/other-lines/settings/listening", 302)]
    assert not Source.objects.exists()


def test_the_demo_comes_and_goes_without_trace(desk: Client, operator: User) -> None:
    assert desk.post("/demo/start", follow=True).redirect_chain[0][0] == "/b/meridian-air/"
    desk.post("/demo/start")
    assert Brand.objects.filter(demo=True).count() == 1
    assert "This brand is a demo" in desk.get("/b/meridian-air/settings/listening").content.decode()
    desk.post("/b/meridian-air/demo/remove")
    assert not Brand.objects.exists()
    assert not Source.objects.exists()


def test_a_real_brand_is_not_removed_as_a_demo(desk: Client) -> None:
    desk.post("/start", FILLED)
    assert desk.post("/b/other-lines/demo/remove").status_code == 404
    assert Brand.objects.exists()


def test_whoever_works_nowhere_is_told_whom_to_ask(db: None) -> None:
    client = Client()
    client.force_login(make_user("new@other.example", "Newman", "correct horse"))
    html = client.get("/").content.decode()
    assert "ask its admin" in html.lower()
    assert "new@other.example" in html


@pytest.mark.parametrize(
    ("query", "told"), [("suitcase OR bag", "This will do."), ("suitcase OR OR bag", "<mark>"), ("", 'class="verdict"')]
)
def test_a_query_is_looked_over_while_it_is_written(desk: Client, query: str, told: str) -> None:
    assert told in desk.post("/check-query", {"query": query}).content.decode()
