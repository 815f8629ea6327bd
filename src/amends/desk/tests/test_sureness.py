"""The pages on which one chooses how sure to be, and sees what was learnt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from amends.accounts.access import Member
from amends.conversations.models import Post
from amends.desk.sureness import a_day, in_words, learnt, rows
from amends.teaching.models import BrandHead, BrandThreshold, Lessons, OwnLabel
from amends.teaching.sureness import Preview
from amends.teaching.tests.test_labels import LACKING, PETS
from amends.teaching.tests.test_sureness import HUNDRED, read
from amends.triage.consequence import Coverage, Effect
from amends.triage.decide import Threshold
from amends.triage.labels import definitions

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(alice: Member) -> Client:
    client = Client()
    client.force_login(alice.user)
    return client


def settings(member: Member, rest: str = "") -> str:
    return f"/b/{member.brand.slug}/settings/taught{rest}"


def test_one_sees_what_follows_before_it_is_saved(desk: Client, alice: Member) -> None:
    read(alice, HUNDRED, timezone.now())
    html = desk.get(settings(alice, "/levels/complaint")).content.decode()
    assert "As shipped" in html
    assert ">Save<" not in html
    html = desk.get(settings(alice, "/levels/complaint?goal=miss&amount=20")).content.decode()
    assert "Miss at most 1 in 20" in html
    assert "Just told" in html
    assert not BrandThreshold.objects.exists()
    url = settings(alice, "/levels/complaint/set")
    desk.post(url, {"goal": "miss", "amount": "20"})
    html = desk.get(settings(alice, "/levels/complaint")).content.decode()
    assert "Back to as shipped" in html
    assert "Now: Miss at most 1 in 20" in html
    assert "Miss at most 1 in 20" in desk.get(settings(alice)).content.decode()
    desk.post(url, {"goal": "shipped"})
    assert not BrandThreshold.objects.exists()


def test_mistakes_and_too_few_posts_are_told(desk: Client, alice: Member) -> None:
    url = settings(alice, "/levels/complaint")
    assert "From 50 on you can choose" in desk.get(url).content.decode()
    assert "Too few posts" in desk.get(f"{url}?goal=miss&amount=20").content.decode()
    assert desk.get(f"{url}?goal=miss&amount=many").status_code == 422
    assert desk.get(settings(alice, "/levels/weather")).status_code == 404
    assert "Too few posts" in desk.post(f"{url}/set", {"goal": "miss", "amount": "20"}, follow=True).content.decode()


def test_a_head_is_set_aside_and_used_again(desk: Client, alice: Member) -> None:
    BrandHead.objects.create(brand=alice.brand, name="refund", corrections=40, made=timezone.now(), believed=True)
    html = desk.get(settings(alice)).content.decode()
    assert "What was learnt from it" in html
    assert "Set aside" in html
    desk.post(settings(alice, "/heads/refund"), {"to": "aside"})
    assert "Use again" in desk.get(settings(alice)).content.decode()
    desk.post(settings(alice, "/heads/refund"))
    assert BrandHead.objects.get().state == "used"
    assert desk.post(settings(alice, "/heads/weather")).status_code == 404
    desk.post(settings(alice, "/learn"))
    assert Lessons.objects.get().asked
    assert "the worker does not run" in desk.get(settings(alice)).content.decode()
    Lessons.objects.update(asked=False)
    assert "the worker does not run" not in desk.get(settings(alice)).content.decode()


def test_agents_see_none_of_it(bob: Member) -> None:
    client = Client()
    client.force_login(bob.user)
    assert client.get(settings(bob, "/levels/complaint")).status_code == 404
    for rest in ("/levels/complaint/set", "/heads/refund", "/learn"):
        assert client.post(settings(bob, rest), {"goal": "shipped"}).status_code == 404


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.02, 0.14, "Between 2 and 14 of 100 more are right."),
        (-0.03, 0.05, "Between 3 of 100 fewer and 5 more are right."),
        (-0.2, -0.1, "Between 10 and 20 of 100 fewer are right."),
    ],
)
def test_the_interval_in_words(low: float, high: float, words: str) -> None:
    found: dict[str, Any] = {"shipped_right": 0.5, "right": 0.6, "low": low, "high": high}
    row = BrandHead(name="refund", corrections=40, believed=False, measured=found)
    (told,) = learnt([row], definitions())
    assert (told.before, told.after, told.gain, told.can) == ("50", "60", words, "")


@pytest.mark.parametrize(
    ("name", "corrections", "words"),
    [
        ("refund", 7, "Waits: 7 of 30 corrections"),
        ("namesake", 7, "Waits: 7 of 12 corrections"),
        ("namesake", 14, "Waits: not shown to be better yet"),
    ],
)
def test_what_it_waits_for(name: str, corrections: int, words: str) -> None:
    (told,) = learnt([BrandHead(name=name, corrections=corrections)], definitions())
    assert told.state == words


def test_numbers_in_words() -> None:
    assert [a_day(number) for number in (0, 0.04, 3.14, 27.6)] == ["0.0", "fewer than 0.1", "3.1", "28"]
    assert in_words("alarms", 1) == "At most 1 false alarm a day"


def test_what_people_said_is_counted_and_no_share() -> None:
    effect, threshold = Effect(told=2.0, alarms=0.5, missed=0.3), Threshold(0.2, 0.5)
    (row,) = rows(("Now", Preview(threshold, 60, 1.0, effect, [], [], Coverage(4, 0.75, 2 / 3))))
    assert (row.missed, row.sure, row.right) == ("30 of 100", "3 of 4", "2 of 3")
    (row,) = rows(("Now", Preview(threshold, 60, 1.0, effect, [], [], Coverage(0, 0.0, 0.0))))
    assert (row.sure, row.right) == ("-", "-")


def test_posts_of_long_ago_do_not_count(desk: Client, alice: Member) -> None:
    read(alice, HUNDRED, timezone.now())
    Post.objects.update(created=timezone.now() - timedelta(days=40))
    assert "0 posts of the last four weeks" in desk.get(settings(alice, "/levels/complaint")).content.decode()


def test_a_label_of_ones_own_is_added_and_put_away(desk: Client, alice: Member) -> None:
    url = settings(alice, "/labels")
    assert "None yet." in desk.get(url).content.decode()
    given = {"title": "Pets", "description": "Animals on board.", "having": PETS, "lacking": "one"}
    answer = desk.post(f"{url}/add", given)
    assert answer.status_code == 422
    assert "at least 6 examples" in answer.content.decode()
    assert PETS.splitlines()[3] in answer.content.decode()
    for name in ("feeling", " Pleased ", "ANGRY", "question", "Complaint"):
        assert desk.post(f"{url}/add", {**given, "title": name, "lacking": LACKING}).status_code == 422
    desk.post(f"{url}/add", {**given, "lacking": LACKING})
    row = OwnLabel.objects.get()
    assert "6 examples with it, 6 without." in desk.get(url).content.decode()
    desk.post(f"{url}/{row.pk}/put", {"to": "away"})
    assert "put away" in desk.get(url).content.decode()
