"""Corrections: who may say what of which post, and what is kept, told, counted and exported of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.models import Audit
from amends.channels.base import Deletion, Kind
from amends.config.work import tidy_once
from amends.conversations.models import Post
from amends.events.models import Event
from amends.events.types import ReadingCorrected, decode
from amends.teaching import queries
from amends.teaching.actions import correct, uncorrect
from amends.teaching.models import Correction

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=1)


@pytest.fixture
def post(hear: Callable[..., Any], mention: Callable[..., Any]) -> Post:
    hear(mention("1"))
    Post.objects.update(negative=0.9, positive=0.02, labels={"complaint": 0.93}, depth="deep")
    return Post.objects.get()


def told() -> list[ReadingCorrected]:
    events = [decode(row.data) for row in Event.objects.order_by("pk")]
    return [event for event in events if isinstance(event, ReadingCorrected)]


def tallies(member: Member) -> dict[str, tuple[int, ...]]:
    return {
        row.name: (row.corrections, row.confirmed, row.overturned, row.added, row.settled)
        for row in queries.counts(member)
    }


def test_a_correction_keeps_what_was_told_before(bob: Member, post: Post, now: datetime) -> None:
    row = correct(bob, post.pk, "sentiment", "neutral", now)
    assert (row.verdict, row.told, row.depth, row.user) == ("negative", 0.9, "deep", bob.user)
    assert told() == [ReadingCorrected(post.conversation_id, post.pk, "sentiment", "neutral")]
    audit = Audit.objects.latest("pk")
    assert (audit.verb, audit.thing, audit.thing_id, audit.actor) == ("correct", "reading", post.pk, bob.user.pk)
    assert audit.facts == {"name": "sentiment", "value": "neutral"}
    assert queries.corrections(bob, [post.pk]) == {post.pk: {"sentiment": row}}


def test_a_later_one_takes_its_place_and_the_audit_keeps_both(
    alice: Member, bob: Member, post: Post, now: datetime
) -> None:
    correct(bob, post.pk, "complaint", "no", now)
    correct(alice, post.pk, "complaint", "yes", now + LATER)
    row = Correction.objects.get()
    assert (row.value, row.user, row.at) == ("yes", alice.user, now + LATER)
    audits = Audit.objects.filter(thing="reading").order_by("pk")
    assert [(one.actor, one.facts["value"]) for one in audits] == [(bob.user.pk, "no"), (alice.user.pk, "yes")]


def test_taken_back_it_stands_as_it_was_read(alice: Member, post: Post, now: datetime) -> None:
    correct(alice, post.pk, "legal", "yes", now)
    uncorrect(alice, post.pk, "legal", now)
    uncorrect(alice, post.pk, "legal", now)
    assert not Correction.objects.exists()
    assert [event.value for event in told()] == ["yes", ""]
    assert list(Audit.objects.filter(thing="reading").values_list("verb", flat=True)) == ["correct", "uncorrect"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("sentiment", "yes", "negative, neutral, positive"),
        ("complaint", "perhaps", "yes, no"),
        ("happiness", "yes", "There is no label “happiness”"),
    ],
)
def test_what_is_not_read_can_not_be_said(
    alice: Member, post: Post, now: datetime, name: str, value: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        correct(alice, post.pk, name, value, now)
    assert not Correction.objects.exists()
    assert not told()


def test_of_what_we_wrote_nothing_is_read(alice: Member, post: Post, now: datetime) -> None:
    Post.objects.update(ours=True)
    with pytest.raises(Refused, match="what others wrote"):
        correct(alice, post.pk, "complaint", "yes", now)


def test_charlie_says_and_sees_nothing(alice: Member, charlie: Member, post: Post, now: datetime) -> None:
    correct(alice, post.pk, "complaint", "yes", now)
    for number in (post.pk, post.pk + 1000):
        with pytest.raises(Http404):
            correct(charlie, number, "complaint", "no", now)
        with pytest.raises(Http404):
            uncorrect(charlie, number, "complaint", now)
    assert queries.corrections(charlie, [post.pk]) == {}
    assert queries.counts(charlie) == []
    assert list(queries.export(charlie)) == []


def test_an_agent_has_no_counts_and_no_export(bob: Member) -> None:
    with pytest.raises(Http404):
        queries.counts(bob)
    with pytest.raises(Http404):
        queries.export(bob)


def test_it_is_counted_how_often_it_was_right(
    alice: Member, hear: Callable[..., Any], mention: Callable[..., Any], now: datetime
) -> None:
    hear(*(mention(str(number), minutes=-number) for number in range(1, 5)))
    first, second, third, fourth = Post.objects.order_by("pk")
    for post, value, verdict in (
        (first, "yes", "yes"),
        (second, "no", "yes"),
        (third, "yes", "no"),
        (fourth, "no", "unsure"),
    ):
        correct(alice, post.pk, "complaint", value, now)
        Correction.objects.filter(post=post).update(verdict=verdict)
    correct(alice, first.pk, "sentiment", "positive", now)
    Correction.objects.filter(name="sentiment").update(verdict="positive")
    assert tallies(alice) == {"complaint": (4, 1, 1, 1, 1), "sentiment": (1, 1, 0, 0, 0)}
    assert [row.name for row in queries.counts(alice)] == ["complaint", "sentiment"]


def test_the_export_has_what_was_read_and_nobodys_name(
    alice: Member, bob: Member, hear: Callable[..., Any], mention: Callable[..., Any], now: datetime
) -> None:
    hear(mention("1", "Never again with @meridianair", subject="One star", kind=Kind.REVIEW, lang="en"))
    Post.objects.update(labels={})
    post = Post.objects.get()
    correct(bob, post.pk, "leaving", "yes", now)
    (row,) = queries.export(alice)
    assert row["text"] == "One star\nNever again with @meridianair"
    assert (row["name"], row["value"], row["verdict"], row["at"]) == ("leaving", "yes", "no", now)
    assert set(row) == {"text", "lang", "name", "value", "verdict", "told", "depth", "at"}


def test_of_other_words_it_says_nothing(
    alice: Member, post: Post, hear: Callable[..., Any], mention: Callable[..., Any], now: datetime
) -> None:
    correct(alice, post.pk, "complaint", "yes", now)
    hear(mention("1", "Found it, thank you @meridianair", stamp=1, edited=now + LATER), at=now + LATER)
    assert queries.corrections(alice, [post.pk]) == {}
    assert list(queries.export(alice)) == []
    assert queries.counts(alice) == []
    correct(alice, post.pk, "praise", "yes", now + 2 * LATER)
    assert set(queries.corrections(alice, [post.pk])[post.pk]) == {"praise"}


def test_of_a_deleted_post_nothing_is_told_and_soon_nothing_kept(
    alice: Member, post: Post, hear: Callable[..., Any], now: datetime
) -> None:
    correct(alice, post.pk, "complaint", "yes", now)
    hear(deletions=(Deletion("demo", "at://1", now),))
    assert queries.corrections(alice, [post.pk]) == {}
    assert list(queries.export(alice)) == []
    with pytest.raises(Refused, match="deleted"):
        correct(alice, post.pk, "complaint", "no", now)
    tidy_once(now)
    assert not Correction.objects.exists()


def test_a_correction_outlives_who_made_it(alice: Member, bob: Member, post: Post, now: datetime) -> None:
    correct(bob, post.pk, "complaint", "yes", now)
    bob.user.delete()
    assert queries.corrections(alice, [post.pk])[post.pk]["complaint"].user is None
