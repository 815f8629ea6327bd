"""What programs write: an absence note wakes nobody, and a mail that came back is no answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from amends.accounts.access import Member
from amends.cases.models import Case, State
from amends.channels.base import Author, Kind, Post, Visibility
from amends.conversations.models import Post as Row
from amends.conversations.queries import thread
from amends.reach.words import tell
from amends.replies.queries import route

pytestmark = pytest.mark.django_db
NOTE = "A program wrote this mail by itself."
SYSTEM = Author(id="mailer-daemon@relay.example", name="mailer-daemon@relay.example", display="Mail system")


@pytest.fixture
def mail(mention: Callable[..., Post]) -> Callable[..., Post]:
    def make(key: str, text: str, **fields: Any) -> Post:
        return mention(key, text, kind=Kind.MAIL, visibility=Visibility.PRIVATE, root="at://1", **fields)

    return make


@pytest.fixture
def answered(hear: Callable[..., Any], mail: Callable[..., Post], now: datetime) -> Case:
    """Ann wrote, we answered, and it is her turn."""
    hear(mail("1", "Where is my refund?", addressed=True))
    ours = mail("2", "It is on its way.", author=Author(id="did:us", name="meridianair"), parent="at://1", minutes=-3)
    hear(ours)
    case = Case.objects.get()
    assert case.state == State.PENDING
    return case


def report(mail: Callable[..., Post], key: str = "3", **fields: Any) -> Post:
    return mail(
        key, "A mail to ann did not arrive.", author=SYSTEM, parent="at://2", unanswerable="No answers.", **fields
    )


def test_an_absence_note_is_seen_and_wakes_nobody(
    answered: Case, hear: Callable[..., Any], mail: Callable[..., Post], alice: Member
) -> None:
    version = answered.version
    hear(mail("3", "I am away. Terrible, terrible weather!", minutes=-2, unanswerable=NOTE))
    answered.refresh_from_db()
    assert (answered.state, answered.version) == (State.PENDING, version)
    assert Row.objects.filter(external_id="at://3", handle=answered.handle_id).exists()
    assert route(alice, answered).to == Row.objects.get(external_id="at://1")  # what can be answered is offered first
    note = Row.objects.get(external_id="at://3")
    assert route(alice, answered, note.pk).problem == NOTE
    (told,) = (post for post in thread(alice, [note.conversation_id]) if post.id == note.pk)
    assert told.unanswerable == NOTE


def test_an_absence_note_alone_opens_no_case(hear: Callable[..., Any], mail: Callable[..., Post]) -> None:
    hear(mail("1", "I am away until Monday.", addressed=True, unanswerable=NOTE))
    assert Row.objects.count() == 1
    assert not Case.objects.exists()


def test_an_absence_note_makes_nobody_louder(
    hear: Callable[..., Any], mail: Callable[..., Post], alice: Member
) -> None:
    hear(mail("1", "Where is my refund?", addressed=True))
    before = Case.objects.get()
    hear(mail("2", "I AM AWAY! TERRIBLE!", minutes=-2, unanswerable=NOTE))
    after = Case.objects.get()
    assert (after.version, after.unanswered) == (before.version, before.unanswered)


def test_an_answer_that_came_back_is_none(
    answered: Case, hear: Callable[..., Any], mail: Callable[..., Post], now: datetime
) -> None:
    hear(report(mail, returns="at://2", minutes=-1), at=now)
    answered.refresh_from_db()
    assert (answered.state, answered.waiting) == (State.OPEN, now)
    assert answered.due is not None
    assert answered.due > now
    assert "our answer did not arrive" in tell(answered.reasons, timedelta(0))
    assert Case.objects.count() == 1  # the mail system is no customer
    hear(report(mail, "4", returns="at://2", minutes=-1), at=now + timedelta(minutes=1))
    version = answered.version
    answered.refresh_from_db()
    assert answered.version == version  # told twice, once in the queue
    again = mail("5", "It is on its way.", author=Author(id="did:us", name="meridianair"), parent="at://1", minutes=3)
    hear(again, at=now + timedelta(minutes=3))
    answered.refresh_from_db()
    assert answered.state == State.PENDING
    assert "our answer did not arrive" not in tell(answered.reasons, timedelta(0))


def test_a_resolved_case_is_back_when_its_answer_is(
    answered: Case, hear: Callable[..., Any], mail: Callable[..., Post], alice: Member, now: datetime
) -> None:
    from amends.cases.actions import resolve

    resolve(alice, answered.pk, now)
    hear(report(mail, returns="at://2", minutes=-1), at=now + timedelta(hours=1))
    answered.refresh_from_db()
    assert (answered.state, answered.waiting) == (State.OPEN, now + timedelta(hours=1))


def test_a_report_that_all_is_well_changes_nothing(
    answered: Case, hear: Callable[..., Any], mail: Callable[..., Post]
) -> None:
    version = answered.version
    hear(report(mail, minutes=-1))
    answered.refresh_from_db()
    assert (answered.state, answered.version) == (State.PENDING, version)
