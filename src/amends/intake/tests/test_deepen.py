"""What was read in a hurry is read again: nothing waits for it, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from amends.cases.models import Case
from amends.channels.base import Post
from amends.conversations.models import Post as Row
from amends.events.models import Event
from amends.intake import deepen as module
from amends.intake.deepen import PAUSE, deepen, once
from amends.intake.judge import AT_ONCE

Mention = Callable[..., Post]
Hear = Callable[..., Any]
SAD = "@meridianair this was the worst flight of my life and nobody at your desk cared"


def test_few_posts_are_read_deeply_as_they_come(hear: Hear, mention: Mention, now: datetime) -> None:
    hear(mention("1", SAD), mention("2", "@meridianair où est ma valise, c'est scandaleux"))
    assert dict(Row.objects.values_list("external_id", "depth")) == {"at://1": "deep", "at://2": "fast"}
    assert deepen(now) == 0


def test_many_are_made_up_later_the_newest_first(hear: Hear, mention: Mention, now: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "AT_A_TIME", 40)
    posts = [mention(str(number), f"{SAD} {number}") for number in range(AT_ONCE + 2)]
    hear(*posts)
    assert set(Row.objects.values_list("depth", flat=True)) == {"fast"}
    cases, before = Case.objects.count(), Event.objects.count()
    assert deepen(now) == 40
    late = Row.objects.filter(deepen=False).order_by("created").values_list("created", flat=True)
    assert Row.objects.filter(deepen=True, created__gt=late[0]).count() == 0
    assert deepen(now) == AT_ONCE + 2 - 40
    assert deepen(now) == 0
    assert set(Row.objects.values_list("depth", flat=True)) == {"deep"}
    assert Case.objects.count() == cases
    assert Event.objects.count() >= before + AT_ONCE + 2


def test_it_rests_once_little_waits(hear: Hear, mention: Mention, now: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "AT_A_TIME", 40)
    hear(*[mention(str(number), f"{SAD} {number}") for number in range(AT_ONCE + 2)])
    assert [once(now), once(now), once(now)] == [0.0, PAUSE, PAUSE]


def test_what_was_deleted_meanwhile_stays_blank(hear: Hear, mention: Mention, now: datetime) -> None:
    hear(*[mention(str(number), f"{SAD} {number}") for number in range(AT_ONCE + 1)])
    Row.objects.filter(external_id="at://3").update(deleted=now, text="", labels={})
    deepen(now)
    assert Row.objects.get(external_id="at://3").labels == {}
