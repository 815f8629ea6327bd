"""Whom the database knows: made once, brought up to date, apart for each brand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from amends.accounts.access import Member
from amends.channels.base import Author
from amends.events.transaction import write
from amends.people.actions import Known, Told, know, known_ids, supposed
from amends.people.models import Customer, Handle

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def meet(member: Member, now: datetime, *authors: Author, network: str = "demo") -> dict[str, Known]:
    with write(now) as tx:
        return know(tx, member.brand.pk, network, [Told(author, now) for author in authors])


def test_a_new_author_has_a_handle_and_a_customer(alice: Member, now: datetime) -> None:
    known = meet(alice, now, Author(id="1", name="ann", display="Ann", followers=7), Author(id="2", name="ben"))
    assert [(known[key].new, known[key].followers) for key in "12"] == [(True, 7), (True, None)]
    handle = Handle.objects.get(pk=known["1"].id)
    assert (handle.name, handle.display, handle.customer.name, handle.seen) == ("ann", "Ann", "Ann", now)
    assert Handle.objects.get(pk=known["2"].id).customer.name == "ben"


SHOWN = Author(
    id="1", name="ann", display="Ann", followers=7, verified=True, avatar="https://a.example/1", bio="Flies a lot."
)


def test_what_is_told_anew_is_taken_and_what_is_left_out_is_kept(alice: Member, now: datetime) -> None:
    first = meet(alice, now, SHOWN)["1"]
    assert meet(alice, now + HOUR, Author(id="1"))["1"] == Known(first.id, 7, False)
    assert meet(alice, now + 2 * HOUR, Author(id="1", name="anna"))["1"] == Known(first.id, 7, False)
    handle = Handle.objects.get()
    assert (handle.name, handle.display, handle.verified, handle.avatar) == ("anna", "Ann", True, SHOWN.avatar)
    told = Author(id="1", display="Anna", followers=0, avatar="https://a.example/2", bio="Walks.", created=now - DAY)
    assert meet(alice, now + 3 * HOUR, told)["1"] == Known(first.id, 0, False)
    handle = Handle.objects.get()
    assert (handle.name, handle.display, handle.followers, handle.verified) == ("anna", "Anna", 0, False)
    assert (handle.avatar, handle.bio, handle.since) == (told.avatar, told.bio, told.created)
    assert handle.seen == now + 3 * HOUR
    assert Customer.objects.count() == 1


def test_what_is_told_of_an_earlier_time_only_fills_gaps(alice: Member, now: datetime) -> None:
    meet(alice, now, Author(id="1", name="ann", display="Ann", followers=7))
    old = Author(id="1", name="annie", display="Annie", followers=1, verified=True, bio="Flies a lot.")
    with write(now) as tx:
        known = know(tx, alice.brand.pk, "demo", [Told(old, now - DAY)])
    assert known["1"].followers == 7
    handle = Handle.objects.get()
    assert (handle.name, handle.display, handle.verified, handle.bio) == ("ann", "Ann", False, "Flies a lot.")
    assert handle.seen == now


def test_an_earlier_telling_stays_earlier_though_the_later_changed_nothing(alice: Member, now: datetime) -> None:
    for at, followers in ((now - DAY, 10), (now, 10), (now - HOUR, 9)):
        meet(alice, at, Author(id="1", followers=followers))
    assert Handle.objects.get().followers == 10


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_tellings_in_one_batch_the_later_stands(alice: Member, now: datetime, order: int) -> None:
    told = [Told(SHOWN, now - HOUR), Told(Author(id="1", name="anna", followers=8), now)]
    for _ in range(2):
        with write(now) as tx:
            know(tx, alice.brand.pk, "demo", told[::order])
        handle = Handle.objects.get()
        assert (handle.name, handle.display, handle.followers, handle.bio) == ("anna", "Ann", 8, SHOWN.bio)


def test_what_we_suppose_gives_way_to_what_is_told(alice: Member, now: datetime) -> None:
    for _ in range(2):
        with write(now) as tx:
            know(tx, alice.brand.pk, "demo", [supposed(Author(id="1", name="us", display="Our account"))])
        meet(alice, now, Author(id="1", name="meridianair", display="Meridian Air", verified=True))
    handle = Handle.objects.get()
    assert (handle.name, handle.display, handle.verified) == ("meridianair", "Meridian Air", True)


def test_a_clock_that_is_ahead_does_not_close_a_handle(alice: Member, now: datetime) -> None:
    with write(now) as tx:
        know(tx, alice.brand.pk, "demo", [Told(Author(id="1", name="ann"), now + 900 * DAY)])
    meet(alice, now + HOUR, Author(id="1", name="anna"))
    assert Handle.objects.get().name == "anna"


def test_the_same_author_twice_in_a_batch_is_one(alice: Member, now: datetime) -> None:
    meet(alice, now, Author(id="1", name="ann"), Author(id="1", name="ann", display="Ann"))
    assert (Handle.objects.count(), Customer.objects.count(), Handle.objects.get().display) == (1, 1, "Ann")


def test_brands_and_networks_are_apart(alice: Member, charlie: Member, now: datetime) -> None:
    author = Author(id="1", name="ann")
    ids = {
        meet(alice, now, author)["1"].id,
        meet(charlie, now, author)["1"].id,
        meet(alice, now, author, network="loop")["1"].id,
    }
    assert len(ids) == Customer.objects.count() == 3
    assert known_ids(alice.brand.pk, "demo", ["1", "2"]) <= ids
    assert len(known_ids(alice.brand.pk, "demo", ["1", "2"])) == 1


def test_a_very_long_id_is_one_person(alice: Member, now: datetime) -> None:
    key = "did:" + "x" * 600
    assert meet(alice, now, Author(id=key))[key[:512]].new
    assert not meet(alice, now, Author(id=key))[key[:512]].new
    assert len(known_ids(alice.brand.pk, "demo", [key])) == 1
