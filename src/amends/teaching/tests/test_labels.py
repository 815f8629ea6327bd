"""Labels of a brand's own: made from examples, learnt, told as a doubt, corrected like any other, put away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.conversations.models import Post
from amends.teaching import labels
from amends.teaching.actions import correct
from amends.teaching.learn import learn
from amends.teaching.models import BrandHead, OwnLabel
from amends.teaching.own import own
from amends.teaching.queries import thresholds
from amends.triage.labels import definitions

pytestmark = pytest.mark.django_db
PETS = "\n".join(
    f"{who} {what}"
    for who in ("My dog", "Our old cat", "The puppy")
    for what in ("must fly in the hold, in a crate", "may it travel in the cabin with me?")
)
LACKING = "\n".join(
    f"{who} {what}"
    for who in ("My suitcase", "The ticket", "Our seats")
    for what in ("were paid twice on the card", "got lost somewhere between Oslo and Rome")
)


def own_label(member: Member, now: datetime, title: str = "Pets") -> OwnLabel:
    return labels.add(member, title, "Animals on board.", PETS, LACKING, now)


def test_it_is_learnt_from_a_dozen_examples_and_told_as_a_doubt(
    alice: Member, charlie: Member, hear: Callable[..., Any], mention: Callable[..., Any], now: datetime
) -> None:
    row = own_label(alice, now)
    assert row.name == "pets"
    (head,) = learn(alice.brand.pk, now)
    assert (head.state, head.doubted, head.corrections) == ("used", True, 12)
    hear(mention("1", "@meridianair may my cat travel in the cabin with me, in a crate?", lang="en"))
    post = Post.objects.get()
    assert post.labels["pets"] > 0.5
    assert thresholds(alice.brand)["deep"]["pets"].verdict(1.0) == "unsure"
    assert own(alice.brand.pk).labels["pets"].title == "Pets"
    assert "pets" not in own(charlie.brand.pk).labels
    said = correct(alice, post.pk, "pets", "yes", now)
    assert said.verdict == "unsure"
    (head,) = learn(alice.brand.pk, now)
    assert head.corrections == 13


def test_thirty_corrections_make_it_sure(
    alice: Member, hear: Callable[..., Any], mention: Callable[..., Any], now: datetime
) -> None:
    own_label(alice, now)
    texts = [
        f"@meridianair number {n} {line}" for n in range(3) for line in (*PETS.splitlines(), *LACKING.splitlines())
    ]
    hear(*(mention(str(n), text, lang="en", author=f"a{n}") for n, text in enumerate(texts)))
    pets = PETS.splitlines()
    for post in Post.objects.all():
        correct(alice, post.pk, "pets", "yes" if any(line in post.text for line in pets) else "no", now)
    (head,) = learn(alice.brand.pk, now)
    assert (head.state, head.doubted) == ("used", False)
    assert thresholds(alice.brand)["deep"]["pets"].verdict(1.0) == "yes"


def test_put_away_it_is_gone_until_it_is_taken_out(alice: Member, bob: Member, charlie: Member, now: datetime) -> None:
    row = own_label(alice, now)
    learn(alice.brand.pk, now)
    for member in (bob, charlie):
        with pytest.raises(Http404):
            labels.put(member, row.pk, active=False, now=now)
    labels.put(alice, row.pk, active=False, now=now)
    assert own(alice.brand.pk).labels == definitions()
    assert own(alice.brand.pk).heads == ()
    learn(alice.brand.pk, now)
    assert not BrandHead.objects.exists()
    labels.put(alice, row.pk, active=True, now=now)
    learn(alice.brand.pk, now)
    assert [head.name for head in own(alice.brand.pk).heads] == ["pets"]


@pytest.mark.parametrize(
    ("title", "having", "lacking", "words"),
    [
        ("", PETS, LACKING, "Give a name"),
        ("Complaint", PETS, LACKING, "There is a label of that name"),
        ("Not about us", PETS, LACKING, "There is a label of that name"),
        ("Needs answer", PETS, LACKING, "There is a label of that name"),
        ("Pets", "one\ntwo", LACKING, "at least 6"),
        ("Pets", PETS, "\n".join(["same"] * 9), "at least 6"),
        ("Pets", PETS, f"{LACKING}\n{PETS}", "in both lists"),
    ],
)
def test_what_is_missing_is_told(
    alice: Member, now: datetime, title: str, having: str, lacking: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        labels.add(alice, title, "Animals on board.", having, lacking, now)
    assert not OwnLabel.objects.exists()


def test_a_name_is_given_once_a_brand_and_in_any_script(
    alice: Member, bob: Member, charlie: Member, now: datetime
) -> None:
    own_label(alice, now)
    own_label(charlie, now)
    with pytest.raises(Refused, match="of that name"):
        own_label(alice, now)
    with pytest.raises(Http404):
        own_label(bob, now, "Seats")
    assert own_label(alice, now, "ペット").name == "own-2"
    with pytest.raises(Refused, match="of that name"):
        own_label(alice, now, "ペット")
    assert [row.title for row in labels.labels(alice)] == ["Pets", "ペット"]
    assert [(row.having, row.lacking) for row in labels.labels(alice)] == [(6, 6), (6, 6)]
