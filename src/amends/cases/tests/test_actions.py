"""What people do to cases, and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.actions import Refused, make_team
from amends.accounts.models import Audit, User
from amends.cases import actions, queries
from amends.cases.actions import mentioned
from amends.cases.models import Case, CaseThread, Note, State
from amends.cases.queries import View
from amends.cases.sweep import sweep
from amends.channels.base import Post
from amends.events.models import Event
from amends.events.types import CaseChanged, NoteAdded, Present, decode

Mention = Callable[..., Post]
HOUR = timedelta(hours=1)


@pytest.fixture
def case(hear: Callable[..., Any], mention: Mention) -> Case:
    hear(mention("1"))
    return Case.objects.get()


def events() -> list[Any]:
    return [decode(row.data) for row in Event.objects.order_by("pk")]


def test_every_verb_tells_writes_and_audits(alice: Member, bob: Member, case: Case, now: datetime) -> None:
    team = make_team(alice, "Baggage", now)
    verbs: list[tuple[str, Callable[[], object]]] = [
        ("assign", lambda: actions.assign(alice, case.pk, bob.user.pk, now)),
        ("hand", lambda: actions.hand_to_team(alice, case.pk, team.pk, now)),
        ("set_priority", lambda: actions.set_priority(alice, case.pk, "urgent", now)),
        ("snooze", lambda: actions.snooze(bob, case.pk, now + HOUR, now)),
        ("hold_pending", lambda: actions.hold_pending(bob, case.pk, now)),
        ("resolve", lambda: actions.resolve(bob, case.pk, now)),
        ("reopen", lambda: actions.reopen(bob, case.pk, now)),
    ]
    for name, verb in verbs:
        version = Case.objects.get().version
        verb()
        told = [event for event in events() if isinstance(event, CaseChanged)][-1]
        row = Case.objects.get()
        assert (name, row.version) == (name, version + 1)
        assert (told.version, told.state, told.assignee) == (row.version, row.state, row.assignee_id)
        assert Audit.objects.order_by("-pk")[0].verb == name


def test_resolving_closes_the_thread_link_and_reopening_opens_it(alice: Member, case: Case, now: datetime) -> None:
    before = Case.objects.get()
    actions.resolve(alice, case.pk, now)
    assert not CaseThread.objects.get().open
    actions.reopen(alice, case.pk, now)
    row = Case.objects.get()
    assert CaseThread.objects.get().open
    assert (row.state, row.waiting, row.due) == (State.OPEN, before.waiting, before.due)


def test_reopening_beside_another_open_case_is_refused(
    alice: Member, case: Case, hear: Callable[..., Any], mention: Mention, now: datetime
) -> None:
    actions.resolve(alice, case.pk, now)
    later = now + timedelta(days=20)
    hear(mention("9", root="at://1", parent="at://1", minutes=20 * 24 * 60), at=later)
    other = Case.objects.exclude(pk=case.pk).get()
    with pytest.raises(Refused, match=str(other.pk)):
        actions.reopen(alice, case.pk, later)


def test_a_note_calls_colleagues(alice: Member, bob: Member, case: Case, now: datetime) -> None:
    note = actions.add_note(alice, case.pk, "@bob can you look? cc someone@meridian.example @BobBaker", now)
    assert list(note.mentions.all()) == [bob.user]
    (told,) = (event for event in events() if isinstance(event, NoteAdded))
    assert told.mentions == (bob.user.pk,)
    assert "look" not in Event.objects.order_by("-pk")[0].data
    with pytest.raises(Refused):
        actions.add_note(alice, case.pk, "   ", now)


def test_who_is_mentioned() -> None:
    people = [User(email="jo.r@x.example", name="Jo Rider"), User(email="ann@x.example", name="")]
    assert mentioned("hi @jo", people) == [people[0]]
    assert mentioned("hi @JO.R!", people) == [people[0]]
    assert mentioned("@ann and @jorider.", people) == people
    assert mentioned("mail jo@ann.example, @joanna", people) == []


def test_tags(alice: Member, case: Case, now: datetime) -> None:
    actions.tag(alice, case.pk, " Baggage ", now)
    actions.tag(alice, case.pk, "baggage", now)
    assert [tag.name for tag in queries.case_tags(alice, case)] == ["Baggage"]
    assert [row.id for row in queries.queue(alice, View(tag="BAGGAGE"), now).rows] == [case.pk]
    actions.untag(alice, case.pk, "baggage", now)
    assert queries.case_tags(alice, case) == []


def test_notes_and_tags_have_bounds(alice: Member, case: Case, now: datetime) -> None:
    assert len(actions.add_note(alice, case.pk, "x" * actions.NOTE_LENGTH, now).text) == actions.NOTE_LENGTH
    with pytest.raises(Refused, match=r"10,000 characters, and this has 10,001"):
        actions.add_note(alice, case.pk, "x" * (actions.NOTE_LENGTH + 1), now)
    with pytest.raises(Refused, match="find a shorter one"):
        actions.tag(alice, case.pk, "x" * (actions.TAG_LENGTH + 1), now)
    for number in range(actions.TAGS_OF_A_CASE):
        actions.tag(alice, case.pk, f"tag  {number}", now)
    actions.tag(alice, case.pk, "TAG 0", now)  # it has that one
    with pytest.raises(Refused, match="take one off"):
        actions.tag(alice, case.pk, "one more", now)
    assert len(queries.tags(alice)) == len(queries.case_tags(alice, case)) == actions.TAGS_OF_A_CASE
    actions.untag(alice, case.pk, "tag 0", now)
    actions.tag(alice, case.pk, "one more", now)


def test_a_brand_has_so_many_tags(
    alice: Member, charlie: Member, case: Case, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "TAGS_OF_A_BRAND", 2)
    for name in ("one", "two"):
        actions.tag(alice, case.pk, name, now)
    with pytest.raises(Refused, match="2 tags already"):
        actions.tag(alice, case.pk, "three", now)
    actions.untag(alice, case.pk, "one", now)
    actions.tag(alice, case.pk, "One", now)


def test_presence_is_told_when_it_changes_and_not_at_every_key(
    alice: Member, bob: Member, case: Case, now: datetime
) -> None:
    for second in range(10):
        actions.show_presence(bob, case.pk, "typing", now + timedelta(seconds=second))
    assert queries.present(alice, case, now) == [("Bob Baker", True)]
    assert queries.present(bob, case, now) == []
    actions.show_presence(bob, case.pk, "gone", now)
    assert [event.doing for event in events() if isinstance(event, Present)] == ["typing", "gone"]
    actions.show_presence(bob, case.pk, "looking", now)
    assert queries.present(alice, case, now + HOUR) == []


def test_time_wakes_and_breaches(alice: Member, case: Case, now: datetime) -> None:
    actions.snooze(alice, case.pk, now + HOUR, now)
    assert sweep(now + timedelta(minutes=59)) == 0
    assert sweep(now + HOUR) == 1
    assert Case.objects.get().state == State.OPEN
    due = Case.objects.get().due
    assert due is not None
    assert sweep(due + timedelta(seconds=1)) == 1
    assert Case.objects.get().breached
    assert sweep(due + timedelta(seconds=2)) == 0
    assert queries.counts(alice, due).late == 1


def test_snoozing_has_bounds(alice: Member, case: Case, now: datetime) -> None:
    for until in (now, now - HOUR, now + timedelta(days=400)):
        with pytest.raises(Refused):
            actions.snooze(alice, case.pk, until, now)


def test_the_queue_pages_in_order_and_misses_none(
    alice: Member, hear: Callable[..., Any], mention: Mention, now: datetime
) -> None:
    hear(*(mention(f"{n}", author=f"u{n}", minutes=-(n % 7)) for n in range(57)))
    seen: list[queries.Row] = []
    after = ""
    for _ in range(10):
        page = queries.queue(alice, View(), now, after, limit=10)
        seen += page.rows
        after = page.next
        if not after:
            break
    assert len({row.id for row in seen}) == len(seen) == 57
    assert [(row.answer_by, row.id) for row in seen] == sorted((row.answer_by, row.id) for row in seen)
    with pytest.raises(Http404):
        queries.queue(alice, View(), now, "nonsense")


def test_charlie_sees_nothing_and_can_do_nothing(
    alice: Member, bob: Member, charlie: Member, case: Case, now: datetime
) -> None:
    deeds: list[Callable[[Member], object]] = [
        lambda who: queries.case(who, case.pk),
        lambda who: actions.assign(who, case.pk, None, now),
        lambda who: actions.hand_to_team(who, case.pk, None, now),
        lambda who: actions.set_priority(who, case.pk, "low", now),
        lambda who: actions.tag(who, case.pk, "x", now),
        lambda who: actions.untag(who, case.pk, "x", now),
        lambda who: actions.add_note(who, case.pk, "x", now),
        lambda who: actions.snooze(who, case.pk, now + HOUR, now),
        lambda who: actions.hold_pending(who, case.pk, now),
        lambda who: actions.resolve(who, case.pk, now),
        lambda who: actions.reopen(who, case.pk, now),
        lambda who: actions.show_presence(who, case.pk, "looking", now),
    ]
    for deed in deeds:
        with pytest.raises(Http404):
            deed(charlie)
    for deed in deeds:
        deed(bob)
    assert queries.rows(charlie, [case.pk]) == []
    assert queries.notes(charlie, case) == []
    assert queries.others(charlie, case) == []
    assert queries.counts(charlie, now).open == 0
    with pytest.raises(Http404):
        actions.assign(alice, case.pk, charlie.user.pk, now)
    assert Note.objects.count() == 1
