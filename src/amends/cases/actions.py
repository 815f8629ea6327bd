"""Every write that people make on cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec
from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.audit import record
from amends.accounts.models import Membership, Role, Team, User
from amends.accounts.queries import colleagues
from amends.cases.book import Book, lock
from amends.cases.decide import put_aside, reopened
from amends.cases.models import Case, Note, Presence, Priority, State, Tag, Target
from amends.cases.queries import PRESENT_FOR, targets
from amends.cases.state import CaseState
from amends.cases.targets import due
from amends.events.transaction import Tx, write
from amends.events.types import BrandChanged, NoteAdded, Present

NOTE_LENGTH = 10_000  # characters
TAG_LENGTH = 60
TAGS_OF_A_CASE = 50
TAGS_OF_A_BRAND = 2000  # each is a line of the menu that offers them


@contextmanager
def _in_hand(member: Member, case_id: int, now: datetime) -> Iterator[tuple[Tx, Book, CaseState]]:
    """The member's case, its customer locked; what is put into the book is saved at the end."""
    with write(now) as tx:
        handle = Case.objects.filter(brand=member.brand, pk=case_id).values_list("handle_id", flat=True).first()
        if handle is None:
            raise Http404
        lock([handle])
        book = Book(member.brand.pk)
        book.load([handle], now, case_id)
        yield tx, book, book.cases[case_id]
        book.save(tx)


def assign(member: Member, case_id: int, user_id: int | None, now: datetime) -> None:
    """Give the case to a colleague, or to nobody."""
    if user_id is not None and not Membership.objects.filter(brand=member.brand, user_id=user_id).exists():
        raise Http404
    with _in_hand(member, case_id, now) as (tx, book, case):
        book.put(msgspec.structs.replace(case, assignee=user_id))
        record(tx, member, "assign", "case", case_id, to=user_id)


def hand_to_team(member: Member, case_id: int, team_id: int | None, now: datetime) -> None:
    if team_id is not None and not Team.objects.filter(brand=member.brand, pk=team_id).exists():
        raise Http404
    with _in_hand(member, case_id, now) as (tx, book, case):
        book.put(msgspec.structs.replace(case, team=team_id))
        record(tx, member, "hand", "case", case_id, to=team_id)


def set_priority(member: Member, case_id: int, priority: str, now: datetime) -> None:
    """A person knows better: the clock is set to what is promised for that priority."""
    if priority not in Priority.values:
        raise Refused("Choose a priority: urgent, high, normal or low.")
    with _in_hand(member, case_id, now) as (tx, book, case):
        promised = due(targets(member.brand.pk), priority, case.waiting, case.answered)
        by = promised or case.answer_by
        late = promised is not None and promised < now
        book.put(msgspec.structs.replace(case, priority=priority, due=promised, answer_by=by, breached=late))
        record(tx, member, "set_priority", "case", case_id, priority=priority)


def snooze(member: Member, case_id: int, until: datetime, now: datetime) -> None:
    """Put the case aside until an instant, or until the customer writes. The promise made to them keeps running."""
    if not now < until <= now + timedelta(days=366):
        raise Refused("Choose a time within the next year.")
    with _in_hand(member, case_id, now) as (tx, book, case):
        if case.state == State.RESOLVED:
            raise Refused("This case is resolved: open it again first.")
        book.put(msgspec.structs.replace(case, state=State.SNOOZED, snoozed_until=until))
        record(tx, member, "snooze", "case", case_id, until=until.isoformat())


def hold_pending(member: Member, case_id: int, now: datetime) -> None:
    """It is the customer's turn, though we did not write: the clocks stop."""
    with _in_hand(member, case_id, now) as (tx, book, case):
        book.put(put_aside(case, State.PENDING, now))
        record(tx, member, "hold_pending", "case", case_id)


def resolve(member: Member, case_id: int, now: datetime) -> None:
    with _in_hand(member, case_id, now) as (tx, book, case):
        if case.state != State.RESOLVED:
            book.put(put_aside(case, State.RESOLVED, now))
            record(tx, member, "resolve", "case", case_id)


def reopen(member: Member, case_id: int, now: datetime) -> None:
    """Back into the queue, now. Where the customer has another open case in the same conversation, that one is it."""
    with _in_hand(member, case_id, now) as (tx, book, case):
        if case.state == State.OPEN:
            return
        for other, conversations in book.of(case.handle):
            if other.id != case.id and other.state != State.RESOLVED and book.threads[case.id] & set(conversations):
                raise Refused(f"Case {other.id} is open for this customer in the same conversation: go on there.")
        book.put(reopened(case, targets(member.brand.pk), now))
        record(tx, member, "reopen", "case", case_id)


