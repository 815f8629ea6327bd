"""Which of a customer's posts speaks for the case, through the real pipeline: what the queue and the page then say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from amends.accounts.access import Member
from amends.cases import queries
from amends.cases.models import Case, State
from amends.cases.queries import View
from amends.channels.base import Author, Checked, Deletion, Engagement, Post, Reading
from amends.conversations.models import Post as Row
from amends.sources.actions import know
from amends.sources.models import Source

Mention = Callable[..., Post]
Hear = Callable[..., Any]
MINUTE = timedelta(minutes=1)
US = Author(id="did:us", name="meridianair")
BAD = "@meridianair you LOST my bag, worst airline ever, I hate you!"


@pytest.fixture
def loud(hear: Hear, mention: Mention, now: datetime) -> Case:
    """A furious post that 31,000 have seen, and a small word after it."""
    hear(mention("1", BAD, promoted=True, engagement=Engagement(seen=now - MINUTE, views=31_000)))
    hear(mention("2", "@meridianair hello?", root="at://1", parent="at://1", minutes=-3))
    return Case.objects.get()


def numbers(case: Case) -> list[int]:
    return [post for post, _ in case.unanswered]


def row(key: str) -> Row:
    return Row.objects.get(external_id=f"at://{key}")


def test_the_page_and_the_queue_tell_of_the_loud_post(loud: Case, alice: Member, now: datetime) -> None:
    assert (loud.post, loud.loudest, numbers(loud)) == (row("2"), row("1"), [row("1").pk, row("2").pk])
    (line,) = queries.queue(alice, View(), now).rows
    assert line.text == "@meridianair hello?"
    assert ["promoted"] in line.reasons
    assert any(reason[0] == "views" and reason[1] > 31_000 for reason in line.reasons)
    assert queries.views_of(loud) == 31_000
    assert queries.opening(loud) == "@meridianair hello?"


def test_new_counts_of_the_loud_post_still_move_the_case(loud: Case, hear: Hear, now: datetime) -> None:
    hear(readings=(Reading("demo", "at://1", Engagement(seen=now, views=400_000)),))
    after = Case.objects.get()
    assert after.harm > loud.harm
    assert after.answer_by <= loud.answer_by
    assert after.loudest == row("1")


def test_without_the_loud_post_the_small_one_decides(loud: Case, hear: Hear, now: datetime) -> None:
    hear(deletions=(Deletion("demo", "at://1", now),))
    after = Case.objects.get()
    assert (after.state, after.loudest, numbers(after)) == (State.OPEN, row("2"), [row("2").pk])
    assert after.waiting == now - 3 * MINUTE
    assert after.harm < loud.harm
    assert after.answer_by > loud.answer_by
    assert queries.views_of(after) is None


def test_without_the_small_post_the_loud_one_waits_alone(loud: Case, hear: Hear, now: datetime) -> None:
    hear(deletions=(Deletion("demo", "at://2", now),))
    after = Case.objects.get()
    assert (after.post, after.loudest, numbers(after)) == (row("1"), row("1"), [row("1").pk])
    assert (after.harm, after.waiting) == (loud.harm, loud.waiting)
    assert not any(reason[0] == "waiting_before" for reason in after.reasons)


def test_a_case_of_which_all_was_deleted_says_so(loud: Case, alice: Member, hear: Hear, now: datetime) -> None:
    hear(deletions=(Deletion("demo", "at://1", now), Deletion("demo", "at://2", now)))
    (line,) = queries.queue(alice, View(state="resolved"), now).rows
    assert (line.reasons, line.text, Case.objects.get().unanswered) == ([["withdrawn"]], "", [])
    version = Case.objects.get().version
    hear(deletions=(Deletion("demo", "at://1", now), Deletion("demo", "at://2", now)))
    assert Case.objects.get().version == version


def test_an_answer_heard_late_answers_what_was_before_it(
    loud: Case, hear: Hear, mention: Mention, source: Source, now: datetime
) -> None:
    know(source, Checked(account=US), now)
    hear(mention("3", "We look into it.", author=US, root="at://1", parent="at://1", minutes=-4))
    after = Case.objects.get()
    assert (after.state, numbers(after), after.loudest) == (State.OPEN, [row("2").pk], row("2"))
    assert (after.waiting, after.answered) == (now - 3 * MINUTE, now - 4 * MINUTE)
    hear(mention("4", "Found it.", author=US, root="at://1", parent="at://2", minutes=-1))
    assert (Case.objects.get().state, Case.objects.get().unanswered) == (State.PENDING, [])


def test_a_very_long_post_is_not_read_whole(hear: Hear, mention: Mention, alice: Member) -> None:
    hear(mention("1", "@meridianair " + "x" * 1_000_000, subject="y" * 1_000_000))
    (line,) = queries.queue(alice, View(), mention("x").created).rows
    assert len(line.text) == 300
    case = queries.case(alice, line.id)
    assert "post" not in case._state.fields_cache
    assert len(queries.opening(case)) == 500


def test_edits_of_a_post_that_waits_lift_its_case(loud: Case, hear: Hear, mention: Mention, now: datetime) -> None:
    first = mention("2", "@meridianair hello?", root="at://1", parent="at://1", minutes=-3)
    seen = Engagement(seen=now, views=900_000)
    hear(msgspec.structs.replace(first, text=BAD, stamp=9, edited=now, engagement=seen))
    after = Case.objects.get()
    assert (after.loudest, len(after.unanswered)) == (row("2"), 2)
    assert after.harm > loud.harm
