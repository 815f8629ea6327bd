"""Two workers at once with the same people: nobody waits for ever, nothing is doubled, no change of a case is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from random import Random
from threading import Barrier

import pytest
from django.db import OperationalError, connection
from structlog.testing import capture_logs

from amends.accounts.access import Member
from amends.cases.book import lock
from amends.cases.models import Case, State
from amends.channels.base import Author, Batch, Checked, Deletion, Engagement, Post, Reading
from amends.conversations.models import Conversation
from amends.conversations.models import Post as Row
from amends.events.transaction import write
from amends.intake.pipeline import process
from amends.people.models import Customer, Handle
from amends.sources.actions import know
from amends.sources.models import Source

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 20
PEOPLE = 12
US = Author(id="did:us", name="meridianair")


def test_two_workers_with_the_same_people(
    alice: Member, source: Source, mention: Callable[..., Post], now: datetime
) -> None:
    know(source, Checked(account=US), now)
    other = Source.objects.create(brand=alice.brand, channel="demo", label="Second", created=now, next_at=now)
    start = Barrier(2)

    def batch(people: range, number: int, chance: Random) -> Batch:
        said = [mention(f"{number}:{one}", author=f"p{one}", minutes=-30 + number) for one in people]
        answers = [
            mention(
                f"us:{number}:{one}", "On it.", author=US, parent=f"at://{number - 1}:{one}",
                root=f"at://{number - 1}:{one}", minutes=-30.5 + number,
            )
            for one in range(0, PEOPLE, 3) if number
        ]  # fmt: skip
        posts = [*said, *answers]
        chance.shuffle(posts)
        readings = [
            Reading("demo", f"at://{number - 1}:{one}", Engagement(seen=now, reshares=10 * one))
            for one in chance.sample(range(PEOPLE), 6)
        ]
        gone = (Deletion("demo", f"at://{number - 1}:{PEOPLE - 1}", now),)
        return Batch(posts=tuple(posts), readings=tuple(readings), deletions=gone)

    def together(of: Source, brought: Batch) -> int:
        start.wait(60)
        return process(of, brought, now).new

    def work(of: Source, people: range) -> int:
        chance = Random(people.start)
        try:
            return sum(together(of, batch(people, number, chance)) for number in range(ROUNDS))
        except BaseException:
            start.abort()  # the other must not wait for us
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(work, source, range(8)), pool.submit(work, other, range(4, PEOPLE))
        new = one.result() + two.result()
    assert new == Row.objects.count() == ROUNDS * PEOPLE + (ROUNDS - 1) * PEOPLE // 3
    assert Conversation.objects.count() == ROUNDS * PEOPLE
    assert Handle.objects.count() == Customer.objects.count() == PEOPLE + 1
    assert Case.objects.exclude(state=State.RESOLVED).count() == PEOPLE
    waits = {name: len(posts) for name, posts in Case.objects.values_list("handle__name", "unanswered")}
    assert waits["p1"] == ROUNDS  # nobody answered: each of their posts counts, once
    assert {waits[f"p{one}"] for one in range(0, PEOPLE, 3)} == {1}  # each was answered but the last


@pytest.mark.parametrize("what", ["posts", "answers", "readings", "deletions"])
def test_nobody_else_decides_meanwhile(source: Source, mention: Callable[..., Post], now: datetime, what: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("whoever writes on SQLite is alone")
    know(source, Checked(account=US), now)
    process(source, Batch(posts=(mention("1"),)), now)
    brought = {
        "posts": Batch(posts=(mention("2"),)),
        "answers": Batch(posts=(mention("2", author=US, parent="at://1", root="at://1"),)),
        "readings": Batch(readings=(Reading("demo", "at://1", Engagement(seen=now, reshares=9000)),)),
        "deletions": Batch(deletions=(Deletion("demo", "at://1", now),)),
    }[what]

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            process(source, brought, now)
        except OperationalError:
            return True
        finally:
            connection.close()
        return False

    with write(now), ThreadPoolExecutor(1) as pool:
        lock(Handle.objects.filter(name="ann").values_list("pk", flat=True))
        assert pool.submit(waits).result()
    before = Case.objects.get().version
    process(source, brought, now)
    assert Case.objects.get().version == before + 1


def test_whom_a_deadlock_ends_begins_anew(
    source: Source, mention: Callable[..., Post], somebody_waits: Callable[[], bool], now: datetime
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("whoever writes on SQLite is alone")
    process(source, Batch(posts=(mention("1"),)), now)
    ann = Handle.objects.get(name="ann").pk

    def take_in() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '500ms'")  # whoever looks first is ended
        try:
            return process(source, Batch(posts=(mention("2"),), cursor="on"), now).new
        finally:
            connection.close()

    with capture_logs() as said, ThreadPoolExecutor(1) as pool:
        with write(now), connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '30s'")
            Source.objects.select_for_update().get(pk=source.pk)
            taken = pool.submit(take_in)  # holds Ann, and waits for the source
            while not somebody_waits():
                assert not taken.done(), taken.result()
            lock([ann])
        assert taken.result(60) == 1
    assert [one["sqlstate"] for one in said if "sqlstate" in one] == ["40P01"]
    source.refresh_from_db()
    assert (source.cursor, Row.objects.count(), Case.objects.count()) == ("on", 2, 1)
