"""Correcting what was read: the menu, the list, the words that weighed, the page of what was taught, its download."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amends.accounts.access import Member
from amends.cases.models import Case
from amends.conversations.models import Post
from amends.teaching.models import Correction

HTMX = {"HX-Request": "true"}
ANGRY = "@meridianair this is the worst airline, you lost my suitcase, terrible!"


@pytest.fixture
def desk(alice: Member) -> Client:
    client = Client()
    client.force_login(alice.user)
    return client


@pytest.fixture
def post(hear: Callable[..., Any], mention: Callable[..., Any]) -> Post:
    hear(mention("1", ANGRY, lang="en"))
    return Post.objects.get()


def at(post: Post, rest: str) -> str:
    return f"/b/{post.brand.slug}/posts/{post.pk}/{rest}"


def thread(desk: Client, post: Post) -> str:
    case = Case.objects.get(handle=post.handle)
    return desk.get(f"/b/{post.brand.slug}/cases/{case.pk}/thread").content.decode()


def triggers(answer: Any) -> dict[str, Any]:
    return json.loads(answer.headers["HX-Trigger"])


def test_one_click_corrects_and_one_more_undoes(desk: Client, post: Post) -> None:
    answer = desk.post(at(post, "readings"), {"name": "press", "value": "yes"}, headers=HTMX)
    assert answer.status_code == 204
    told = triggers(answer)
    assert told["desk:taught"] == {"post": post.pk, "name": "press"}
    assert told["desk:toast"]["text"] == "Noted: press."
    html = thread(desk, post)
    assert 'data-reading="press"' in html
    assert 'title="Alice Archer said so"' in html
    undone = desk.post(told["desk:toast"]["undo"], headers=HTMX)
    assert triggers(undone)["desk:toast"]["text"] == "It stands as it was read."
    assert 'data-reading="press"' not in thread(desk, post)


def test_an_undo_brings_back_what_was_said_before(desk: Client, post: Post) -> None:
    desk.post(at(post, "readings"), {"name": "sentiment", "value": "neutral"}, headers=HTMX)
    answer = desk.post(at(post, "readings"), {"name": "sentiment", "value": "positive"}, headers=HTMX)
    assert triggers(answer)["desk:toast"]["text"] == "Noted: pleased."
    desk.post(triggers(answer)["desk:toast"]["undo"], headers=HTMX)
    assert Correction.objects.get().value == "neutral"
    back = desk.post(at(post, "readings/sentiment/undo"), headers=HTMX)
    assert not Correction.objects.exists()
    desk.post(triggers(back)["desk:toast"]["undo"], headers=HTMX)
    assert Correction.objects.get().value == "neutral"


def test_it_works_without_scripts(desk: Client, post: Post) -> None:
    answer = desk.post(
        at(post, "readings"), {"name": "press", "value": "no"}, headers={"Referer": "http://testserver/x"}
    )
    assert answer.headers["Location"] == "http://testserver/x"
    assert Correction.objects.get().value == "no"


def test_what_can_not_be_said_is_refused_in_words(desk: Client, post: Post) -> None:
    for data in ({"name": "press", "value": "perhaps"}, {"name": "weather", "value": "yes"}, {}):
        answer = desk.post(at(post, "readings"), data, headers=HTMX)
        assert answer.status_code == 422
        assert triggers(answer)["desk:toast"]["error"]
    assert not Correction.objects.exists()


def test_the_menu(desk: Client, post: Post) -> None:
    html = desk.get(at(post, "readings/sentiment")).content.decode()
    assert "How the writer feels in this post." in html
    assert "sure, read " in html
    assert all(word in html for word in ("Unhappy", "Neutral", "Pleased", "Why?"))
    assert "Take that back" not in html
    assert desk.get(at(post, "readings/weather")).status_code == 404
    assert desk.get(at(post, "readings/weather/why")).status_code == 404


def test_the_list_of_what_was_missed_has_each_label_with_its_meaning(desk: Client, post: Post) -> None:
    html = desk.get(at(post, "missed")).content.decode()
    assert "Not about us" in html
    assert "The words that were listened for mean something else" in html


def test_why_underlines_words_of_the_post(desk: Client, post: Post) -> None:
    html = desk.get(at(post, "readings/sentiment/why")).content.decode()
    assert f'id="said-{post.pk}"' in html
    assert 'data-why-of="sentiment"' in html
    assert 'class="weight ' in html
    assert "<b>Unhappy</b>:" in html
    assert "for it speak" in html


def test_why_not(desk: Client, post: Post) -> None:
    Post.objects.update(text="", lang="")
    assert "no single word decided it." in desk.get(at(post, "readings/sentiment/why")).content.decode()


def test_of_what_we_wrote_there_is_no_menu(desk: Client, post: Post) -> None:
    Post.objects.update(ours=True)
    for rest in ("missed", "readings/sentiment", "readings/sentiment/why"):
        assert desk.get(at(post, rest)).status_code == 404


def test_a_thread_asks_once_for_all_corrections(
    desk: Client, post: Post, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    more = [mention(str(key), ANGRY, root="at://1", parent="at://1", minutes=-1) for key in range(2, 30)]
    hear(*more)
    for one in Post.objects.all():
        desk.post(at(one, "readings"), {"name": "press", "value": "yes"}, headers=HTMX)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        html = thread(desk, post)
    assert html.count("Alice Archer said so") == 29
    assert len([one for one in asked if "teaching_correction" in one["sql"]]) == 1


def test_the_page_of_what_was_taught(desk: Client, post: Post) -> None:
    url = f"/b/{post.brand.slug}/settings/taught"
    assert "Nobody has corrected anything yet." in desk.get(url).content.decode()
    desk.post(at(post, "readings"), {"name": "legal", "value": "yes"}, headers=HTMX)
    html = desk.get(url).content.decode()
    assert "Legal threat" in html
    assert f'href="{url}/corrections.jsonl"' in html


def test_the_download(desk: Client, post: Post, bob: Member) -> None:
    desk.post(at(post, "readings"), {"name": "legal", "value": "no"}, headers=HTMX)
    url = f"/b/{post.brand.slug}/settings/taught/corrections.jsonl"
    answer = desk.get(url)
    (line,) = answer.content.decode().splitlines()
    assert json.loads(line)["text"] == ANGRY
    assert "Alice" not in line
    assert answer.headers["Content-Disposition"] == 'attachment; filename="corrections-meridian-air.jsonl"'
    agent = Client()
    agent.force_login(bob.user)
    assert agent.get(url).status_code == 404
    assert "settings/taught" not in agent.get(f"/b/{post.brand.slug}/settings/people").content.decode()
