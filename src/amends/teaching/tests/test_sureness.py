"""How sure to be: what would follow, what is chosen, and the way back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.models import Audit
from amends.conversations.models import Conversation, Post
from amends.people.models import Customer, Handle
from amends.teaching import sureness
from amends.teaching.actions import correct
from amends.teaching.models import BrandThreshold
from amends.teaching.queries import thresholds
from amends.triage.decide import Threshold, shipped

pytestmark = pytest.mark.django_db


def read(member: Member, chances: list[float], now: datetime, days: int = 10) -> list[Post]:
    """Posts of the last days, read deeply, in which a complaint is so likely."""
    brand = member.brand
    handle = Handle.objects.create(
        brand=brand,
        network="demo",
        external_id="x",
        name="x",
        seen=now,
        customer=Customer.objects.create(brand=brand, created=now),
    )
    thread = Conversation.objects.create(brand=brand, network="demo", external_id="t", visibility="public", started=now)
    rows = [
        Post(
            brand=brand, conversation=thread, handle=handle, network="demo", external_id=str(n), kind="post",
            visibility="public", text=f"post {n}", lang="en", created=now - timedelta(days=days * n / len(chances)),
            seen=now, depth="deep", labels={"complaint": chance} if chance >= 0.05 else {},
        )
        for n, chance in enumerate([*chances[1:], chances[0]], 1)
    ]  # fmt: skip
    return Post.objects.bulk_create(rows)


def look(member: Member, now: datetime) -> sureness.Looked:
    return sureness.look(member, "complaint", now)


HUNDRED = [n / 100 for n in range(100)]


def test_a_preview_tells_what_follows(alice: Member, now: datetime) -> None:
    read(alice, HUNDRED, now)
    found = sureness.preview(alice, "complaint", "miss", 20, look(alice, now))
    assert found.posts == 95
    assert found.days == 10
    assert found.effect is not None
    assert found.effect.missed <= 0.05
    assert 0.15 < found.threshold.yes < 0.3
    assert [one.chance for one in found.above] == [round(found.threshold.yes + n / 100, 2) for n in range(6)]
    assert [one.chance for one in found.below] == [round(found.threshold.yes - n / 100, 2) for n in range(1, 7)]
    assert found.above[0].text.startswith("post ")
    few = sureness.preview(alice, "complaint", "alarms", 1, look(alice, now))
    assert few.effect is not None
    assert few.effect.alarms <= 1
    assert few.threshold.yes > found.threshold.yes
    assert not BrandThreshold.objects.exists()


def test_what_is_chosen_is_told_by_and_one_click_goes_back(alice: Member, now: datetime) -> None:
    read(alice, HUNDRED, now)
    sureness.set_goal(alice, "complaint", "alarms", 2, now)
    row = BrandThreshold.objects.get()
    chosen = Threshold(row.no, row.yes)
    assert thresholds(alice.brand)["deep"]["complaint"] == chosen
    assert thresholds(alice.brand)["fast"]["complaint"] == chosen
    assert sureness.now_told(alice, "complaint", look(alice, now)).threshold == chosen
    others = {name: one for name, one in thresholds(alice.brand)["deep"].items() if name != "complaint"}
    assert others == {name: one for name, one in shipped()["deep"].items() if name != "complaint"}
    sureness.remove_goal(alice, "complaint", now)
    sureness.remove_goal(alice, "complaint", now)
    assert thresholds(alice.brand) == shipped()
    rows = Audit.objects.filter(thing="threshold").order_by("pk").values_list("verb", "facts")
    assert list(rows) == [
        ("set", {"name": "complaint", "goal": "alarms", "amount": 2}),
        ("remove", {"name": "complaint"}),
    ]


def test_another_brand_is_told_as_before(alice: Member, charlie: Member, bob: Member, now: datetime) -> None:
    read(alice, HUNDRED, now)
    sureness.set_goal(alice, "complaint", "miss", 50, now)
    assert thresholds(charlie.brand) == shipped()
    assert sureness.chosen(charlie) == {}
    assert sureness.preview(charlie, "complaint", "", 0, look(charlie, now)).posts == 0
    sureness.remove_goal(charlie, "complaint", now)
    assert BrandThreshold.objects.filter(brand=alice.brand).exists()
    with pytest.raises(Http404):
        sureness.set_goal(bob, "complaint", "miss", 20, now)
    with pytest.raises(Http404):
        look(bob, now)
    with pytest.raises(Http404):
        sureness.preview(bob, "complaint", "miss", 20, look(alice, now))
    with pytest.raises(Http404):
        sureness.remove_goal(bob, "complaint", now)
    with pytest.raises(Http404):
        sureness.chosen(bob)


def test_from_too_few_posts_nothing_is_chosen(alice: Member, now: datetime) -> None:
    read(alice, [0.5] * (sureness.FEWEST - 1), now)
    assert sureness.now_told(alice, "complaint", look(alice, now)).effect is None
    with pytest.raises(Refused, match="Too few posts"):
        sureness.set_goal(alice, "complaint", "miss", 20, now)


@pytest.mark.parametrize(("goal", "amount"), [("miss", 1), ("alarms", 0), ("miss", 1001), ("joy", 5)])
def test_what_makes_no_sense_is_refused(alice: Member, now: datetime, goal: str, amount: int) -> None:
    read(alice, HUNDRED, now)
    with pytest.raises(Refused):
        sureness.set_goal(alice, "complaint", goal, amount, now)
    with pytest.raises(Http404):
        sureness.set_goal(alice, "weather", "miss", 20, now)


def test_corrections_tell_how_right_it_is(alice: Member, now: datetime) -> None:
    posts: list[Any] = read(alice, [0.95] * 30 + [0.01] * 30, now)
    for post in posts[:4]:
        correct(alice, post.pk, "complaint", "yes", now)
    correct(alice, posts[4].pk, "complaint", "no", now)
    assert sureness.now_told(alice, "complaint", look(alice, now)).coverage == (5, 1.0, 0.8)
