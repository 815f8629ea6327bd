"""Whom the database knows: made once, brought up to date, apart for each brand."""

from __future__ import annotations

from datetime import datetime

from amends.accounts.access import Member
from amends.channels.base import Author
from amends.events.transaction import write
from amends.people.actions import Known, know, known_ids
from amends.people.models import Customer, Handle


def meet(member: Member, now: datetime, *authors: Author, network: str = "demo") -> dict[str, Known]:
    with write(now) as tx:
        return know(tx, member.brand.pk, network, authors)


def test_a_new_author_has_a_handle_and_a_customer(alice: Member, now: datetime) -> None:
    known = meet(alice, now, Author(id="1", name="ann", display="Ann", followers=7), Author(id="2", name="ben"))
    assert [(known[key].new, known[key].followers) for key in "12"] == [(True, 7), (True, None)]
    handle = Handle.objects.get(pk=known["1"].id)
    assert (handle.name, handle.display, handle.customer.name, handle.seen) == ("ann", "Ann", "Ann", now)
    assert Handle.objects.get(pk=known["2"].id).customer.name == "ben"


def test_what_is_told_anew_is_taken_and_what_is_left_out_is_kept(alice: Member, now: datetime) -> None:
    first = meet(alice, now, Author(id="1", name="ann", display="Ann", followers=7))["1"]
    assert meet(alice, now, Author(id="1"))["1"] == Known(first.id, 7, False)
    assert meet(alice, now, Author(id="1", name="anna", followers=0))["1"] == Known(first.id, 0, False)
    handle = Handle.objects.get()
    assert (handle.name, handle.display, handle.followers) == ("anna", "Ann", 0)
    assert Customer.objects.count() == 1


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
