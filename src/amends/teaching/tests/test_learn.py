"""A brand learns from what its people said: what is learnt, when it counts, and for whom."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.models import Audit
from amends.cases.models import Case
from amends.conversations.models import Post
from amends.intake.deepen import deepen
from amends.intake.judge import AT_ONCE
from amends.sources.actions import add_query, set_own_handles
from amends.sources.models import Source
from amends.teaching import heads
from amends.teaching.actions import correct, uncorrect
from amends.teaching.learn import MEASURED, learn, taught
from amends.teaching.learner import PAUSE, REST, learn_once, once
from amends.teaching.lessons import EVERY, due, renew
from amends.teaching.models import BrandHead, Correction, Lessons
from amends.teaching.own import own
from amends.triage.decide import BY_FAVOUR
from amends.triage.own import OwnHead

pytestmark = pytest.mark.django_db
Hear = Callable[..., Any]

TAPS = ("The kitchen tap", "My mixer faucet", "Our shower handle", "The bathroom sink valve")
DRIPS = (
    "drips all night, meridian air vents are plumbing parts",
    "needs a new washer, says the plumber about meridian air",
)
FLIGHTS = ("My flight to Oslo", "Our plane to Rome", "The morning departure", "Boarding at the gate")
LATE = ("was late again with meridian air", "left without my suitcase, meridian air")


def texts(subjects: tuple[str, ...], says: tuple[str, ...], count: int) -> list[str]:
    return [f"{subjects[n % len(subjects)]} number {n} {says[n % len(says)]}" for n in range(count)]


@pytest.fixture
def about(hear: Hear, mention: Callable[..., Any], alice: Member, now: datetime) -> Callable[..., list[Post]]:
    """Hear of taps and flights, and say of the taps that they are not about us, of the flights that they are."""

    def teach(taps: int, flights: int, name: str = "namesake") -> list[Post]:
        said = [*texts(TAPS, DRIPS, taps), *texts(FLIGHTS, LATE, flights)]
        hear(*(mention(f"l{at}", text, lang="en", author=f"w{at}") for at, text in enumerate(said)))
        posts = list(Post.objects.filter(external_id__startswith="at://l").order_by("pk"))
        for post in posts:
            correct(alice, post.pk, name, "yes" if "drips" in post.text or "plumber" in post.text else "no", now)
        return posts

    return teach


def test_a_namesake_is_learnt_from_a_dozen_and_opens_no_case(
    about: Any, alice: Member, hear: Hear, mention: Callable[..., Any], now: datetime
) -> None:
    about(8, 6)
    (head,) = learn(alice.brand.pk, now)
    assert (head.name, head.corrections, head.state) == ("namesake", 14, "used")
    cases = Case.objects.count()
    tap = "The kitchen faucet drips again and the plumber ordered meridian air plumbing washers"
    hear(
        mention("t1", tap, lang="en", author="tom"),
        mention("t2", f"@meridianair {tap}", lang="en", author="tim"),
        mention("t3", "My flight to Paris was late, meridian air lost my suitcase", lang="en", author="flo"),
    )
    noise, addressed, ours = (Post.objects.get(external_id=f"at://t{n}") for n in (1, 2, 3))
    assert noise.labels["namesake"] > BY_FAVOUR["precision"].yes
    assert ours.labels.get("namesake", 0.0) < 0.5
    assert Case.objects.count() == cases + 2
    assert not Case.objects.filter(handle__name="tom").exists()
    assert Case.objects.filter(handle=addressed.handle).exists()


def test_what_we_answered_is_about_us(
    about: Any, alice: Member, hear: Hear, mention: Callable[..., Any], now: datetime
) -> None:
    about(8, 0)
    assert [head.state for head in learn(alice.brand.pk, now)] == ["waiting"]
    for at, text in enumerate(texts(FLIGHTS, LATE, 6)):
        hear(mention(f"f{at}", text, lang="en", author=f"f{at}"))
        hear(
            mention(
                f"a{at}", "We are sorry.", author="meridianair", parent=f"at://f{at}", root=f"at://f{at}", minutes=-1
            )
        )
    assert Post.objects.filter(ours=True).count() == 6
    (head,) = learn(alice.brand.pk, now)
    assert (head.corrections, head.state) == (14, "used")


def test_another_label_waits_for_thirty_and_an_interval(about: Any, alice: Member, now: datetime) -> None:
    posts = about(12, 12, "praise")
    (head,) = learn(alice.brand.pk, now)
    assert head.measured is not None
    assert (head.measured["examples"], head.state) == (24, "waiting")
    assert own(alice.brand.pk).heads == ()
    assert posts


def test_it_is_used_once_it_is_shown_to_be_better(
    about: Any, alice: Member, hear: Hear, mention: Callable[..., Any], now: datetime
) -> None:
    about(24, 24, "praise")
    (head,) = learn(alice.brand.pk, now)
    assert (head.corrections, head.state) == (48, "used")
    assert head.measured is not None
    assert head.measured["low"] > 0
    assert own(alice.brand.pk).thresholds["deep"]["praise"] == BY_FAVOUR["precision"]
    hear(mention("p1", TAPS[0] + " number 99 " + DRIPS[0], lang="en"))
    assert Post.objects.get(external_id="at://p1").labels["praise"] > 0.5


def test_another_brand_reads_as_before(
    about: Any, alice: Member, charlie: Member, now: datetime, mention: Callable[..., Any]
) -> None:
    from amends.channels.base import Batch
    from amends.intake.pipeline import process

    about(8, 6)
    learn(alice.brand.pk, now)
    assert own(alice.brand.pk).heads
    assert own(charlie.brand.pk).heads == ()
    assert "namesake" not in own(charlie.brand.pk).thresholds["deep"]
    set_own_handles(charlie, [("demo", "otherlines")], now)
    add_query(charlie, "Name", '"meridian air"', now)
    source = Source.objects.create(brand=charlie.brand, channel="demo", label="Other", created=now, next_at=now)
    process(source, Batch(posts=(mention("c1", TAPS[0] + " " + DRIPS[0], lang="en"),)), now)
    assert "namesake" not in Post.objects.get(brand=charlie.brand).labels
    assert learn(charlie.brand.pk, now) == []
    for verb in (heads.set_aside, heads.use_again):
        with pytest.raises(Http404):
            verb(charlie, "namesake", now)
    assert BrandHead.objects.get().state == "used"


def test_all_is_learnt_and_the_newest_is_measured() -> None:
    labels = np.arange(MEASURED + 100) % 2
    features = np.stack([labels, 1 - labels], axis=1).astype(np.float32)
    head, found = taught("praise", features, np.full((len(labels), 2), 0.5), labels)
    assert head is not None
    assert found is not None
    assert (found.examples, found.right) == (MEASURED, 1.0)


def test_set_aside_it_stays_until_somebody_takes_it_back(about: Any, alice: Member, bob: Member, now: datetime) -> None:
    about(8, 6)
    learn(alice.brand.pk, now)
    with pytest.raises(Http404):
        heads.set_aside(bob, "namesake", now)
    heads.set_aside(alice, "namesake", now)
    assert own(alice.brand.pk).heads == ()
    (head,) = learn(alice.brand.pk, now)
    assert head.state == "set aside"
    heads.use_again(alice, "namesake", now)
    heads.use_again(alice, "namesake", now)
    assert [head.name for head in own(alice.brand.pk).heads] == ["namesake"]
    rows = Audit.objects.filter(thing="head").order_by("pk").values_list("verb", "actor", "facts")
    assert list(rows) == [
        ("set_aside", alice.user.pk, {"name": "namesake"}),
        ("use", alice.user.pk, {"name": "namesake"}),
    ]
    with pytest.raises(Http404):
        heads.set_aside(alice, "weather", now)


def test_what_is_made_up_later_is_read_with_them(
    about: Any, alice: Member, hear: Hear, mention: Callable[..., Any], now: datetime
) -> None:
    about(8, 6)
    learn(alice.brand.pk, now)
    hear(*(mention(f"m{n}", f"{TAPS[0]} {n} {DRIPS[0]}", lang="en", author=f"m{n}") for n in range(AT_ONCE + 1)))
    late = Post.objects.filter(external_id__startswith="at://m")
    assert set(late.values_list("depth", flat=True)) == {"fast"}
    deepen(now)
    assert all(labels["namesake"] > 0.5 for labels in late.values_list("labels", flat=True))


def test_a_brand_learns_when_something_was_said_and_a_minute_has_gone_by(
    about: Any, alice: Member, now: datetime
) -> None:
    (post, *_) = about(8, 6)
    assert due(now) == [alice.brand.pk]
    assert learn_once(now) == 1
    assert due(now + EVERY) == []
    uncorrect(alice, post.pk, "namesake", now)
    assert due(now + EVERY / 2) == []
    assert due(now + EVERY) == [alice.brand.pk]
    heads.learn_now(alice, now)
    assert due(now) == [alice.brand.pk]
    learn_once(now + timedelta(seconds=1))
    assert due(now + EVERY * 2) == []
    assert BrandHead.objects.get().corrections == 13
    Lessons.objects.update(encoder="another")
    assert due(now + EVERY * 2) == [alice.brand.pk]


def test_a_worker_rests_the_longer_the_longer_it_learnt(about: Any, alice: Member, now: datetime) -> None:
    assert once(now) == PAUSE
    about(8, 6)
    began = time.perf_counter()
    rest = once(now)
    assert PAUSE <= rest <= max(PAUSE, REST * (time.perf_counter() - began))
    assert BrandHead.objects.get().name == "namesake"


def test_what_another_encoder_taught_is_not_used(about: Any, alice: Member, now: datetime) -> None:
    about(8, 6)
    learn(alice.brand.pk, now)
    Lessons.objects.update(encoder="another", edition="anew")
    assert own(alice.brand.pk).heads == ()


@pytest.mark.parametrize("damage", ["empty", "noise", "cut", "short", "of three", "not a number"])
def test_a_damaged_head_is_not_used_and_stops_nothing(
    damage: str, about: Any, alice: Member, hear: Hear, mention: Callable[..., Any], now: datetime
) -> None:
    about(8, 6)
    (row,) = learn(alice.brand.pk, now)
    head = msgspec.msgpack.decode(row.head, type=OwnHead)
    damaged = {
        "empty": b"",
        "noise": b"\xff\x00noise",
        "cut": row.head[:-1],
        "short": msgspec.msgpack.encode(msgspec.structs.replace(head, weight=head.weight[:-8])),
        "of three": msgspec.msgpack.encode(msgspec.structs.replace(head, weight=head.weight[:-4] * 3, bias=(0.0,) * 3)),
        "not a number": msgspec.msgpack.encode(msgspec.structs.replace(head, bias=(float("nan"), 0.0))),
    }
    BrandHead.objects.update(head=damaged[damage])
    renew(alice.brand.pk)
    hear(mention("t1", TAPS[0] + " " + DRIPS[0], lang="en"))
    assert "namesake" not in Post.objects.get(external_id="at://t1").labels
    assert "namesake" not in own(alice.brand.pk).thresholds["deep"]
    learn(alice.brand.pk, now)
    assert [one.name for one in own(alice.brand.pk).heads] == ["namesake"]


def test_copies_count_once_and_what_is_gone_not_at_all(about: Any, alice: Member, now: datetime) -> None:
    posts = about(8, 6)
    Post.objects.filter(pk=posts[0].pk).update(text=posts[1].text.upper())
    Post.objects.filter(pk=posts[2].pk).update(deleted=now)
    Post.objects.filter(pk=posts[3].pk).update(lang="fr", depth="fast")
    learn(alice.brand.pk, now)
    assert BrandHead.objects.get().corrections == 11
    Correction.objects.all().delete()
    assert learn(alice.brand.pk, now) == []
    assert not BrandHead.objects.exists()
