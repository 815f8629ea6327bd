"""Who polls what: leases, failures and what they say, streams that a person ends, and a listener that died."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from amends.accounts.access import Member
from amends.channels import registry
from amends.channels.base import BadData, Batch, Can, LogInAgain, Post, RetryLater
from amends.channels.http import Http
from amends.conversations.models import Post as Row
from amends.intake.audit import audit
from amends.intake.listen import LEASE, Listener
from amends.intake.tests.wire import MANIFEST, Network, entry
from amends.sources import actions
from amends.sources.models import OwnHandle, Source, State

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
Mention = Callable[..., Post]


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    registry.channels()["wire"] = entry(made)
    yield made
    del registry.channels()["wire"]


@pytest.fixture
def wire(alice: Member, source: Source, network: Network) -> Source:
    """A source of that network that is due; nothing else is."""
    began = datetime.now(UTC)
    Source.objects.filter(pk=source.pk).update(state=State.PAUSED)
    return Source.objects.create(brand=alice.brand, channel="wire", created=began, next_at=began)


async def polled(listener: Listener) -> None:
    """Look once, and see what was begun to its end."""
    await listener.look()
    await asyncio.gather(*listener.tasks.values(), return_exceptions=True)


def listen_once() -> None:
    asyncio.run(polled(Listener(Http())))


def while_streaming(network: Network, *steps: Callable[[], object]) -> list[int]:
    """Open the stream; how many are open after each step, once the listener has looked and what it ended is over."""
    network.can.add(Can.STREAM)
    counts: list[int] = []

    async def run() -> None:
        listener = Listener(Http())
        await listener.look()
        await network.brought.wait()
        for step in steps:
            network.brought.clear()
            await asyncio.to_thread(step)
            await listener.look()
            ended = [task for task in listener.tasks.values() if task.cancelling()]
            await asyncio.gather(*ended, return_exceptions=True)
            await listener.look()
            if ended and listener.tasks:
                await network.brought.wait()
            counts.append(len(listener.tasks))
        stop = asyncio.Event()
        stop.set()
        await listener.run(stop)

    asyncio.run(run())
    return counts


def test_a_poll_is_heard_and_the_next_comes_when_it_is_polite(wire: Source, network: Network, mention: Mention) -> None:
    network.plan = [[Batch(posts=(mention("1", network="wire"),), cursor="a"), Batch(cursor="b")]]
    listen_once()
    wire.refresh_from_db()
    assert (Row.objects.count(), wire.cursor, wire.lease_until, network.closed) == (1, "b", None, 1)
    assert MANIFEST.poll_every * 0.85 < wire.next_at - datetime.now(UTC) < MANIFEST.poll_every * 1.25
    assert (wire.account_id, OwnHandle.objects.get(network="wire").name) == ("did:us", "meridianair")
    listen_once()
    assert len(network.asked) == 1


@pytest.mark.parametrize(
    ("error", "failures", "state", "says", "least", "most"),
    [
        (RetryLater("Too many.", 10 * MINUTE), 0, State.FAILING, "Too many.", 10, 12.1),
        (RetryLater("Too many.", 600 * MINUTE), 0, State.FAILING, "Too many.", 60, 72.1),
        (RetryLater("Down."), 6, State.FAILING, "Down.", 64 / 60, 1.3),
        (BadData("Not JSON."), 99, State.FAILING, "Not JSON.", 15, 18.1),
        (LogInAgain("Refused."), 0, State.LOGIN, "Refused.", 0, 1),
        (KeyError("secret words"), 0, State.FAILING, "Something unexpected went wrong (KeyError)", 0, 1),
    ],
)
def test_a_failure_says_what_to_do_and_when_we_come_back(
    wire: Source, network: Network, error: Exception, failures: int, state: str, says: str, least: float, most: float
) -> None:
    Source.objects.filter(pk=wire.pk).update(failures=failures)
    network.plan = [[Batch(cursor="before"), error]]
    before = datetime.now(UTC)
    listen_once()
    wire.refresh_from_db()
    assert (wire.state, wire.cursor, wire.failures, network.closed) == (state, "before", failures + 1, 1)
    assert wire.problem.startswith(says)
    assert "secret" not in wire.problem
    assert before + least * MINUTE <= wire.next_at <= datetime.now(UTC) + most * MINUTE


def test_credentials_that_no_key_opens_wait_for_a_person(wire: Source, network: Network) -> None:
    Source.objects.filter(pk=wire.pk).update(credentials=b"gAAAAAnothing")
    listen_once()
    wire.refresh_from_db()
    assert (wire.state, network.asked) == (State.LOGIN, [])
    assert "another key" in wire.problem
    Source.objects.filter(pk=wire.pk).update(next_at=wire.created, credentials=b"")
    listen_once()
    assert network.asked == []


def test_a_channel_that_is_gone_is_named(wire: Source) -> None:
    Source.objects.filter(pk=wire.pk).update(channel="removed")
    listen_once()
    wire.refresh_from_db()
    assert wire.state == State.FAILING
    assert "no channel 'removed'" in wire.problem


def test_a_quiet_poll_is_a_good_one(wire: Source, network: Network) -> None:
    Source.objects.filter(pk=wire.pk).update(state=State.FAILING, problem="Down.", failures=4)
    listen_once()
    wire.refresh_from_db()
    assert (wire.state, wire.problem, wire.failures, len(network.asked)) == (State.ACTIVE, "", 0, 1)


def test_a_stream_goes_on_until_it_is_paused(alice: Member, wire: Source, network: Network, mention: Mention) -> None:
    network.plan = [[Batch(posts=(mention("1", network="wire"),), cursor="a")]]
    open_streams = while_streaming(network, lambda: None, lambda: actions.pause(alice, wire.pk, datetime.now(UTC)))
    assert open_streams == [1, 0]
    wire.refresh_from_db()
    assert (wire.state, wire.cursor, network.closed, len(network.asked)) == (State.PAUSED, "a", 1, 1)
    assert Row.objects.count() == 1


def test_a_changed_query_reaches_an_open_stream(alice: Member, wire: Source, network: Network) -> None:
    network.plan = [[Batch(cursor="a")]]
    assert while_streaming(network, lambda: actions.add_query(alice, "New", "harbour", datetime.now(UTC))) == [1]
    assert [(cursor, "harbour" in queries) for cursor, queries, _ in network.asked] == [("", False), ("a", True)]


def test_changed_settings_end_what_listened_with_the_old(alice: Member, wire: Source, network: Network) -> None:
    def change() -> None:
        actions.change_settings(alice, wire.pk, {}, datetime.now(UTC))

    Source.objects.filter(pk=wire.pk).update(settings={"place": "old"})
    assert while_streaming(network, change) == [1]
    assert [settings for _, _, settings in network.asked] == [{"place": "old"}, {}]


def test_whoever_lost_its_lease_lets_go(wire: Source, network: Network) -> None:
    def taken_over() -> None:
        Source.objects.filter(pk=wire.pk).update(lease_owner="another", lease_until=datetime.now(UTC) + LEASE)

    assert while_streaming(network, taken_over) == [0]
    assert Source.objects.get(pk=wire.pk).lease_owner == "another"


@pytest.mark.parametrize("ours", [False, True])
def test_whoever_slept_overwrites_nothing_that_a_newer_run_knows(
    wire: Source, network: Network, mention: Mention, ours: bool
) -> None:
    """The newer run is another process's, or one of the same that woke."""
    woken = asyncio.Event()
    late, new = mention("1", network="wire", addressed=True), mention("2", network="wire", addressed=True)
    network.plan = [
        [woken, Batch(posts=(late,), cursor="old"), RetryLater("Down.")],
        [Batch(posts=(new,), cursor="new")],
    ]

    async def run() -> None:
        slept = Listener(Http())
        await slept.look()
        await network.listening.wait()
        sleeping, slept.tasks = slept.tasks, {}
        past = datetime.now(UTC) - MINUTE
        await asyncio.to_thread(Source.objects.filter(pk=wire.pk).update, lease_until=past)
        await polled(slept if ours else Listener(Http()))
        after = await asyncio.to_thread(Source.objects.values().get, pk=wire.pk)
        woken.set()
        await asyncio.gather(*sleeping.values())
        assert await asyncio.to_thread(Source.objects.values().get, pk=wire.pk) == after
        assert (after["cursor"], after["state"]) == ("new", State.ACTIVE)

    asyncio.run(run())
    assert Row.objects.count() == 2


def test_a_killed_listeners_sources_are_taken_over(wire: Source, network: Network) -> None:
    now = datetime.now(UTC)
    assert actions.lease(wire.pk, "dead", now, LEASE)
    listen_once()
    assert network.asked == []
    Source.objects.filter(pk=wire.pk).update(lease_until=now - timedelta(seconds=1))
    listen_once()
    assert len(network.asked) == 1


def test_who_stops_lets_others_go_on_at_once(wire: Source, network: Network) -> None:
    while_streaming(network)
    wire.refresh_from_db()
    assert (wire.lease_until, wire.state, wire.failures, network.closed) == (None, State.ACTIVE, 0, 1)


def test_silence_is_told_once_and_ends_with_the_next_post(wire: Source, network: Network, mention: Mention) -> None:
    now = datetime.now(UTC)
    since = now - timedelta(days=1)
    Source.objects.filter(pk=wire.pk).update(rate=0.1, heard=since)
    assert [row.pk for row in audit(now)] == [wire.pk]
    assert audit(now) == []
    assert Source.objects.get(pk=wire.pk).silent_since == since
    network.plan = [[Batch(posts=(mention("1", network="wire", addressed=True),))]]
    listen_once()
    assert Source.objects.get(pk=wire.pk).silent_since is None
