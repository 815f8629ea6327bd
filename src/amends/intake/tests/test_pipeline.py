"""The way in, through the real database: twice is once, edits and deletions, cases, quarantine, the cursor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import IntegrityError, connection, transaction

from amends.accounts.access import Member
from amends.cases.models import Case, CaseThread, State
from amends.cases.queries import View, case, queue
from amends.channels.base import (
    Author,
    Batch,
    Checked,
    Deletion,
    Engagement,
    Kind,
    Malformed,
    Period,
    Post,
    Reading,
    Visibility,
)
from amends.conversations.models import EngagementReading, PostVersion, RawPost, Sighting
from amends.conversations.models import Post as Row
from amends.conversations.queries import search, thread
from amends.events.models import Event
from amends.intake.models import Quarantined
from amends.intake.pipeline import process
from amends.people.models import Customer, Handle
from amends.sources.actions import know, set_own_handles
from amends.sources.models import Coverage, Source
from amends.sources.queries import health

Mention = Callable[..., Post]
Hear = Callable[..., Any]
MINUTE = timedelta(minutes=1)
TABLES = (Row, Handle, Customer, Case, CaseThread, Sighting, EngagementReading, RawPost, PostVersion, Event)


def counts() -> list[int]:
    return [table.objects.count() for table in TABLES]  # type: ignore[attr-defined]


def test_a_mention_becomes_a_case(hear: Hear, mention: Mention, alice: Member, now: datetime) -> None:
    outcome = hear(mention("1", raw=b'{"a": 1}'), mention("2", "nice weather", author="ben"))
    assert (outcome.heard, outcome.kept, outcome.new) == (2, 1, 1)
    (row,) = queue(alice, View(), now).rows
    assert (row.name, row.handle, row.text) == ("Ann", "@ann", "@meridianair where is my suitcase?")
    assert row.waiting == now - 5 * MINUTE
    assert row.reasons


def test_twice_is_once(hear: Hear, mention: Mention) -> None:
    posts = [
        mention("1", engagement=Engagement(seen=mention("x").created, reshares=2), raw=b"{}"),
        mention("2", author="ben"),
        mention("3", root="at://1", parent="at://1", author="cat"),
    ]
    hear(*posts)
    before = counts()
    outcome = hear(*posts, *posts)
    assert outcome.new == 0
    assert counts() == before


def test_two_sources_bring_the_same_post_once(hear: Hear, mention: Mention, alice: Member, now: datetime) -> None:
    hear(mention("1"))
    other = Source.objects.create(brand=alice.brand, channel="demo", created=now, next_at=now)
    process(other, Batch(posts=(mention("1"),)), now)
    assert Row.objects.count() == 1
    assert Sighting.objects.count() == 2


def test_an_author_who_goes_on_has_one_case_and_a_commenter_another(hear: Hear, mention: Mention) -> None:
    hear(mention("1"))
    hear(mention("2", "still nothing?!", root="at://1", parent="at://1", minutes=-3))
    assert len(Case.objects.get().unanswered) == 2
    hear(mention("3", "same here, awful. my bag is gone too", root="at://1", parent="at://1", author="ben", minutes=-2))
    assert Case.objects.count() == 2
    assert Row.objects.values("conversation").distinct().count() == 1


def test_three_hundred_commenters_each_have_a_case_and_one_thread(
    hear: Hear, mention: Mention, alice: Member, now: datetime
) -> None:
    hear(mention("root"))
    hear(
        *(
            mention(f"c{number}", "@meridianair this happened to me too!", root="at://root", author=f"user{number}")
            for number in range(300)
        )
    )
    assert Case.objects.count() == 301
    conversation = CaseThread.objects.values_list("conversation", flat=True).distinct().get()
    assert len(thread(alice, [conversation])) == 300  # the newest three hundred
    assert len(thread(alice, [conversation], limit=1000)) == 301


def test_the_database_itself_refuses_a_second_open_case(hear: Hear, mention: Mention) -> None:
    hear(mention("1"))
    link = CaseThread.objects.get()
    twin = Case.objects.get()
    twin.pk = None
    twin.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseThread.objects.create(case=twin, conversation=link.conversation, handle=link.handle)


def test_an_edit_is_followed_and_the_earlier_wording_kept(hear: Hear, mention: Mention, alice: Member) -> None:
    first = mention("1", stamp=1)
    hear(first)
    hear(msgspec.structs.replace(first, text="@meridianair found it, thank you", stamp=2, edited=first.created))
    row = Row.objects.get()
    assert (row.text, row.stamp) == ("@meridianair found it, thank you", 2)
    assert PostVersion.objects.get().text == first.text
    hear(first)
    assert Row.objects.get().text == row.text
    assert [post.id for post in search(alice, "found")] == [row.pk]
    assert search(alice, "suitcase") == []


def test_an_edit_that_no_longer_names_us_is_followed_too(hear: Hear, mention: Mention) -> None:
    first = mention("1", stamp=1)
    hear(first)
    hear(msgspec.structs.replace(first, text="never mind", stamp=2, edited=first.created))
    assert Row.objects.get().text == "never mind"


def test_a_deletion_takes_the_words_and_resolves_the_case(hear: Hear, mention: Mention, now: datetime) -> None:
    hear(mention("1", raw=b"{}"))
    hear(deletions=(Deletion("demo", "at://1", now),))
    row = Row.objects.get()
    assert (row.text, row.deleted) == ("", now)
    assert not RawPost.objects.exists()
    assert Case.objects.get().state == State.RESOLVED


def test_a_deletion_heard_first_keeps_the_post_away(hear: Hear, mention: Mention, now: datetime) -> None:
    hear(deletions=(Deletion("demo", "at://1", now),))
    hear(mention("1"))
    assert not Row.objects.exists()
    assert not Case.objects.exists()


def test_new_counts_lift_a_case_and_old_ones_do_not(hear: Hear, mention: Mention, now: datetime) -> None:
    hear(mention("1", engagement=Engagement(seen=now, reshares=1)))
    before = Case.objects.get()
    hear(readings=(Reading("demo", "at://1", Engagement(seen=now + 5 * MINUTE, reshares=900, views=400_000)),))
    after = Case.objects.get()
    assert after.harm > before.harm
    assert after.answer_by <= before.answer_by
    assert after.version == before.version + 1
    hear(readings=(Reading("demo", "at://1", Engagement(seen=now - MINUTE, reshares=2)),))
    assert Row.objects.get().reshares == 900


def test_our_own_answer_heard_from_the_network_stops_the_clock(
    hear: Hear, mention: Mention, alice: Member, now: datetime
) -> None:
    set_own_handles(alice, [("demo", "@MeridianAir")], now)
    hear(mention("1"))
    us = Author(id="did:us", name="meridianair")
    hear(mention("2", "we are looking into it", author=us, root="at://1", parent="at://1", minutes=-1))
    row = Case.objects.get()
    assert (row.state, row.waiting, row.due) == (State.PENDING, None, None)
    assert row.answered == now - MINUTE
    assert Row.objects.get(ours=True).text == "we are looking into it"


def test_private_words_join_the_case_of_the_public_ones(hear: Hear, mention: Mention, alice: Member) -> None:
    hear(mention("1"))
    hear(mention("dm", "my reference is ABC", kind=Kind.DIRECT, visibility=Visibility.PRIVATE, addressed=True))
    row = Case.objects.get()
    assert row.threads.count() == 2
    assert len(row.unanswered) == 2
    assert case(alice, row.pk).post.text == "my reference is ABC" if row.post else False


def test_a_malformed_item_is_put_aside_and_the_rest_goes_on(hear: Hear, mention: Mention) -> None:
    bad = Malformed("No author.", b'{"uri": 1}')
    outcome = hear(mention("1"), malformed=(bad, bad))
    assert (outcome.new, outcome.quarantined) == (1, 2)
    hear(malformed=(bad,))
    row = Quarantined.objects.get()
    assert (row.reason, bytes(row.raw)) == ("No author.", b'{"uri": 1}')


def test_the_cursor_moves_with_the_posts_or_not_at_all(
    hear: Hear, mention: Mention, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(mention("1"), cursor="one")
    assert Source.objects.get(pk=source.pk).cursor == "one"

    def break_down(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("amends.sources.actions._cover", break_down)
    period = Period("search", mention("x").created, mention("x").created + MINUTE)
    with pytest.raises(RuntimeError, match="power cut"):
        hear(mention("2", author="ben"), cursor="two", covered=(period,))
    assert Source.objects.get(pk=source.pk).cursor == "one"
    assert Row.objects.count() == 1


def test_a_gap_is_told_and_closes_when_it_is_filled(hear: Hear, alice: Member, now: datetime) -> None:
    def heard(start: int, end: int) -> None:
        hear(covered=(Period("search", now + start * MINUTE, now + end * MINUTE),))

    heard(0, 10)
    heard(10, 20)
    assert Coverage.objects.count() == 1
    heard(45, 60)
    assert [(hole.start, hole.end) for _, hole in health(alice, now + 60 * MINUTE)[0].gaps] == [
        (now + 20 * MINUTE, now + 45 * MINUTE)
    ]
    heard(20, 46)
    assert health(alice, now + 60 * MINUTE)[0].gaps == []


@pytest.mark.parametrize("text", ["", "\x00", "\ud800 @meridianair", "@meridianair " + "x" * 2_000_000, "🧳", "\u202e"])
def test_strange_texts_are_taken_in(hear: Hear, mention: Mention, text: str) -> None:
    assert hear(mention("1", text, addressed=True)).new == 1
    assert "\x00" not in Row.objects.get().text


def test_a_thread_that_we_follow_is_kept_whole(hear: Hear, mention: Mention) -> None:
    hear(mention("1"))
    hear(mention("2", "what happened?", author="ben", root="at://1", parent="at://1"))
    hear(mention("3", "what happened?", author="ben", root="at://elsewhere", parent="at://elsewhere"))
    assert set(Row.objects.values_list("external_id", flat=True)) == {"at://1", "at://2"}


def test_another_brand_hears_nothing(hear: Hear, mention: Mention, charlie: Member, now: datetime) -> None:
    hear(mention("1"))
    assert queue(charlie, View(), now).rows == []
    assert search(charlie, "suitcase") == []
    assert set(Event.objects.exclude(brand=charlie.brand.pk).values_list("brand", flat=True)) >= {
        Row.objects.get().brand_id
    }


def test_inserting_takes_few_statements(
    hear: Hear, mention: Mention, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(120, connection=connection):
        hear(*(mention(f"{number}", author=f"u{number}") for number in range(200)))
    assert Case.objects.count() == 200


def test_a_stranger_who_gets_our_old_name_does_not_answer_for_us(
    hear: Hear, mention: Mention, source: Source, now: datetime
) -> None:
    hear(mention("1"))
    know(source, Checked(account=Author(id="did:us", name="meridianair")), now)
    thief = Author(id="did:thief", name="meridianair")
    hear(mention("2", "Solved.", author=thief, root="at://1", parent="at://1", minutes=-1))
    case = Case.objects.get(handle__external_id="did:ann")
    assert (case.state, case.waiting) == (State.OPEN, now - 5 * MINUTE)
    assert not Row.objects.get(external_id="at://2").ours
    us = Author(id="did:us", name="new-name")
    hear(mention("3", "We are on it.", author=us, root="at://1", parent="at://1", minutes=0))
    case.refresh_from_db()
    assert case.state == State.PENDING


def test_nobody_edits_what_another_wrote(hear: Hear, mention: Mention) -> None:
    hear(mention("1", stamp=1))
    hear(mention("1", "@meridianair all is well", author="mallory", stamp=2))
    row = Row.objects.get()
    assert (row.text, row.handle.name) == ("@meridianair where is my suitcase?", "ann")
    assert not PostVersion.objects.exists()
