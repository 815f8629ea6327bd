"""Who may say what became of a reply: one at a time, whoever is killed, sleeps or comes late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection

from amends.accounts.access import Member
from amends.cases.book import lock
from amends.cases.models import Case
from amends.channels.base import Sent
from amends.conversations.models import Post as Row
from amends.events.transaction import write
from amends.people.models import Handle
from amends.replies import outbox
from amends.replies.actions import approve
from amends.replies.models import Reply, State
from amends.replies.tests.network import Network
from amends.replies.tests.sending import deliver, later, write_one
from amends.sources.models import Source

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_answer_and_the_report_do_not_wait_for_each_other(
    alice: Member, case: Case, account: Source, somebody_waits: Callable[[], bool]
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite one writes at a time")
    for words in ("First.", "Second."):
        reply = write_one(alice, case, words)
        claimed = outbox.claim(reply.pk, "one", datetime.now(UTC))
        assert claimed is not None
        if words == "First.":
            outbox.arrived(claimed, Sent(id="loop://first", at=datetime.now(UTC)), None, datetime.now(UTC))
    customer, us = case.handle_id, Handle.objects.get(external_id="did:us").pk
    failed: list[Exception] = []

    def arrive() -> None:
        try:
            outbox.arrived(claimed, Sent(id="loop://second", at=datetime.now(UTC)), None, datetime.now(UTC))
        except OperationalError as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=arrive)
    with write():
        lock([customer])
        thread.start()
        while not somebody_waits():
            continue
        lock([us])
    thread.join(30)
    assert failed == []
    reply.refresh_from_db()
    assert reply.state == State.SENT


def test_a_killed_sender_leaves_an_uncertain_reply_never_a_second_one(
    alice: Member, case: Case, network: Network
) -> None:
    reply = write_one(alice, case)
    claimed = outbox.claim(reply.pk, "a worker that dies", datetime.now(UTC))
    assert claimed is not None
    network.posts[reply.key] = None  # type: ignore[assignment]  # it had arrived before the kill
    deliver()
    assert network.sends == 0
    deliver(at=later(61))
    reply.refresh_from_db()
    assert (reply.state, network.sends) == (State.SENT, 0)


def test_a_sender_that_slept_does_not_send(alice: Member, case: Case, network: Network) -> None:
    approve(alice, case.pk, "We found it.", None, later(-30))
    deliver(at=later(-30))  # claimed half a minute ago, and only now on its way
    assert network.sends == 0
    deliver(at=later(31))
    assert network.sends == 0  # looked up first
    deliver(2, at=later(60))
    assert (Reply.objects.get().state, network.sends) == (State.SENT, 1)


def test_a_sender_that_lost_its_lease_has_no_say_but_that_it_arrived(alice: Member, case: Case) -> None:
    reply = approve(alice, case.pk, "We found it.", None, later(-90))
    slept = outbox.claim(reply.pk, "one", later(-80))
    assert slept is not None
    outbox.reclaim(later(0))
    found = outbox.claim(reply.pk, "one", later(0))  # the same worker, which goes on beside what slept in it
    assert found is not None
    outbox.not_yet(found, "It had not arrived.", None, later(-10))
    sending = outbox.claim(reply.pk, "two", later(0))
    assert sending is not None
    for late in (slept, found):
        outbox.not_yet(late, "Busy.", None, later(0))
        outbox.refused(late, "No.", later(0))
        outbox.unclear(late, "Cut off.", True, later(0))
    assert Reply.objects.values("state", "problem", "lease_until").get() == {
        "state": State.SENDING, "problem": "", "lease_until": sending.lease_until,
    }  # fmt: skip
    outbox.arrived(slept, Sent(id="loop://slept", at=later(-70)), None, later(0))
    outbox.unclear(sending, "Known by then.", True, later(0))
    reply.refresh_from_db()
    assert (reply.state, reply.problem, Row.objects.get(ours=True)) == (State.SENT, "", reply.post)


def test_two_workers_do_not_send_one_reply(alice: Member, case: Case) -> None:
    reply = write_one(alice, case)
    now = datetime.now(UTC)
    assert outbox.claim(reply.pk, "one", now) is not None
    assert outbox.claim(reply.pk, "two", now) is None