def add_note(member: Member, case_id: int, text: str, now: datetime) -> Note:
    """Say something to colleagues. @name or @address calls one: by the name's first word, the whole name without
    spaces, or the part of the address before its @."""
    text = text.strip()
    if not text:
        raise Refused("Write something first.")
    if len(text) > NOTE_LENGTH:
        raise Refused(f"A note holds {NOTE_LENGTH:,} characters, and this has {len(text):,}: shorten it, or write two.")
    with _in_hand(member, case_id, now) as (tx, _, _case):
        note = Note.objects.create(case_id=case_id, author=member.user, text=text, created=now)
        called = mentioned(text, colleagues(member))
        note.mentions.set(called)
        record(tx, member, "note", "case", case_id, note=note.pk)
        tx.tell(
            member.brand.pk,
            NoteAdded(case=case_id, note=note.pk, author=member.user.pk, mentions=tuple(user.pk for user in called)),
        )
    return note


def mentioned(text: str, people: list[User]) -> list[User]:
    """Who of `people` the text calls with an @. Pure."""
    words = {word.casefold() for word in re.findall(r"(?<![\w@])@([\w.+-]*\w)", text)}
    return [user for user in people if words & _called(user)]


def _called(user: User) -> set[str]:
    first, *_ = user.name.split() or [""]
    names = {first, user.name.replace(" ", ""), user.email.partition("@")[0]}
    return {name.casefold() for name in names if name}


def tag(member: Member, case_id: int, name: str, now: datetime) -> None:
    """Lay a tag on the case; a new name makes the tag."""
    name = " ".join(name.split())
    if not name:
        raise Refused("The tag needs a name.")
    if len(name) > TAG_LENGTH:
        raise Refused(f"A tag's name holds {TAG_LENGTH} characters: find a shorter one.")
    with _in_hand(member, case_id, now) as (tx, _, _case):
        row = Tag.objects.filter(brand=member.brand, name__iexact=name).first()
        others = Tag.objects.filter(cases=case_id).exclude(pk=row.pk if row else 0)
        if others.count() >= TAGS_OF_A_CASE:
            raise Refused(f"A case holds {TAGS_OF_A_CASE} tags: take one off first.")
        if row is None and Tag.objects.filter(brand=member.brand).count() >= TAGS_OF_A_BRAND:
            raise Refused(f"There are {TAGS_OF_A_BRAND:,} tags already: use one of them.")
        row = row or Tag.objects.create(brand=member.brand, name=name)
        row.cases.add(case_id)
        record(tx, member, "tag", "case", case_id, tag=row.pk)


def untag(member: Member, case_id: int, name: str, now: datetime) -> None:
    with _in_hand(member, case_id, now) as (tx, _, _case):
        row = Tag.objects.filter(brand=member.brand, name__iexact=name.strip()).first()
        if row is None:
            raise Http404
        row.cases.remove(case_id)
        record(tx, member, "untag", "case", case_id, tag=row.pk)


def show_presence(member: Member, case_id: int, doing: str, now: datetime) -> None:
    """Tell colleagues that one looks at the case, is typing, or has left. Told anew only when it changes or fades."""
    if doing not in ("looking", "typing", "gone"):
        raise Refused("One is looking, typing or gone.")
    if not Case.objects.filter(brand=member.brand, pk=case_id).exists():
        raise Http404
    mine = Presence.objects.filter(case_id=case_id, user=member.user)
    typing = doing == "typing"
    row = mine.first()
    if row and doing != "gone" and row.typing == typing and now - row.at < PRESENT_FOR / 3:
        return
    if row is None and doing == "gone":
        return
    with write(now) as tx:
        if doing == "gone":
            mine.delete()
        else:
            Presence.objects.update_or_create(case_id=case_id, user=member.user, defaults={"typing": typing, "at": now})
        tx.tell(member.brand.pk, Present(case=case_id, user=member.user.pk, name=str(member.user), doing=doing))


def set_target(member: Member, priority: str, first: int, next_: int, now: datetime) -> None:
    """What the brand promises: minutes until the first and each next response. Running clocks keep what they were
    promised."""
    member.must(Role.ADMIN)
    if priority not in Priority.values or not (1 <= first <= 40_000 and 1 <= next_ <= 40_000):
        raise Refused("Give minutes, from 1 to 40,000.")
    with write(now) as tx:
        Target.objects.update_or_create(brand=member.brand, priority=priority, defaults={"first": first, "next": next_})
        record(tx, member, "set", "target", None, priority=priority, first=first, next=next_)
        tx.tell(member.brand.pk, BrandChanged(what="targets"))
