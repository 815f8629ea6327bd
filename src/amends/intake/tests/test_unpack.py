"""From the inbox to cases: once, whatever happens on the way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from amends.accounts.access import Member
from amends.cases.models import Case
from amends.channels.http import Http
from amends.conversations.models import Post as Row
from amends.intake import inbox, pipeline, unpack
from amends.intake.models import Inbox, Quarantined
from amends.intake.tests.hooked import call, post, shop
from amends.sources import actions as sources
from amends.sources.models import Source, State


def take_in() -> int:
    return unpack.unpack("one", Http())


def test_what_was_posted_becomes_cases_and_is_forgotten(alice: Member, charlie: Member) -> None:
    source = shop(alice)
    call(source, [post(1), post(2, "Hello?", author={"id": 7})])
    call(source, post(3, "And another thing", parent=1))
    assert take_in() == 2
    assert not Inbox.objects.exists()
    assert sorted(Row.objects.values_list("external_id", flat=True)) == ["shop:1", "shop:2", "shop:3"]
    assert Case.objects.filter(brand=alice.brand).count() == 2
    assert not Case.objects.filter(brand=charlie.brand).exists()
    source.refresh_from_db()
    assert source.heard is not None
    assert (source.state, source.cursor) == (State.ACTIVE, "")
    assert take_in() == 0


def test_twice_is_once_and_edits_and_deletions_arrive(alice: Member) -> None:
    source = shop(alice)
    first = post(1)
    call(source, first)
    call(source, first)
    take_in()
    call(source, first)
    call(source, {**first, "text": "It came", "edited": timezone.now().isoformat()})
    take_in()
    assert Row.objects.get().text == "It came"
    call(source, {"id": 1, "deleted": True})
    take_in()
    assert Row.objects.get().deleted is not None


def test_a_bad_post_is_put_aside_and_a_bad_call_too(alice: Member) -> None:
    source = shop(alice)
    call(source, [post(1), {"id": 2}])
    call(source, b"hello")
    call(source, post(3))
    assert take_in() == 3
    assert Row.objects.count() == 2
    assert not Inbox.objects.exists()
    reasons = sorted(Quarantined.objects.values_list("reason", flat=True))
    assert [reason.split()[0] for reason in reasons] == ["Post", "This"]
    assert bytes(Quarantined.objects.get(reason__startswith="This").raw) == b"hello"


def test_one_that_can_not_be_stored_is_put_off_and_holds_up_nobody(
    alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = shop(alice)
    for number in range(3):
        call(source, post(number, "poison" if number == 1 else "Hello?"))
    real = pipeline.judge

    def broken(lens: object, brand: int, posts: tuple[object, ...]) -> object:
        if any(one.text == "poison" for one in posts):  # type: ignore[attr-defined]
            raise KeyError("secret words")
        return real(lens, brand, posts)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "judge", broken)
    take_in()
    assert sorted(Row.objects.values_list("external_id", flat=True)) == ["shop:0", "shop:2"]
    row = Inbox.objects.get()
    assert "KeyError" in row.problem
    assert "secret words" not in row.problem
    assert (row.attempts, row.lease_until) == (1, None)
    assert timedelta(0) < row.next_at - timezone.now() <= timedelta(seconds=2)
    monkeypatch.setattr(pipeline, "judge", real)
    Inbox.objects.update(next_at=timezone.now())
    take_in()
    assert (Row.objects.count(), Inbox.objects.count()) == (3, 0)


def test_what_never_works_ends_in_quarantine(alice: Member) -> None:
    source = shop(alice)
    call(source, post(1))
    sources.change_settings(
        alice, source.pk, {"system": "shop", "secret": "another-secret-0123456789abc"}, timezone.now()
    )
    waits = []
    for _ in range(inbox.ATTEMPTS):
        assert not Quarantined.objects.exists()
        take_in()
        if row := Inbox.objects.first():
            waits.append(round((row.next_at - timezone.now()).total_seconds()))
            Inbox.objects.update(next_at=timezone.now())
    assert not Inbox.objects.exists()
    assert "not the one of this body" in Quarantined.objects.get().reason
    assert waits == sorted(waits)
    assert timedelta(minutes=30) < timedelta(seconds=sum(waits)) < timedelta(hours=1)


def test_what_a_killed_worker_held_is_taken_over_when_its_lease_ends(alice: Member, now: datetime) -> None:
    source = shop(alice)
    call(source, post(1))
    now = timezone.now()
    assert len(inbox.claim(source.pk, "killed", now)) == 1
    assert inbox.claim(source.pk, "other", now) == []
    assert inbox.waiting(now) == []
    later = now + inbox.LEASE + timedelta(seconds=1)
    assert inbox.waiting(later) == [source.pk]
    (row,) = inbox.claim(source.pk, "other", later)
    assert (row.lease_owner, row.attempts) == ("other", 2)


def test_who_slept_puts_nothing_off_that_another_has_in_hand(alice: Member) -> None:
    source = shop(alice)
    call(source, post(1))
    now = timezone.now()
    (slept,) = inbox.claim(source.pk, "slept", now)
    (held,) = inbox.claim(source.pk, "other", now + inbox.LEASE * 2)
    inbox.put_off(slept, "too late", now + inbox.LEASE * 2)
    row = Inbox.objects.get()
    assert (row.problem, row.lease_until) == ("", held.lease_until)


def test_a_portion_is_bounded_and_the_oldest_come_first(alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    source = shop(alice)
    for number in range(4):
        call(source, post(number, "x" * 1000))
    monkeypatch.setattr(inbox, "PORTION", 2500)
    now = timezone.now()
    first, second, third = inbox.claim(source.pk, "one", now), inbox.claim(source.pk, "two", now), []
    assert [len(first), len(second), len(third)] == [2, 2, 0]
    assert max(row.pk for row in first) < min(row.pk for row in second)
    monkeypatch.setattr(inbox, "PORTION", 10)
    assert len(inbox.claim(source.pk, "three", now + inbox.LEASE * 2)) == 1, "one that is larger goes alone"


def test_a_source_that_can_not_be_called_keeps_its_health(alice: Member) -> None:
    """That we are called says nothing about whether answers go out."""
    source = shop(alice)
    call(source, post(1))
    Source.objects.update(state=State.FAILING, problem="shop.example does not answer.", silent_since=timezone.now())
    take_in()
    source.refresh_from_db()
    assert (source.state, source.problem, source.silent_since) == (State.FAILING, "shop.example does not answer.", None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_inbox(alice: Member) -> None:
    source = shop(alice)
    for number in range(30):
        call(source, post(number))
    start = threading.Barrier(2)

    def work(owner: str) -> None:
        try:
            start.wait(10)
            while Inbox.objects.exists():
                unpack.unpack(owner, Http())
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(owner,)) for owner in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Row.objects.count() == 30
    assert Case.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_loop_takes_in_what_comes_and_stops(alice: Member) -> None:
    source = shop(alice)
    call(source, post(1))

    async def until(true: Callable[[], bool]) -> None:
        for _ in range(2000):
            if await asyncio.to_thread(true):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it did not come true")

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))  # one connection, to be closed below
        stop = asyncio.Event()
        task = asyncio.create_task(unpack.run(stop))
        await until(Row.objects.exists)
        await asyncio.to_thread(call, source, post(2))
        await until(lambda: Row.objects.count() == 2)
        stop.set()
        await asyncio.wait_for(task, 10)
        await asyncio.to_thread(lambda: connection.close())  # noqa: PLW0108 - that thread's own

    asyncio.run(run())
    assert not Inbox.objects.exists()
