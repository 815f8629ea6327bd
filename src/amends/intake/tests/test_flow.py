"""What one mention meets on its way when it comes twice, changed, in pieces, or beside our own answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from amends.accounts.access import Member
from amends.cases.models import Case, State
from amends.channels.base import (
    Author,
    Batch,
    Checked,
    Deletion,
    Engagement,
    Kind,
    Malformed,
    Post,
    Reading,
    Visibility,
)
from amends.conversations.models import Post as Row
from amends.conversations.models import PostVersion, Tombstone
from amends.intake.audit import audit
from amends.intake.lens import lens
from amends.intake.models import Quarantined
from amends.intake.pipeline import process
from amends.people.models import Handle
from amends.sources.actions import know
from amends.sources.models import Source

Mention = Callable[..., Post]
Hear = Callable[..., Any]
MINUTE = timedelta(minutes=1)
US = Author(id="did:us", name="meridianair")
NEUTRAL = "meridian air opens a route to Oslo in May"


def test_what_one_source_knows_to_be_for_us_is_for_us(
    hear: Hear, mention: Mention, alice: Member, now: datetime
) -> None:
    hear(mention("1", NEUTRAL, parent="at://0", root="at://0"))
    assert not Case.objects.exists()
    other = Source.objects.create(brand=alice.brand, channel="demo", created=now, next_at=now)
    told = mention("1", NEUTRAL, parent="at://0", root="at://0", addressed=True)
    process(other, Batch(posts=(told,)), now)
    assert Row.objects.get().addressed
    case = Case.objects.get()
    assert (case.post, case.waiting, len(case.unanswered)) == (Row.objects.get(), now, 1)
    process(other, Batch(posts=(told,)), now)
    assert Case.objects.get().version == case.version


@pytest.mark.parametrize("order", [1, -1])
def test_a_notification_and_a_search_in_one_batch_are_one_post(hear: Hear, mention: Mention, order: int) -> None:
    found = mention("1", stamp=1, engagement=Engagement(seen=mention("x").created, reshares=4))
    outcome = hear(*[found, mention("1", stamp=1, addressed=True)][::order])
    assert (outcome.heard, outcome.kept, outcome.new) == (1, 1, 1)
    row = Row.objects.get()
    assert (row.addressed, row.reshares) == (True, 4)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_versions_in_one_batch_the_newer_stands(hear: Hear, mention: Mention, order: int) -> None:
    hear(mention("1", "@meridianair one", stamp=1))
    edits = [
        mention("1", f"@meridianair {word}", stamp=at, edited=mention("x").created)
        for at, word in ((2, "two"), (3, "three"))
    ]
    hear(*edits[::order])
    assert (Row.objects.get().text, Row.objects.get().stamp) == ("@meridianair three", 3)
    assert [one.text for one in PostVersion.objects.all()] == ["@meridianair one"]


def test_an_edit_that_turns_into_a_complaint_opens_a_case(hear: Hear, mention: Mention, now: datetime) -> None:
    hear(mention("1", NEUTRAL, stamp=1))
    assert not Case.objects.exists()
    edit = mention("1", "meridian air lost my bag, this is awful, I am furious!", stamp=2, edited=now)
    hear(edit)
    assert (Case.objects.get().state, Case.objects.get().waiting) == (State.OPEN, now)
    hear(msgspec.structs.replace(edit, text="meridian air lost both my bags, I am furious!!!", stamp=3))
    assert len(Case.objects.get().unanswered) == 1


def test_an_edit_lifts_the_case_it_has(hear: Hear, mention: Mention, now: datetime) -> None:
    hear(mention("1", "@meridianair where do I check in?", stamp=1))
    before = Case.objects.get()
    hear(mention("1", "@meridianair you LOST my bag, worst airline, I HATE you!!!", stamp=2, edited=now))
    after = Case.objects.get()
    assert after.harm > before.harm
    assert after.answer_by <= before.answer_by


def test_counts_read_out_of_order_leave_the_newest(hear: Hear, mention: Mention, now: datetime) -> None:
    hear(mention("1"))
    new, old = (Reading("demo", "at://1", Engagement(seen=now + at * MINUTE, reshares=at)) for at in (9, 3))
    hear(readings=(new, old))
    assert Row.objects.get().reshares == 9


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("hello @MeridianAir!", True),
        ("(@meridianair)", True),
        ("@meridianair.example hello", True),
        ("@meridianairlines hello", False),
        ("@meridianair-fans hello", False),
        ("write to care@meridianair", False),
        ("@ meridianair", False),
    ],
)
def test_who_is_called(source: Source, mention: Mention, text: str, ours: bool) -> None:
    assert lens(source.brand_id).is_to_us(mention("1", text)) is ours
    assert not lens(source.brand_id).is_to_us(mention("1", text, network="elsewhere"))


def test_a_third_persons_answer_to_us_is_theirs_and_for_us(
    hear: Hear, mention: Mention, source: Source, now: datetime
) -> None:
    know(source, Checked(account=US), now)
    hear(mention("1"), mention("2", "We look into it.", author=US, root="at://1", parent="at://1", minutes=-4))
    hear(
        mention("3", "Mine is gone too", author="ben", root="at://1", parent="at://2", parent_author=US.id, minutes=-3)
    )
    states = dict(Case.objects.values_list("handle__name", "state"))
    assert states == {"ann": State.PENDING, "ben": State.OPEN}
    assert Row.objects.get(external_id="at://3").addressed


def test_in_private_our_words_answer_though_they_reply_to_no_post(
    hear: Hear, mention: Mention, source: Source, now: datetime
) -> None:
    know(source, Checked(account=US), now)
    private = {"kind": Kind.DIRECT, "visibility": Visibility.PRIVATE, "root": "dm:7"}
    hear(mention("1", "where is my bag?", addressed=True, **private), mention("2", author="ben"))
    hear(mention("3", "On its way to you.", author=US, minutes=-1, **private))
    assert dict(Case.objects.values_list("handle__name", "state")) == {"ann": State.PENDING, "ben": State.OPEN}


def test_a_case_shows_what_is_left_of_it(hear: Hear, mention: Mention, now: datetime) -> None:
    hear(mention("1"), mention("2", "@meridianair you never answer!", root="at://1", parent="at://1", minutes=-3))
    assert Case.objects.get().post == Row.objects.get(external_id="at://2")
    hear(deletions=(Deletion("demo", "at://2", now),))
    case = Case.objects.get()
    assert (case.state, case.post) == (State.OPEN, Row.objects.get(external_id="at://1"))


def test_a_deletion_and_its_post_that_passed_each_other_leave_no_case(
    hear: Hear, mention: Mention, alice: Member, now: datetime
) -> None:
    hear(mention("1"))
    Tombstone.objects.create(brand=alice.brand, network="demo", external_id="at://1", at=now)
    audit(now)
    assert (Row.objects.get().text, Row.objects.get().deleted) == ("", now)
    assert Case.objects.get().state == State.RESOLVED


def test_nothing_a_broken_client_writes_stops_a_source(hear: Hear, mention: Mention) -> None:
    bad = "a\x00b\ud800"
    author = Author(id="did:odd", name=bad, display=bad, bio=bad)
    post = mention("1", author=author, subject=bad, url=bad, context=bad, lang="en\x00", addressed=True)
    assert hear(post, malformed=(Malformed(bad, b"\x00"),)).new == 1
    assert (Handle.objects.get().display, Row.objects.get().subject) == ("ab?", "ab?")
    assert Quarantined.objects.get().reason == "ab?"
