"""The way out: at most once, and its fate is known."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.http import Http404

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.cases.models import Case
from amends.cases.models import State as CaseState
from amends.channels.base import Author, Batch, Can, LogInAgain, Post, Rejected, RetryLater, Unclear
from amends.conversations.models import Post as Row
from amends.intake.pipeline import process
from amends.replies import outbox
from amends.replies.actions import approve, retry, save_draft, settle, withdraw
from amends.replies.gate import Held
from amends.replies.models import Draft, Reply, State
from amends.replies.queries import draft, route
from amends.replies.queries import outbox as outbox_page
from amends.replies.tests.network import Network
from amends.replies.tests.sending import SECOND, deliver, later, write_one
from amends.sources.models import Source

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reply_leaves_and_joins_the_thread_and_the_case_waits(alice: Member, case: Case, network: Network) -> None:
    reply = write_one(alice, case)
    assert reply.state == State.QUEUED
    deliver()
    reply.refresh_from_db()
    assert reply.state == State.SENT
    assert reply.post is not None
    assert (reply.post.ours, reply.post.text, reply.post.parent) == (True, "We found it.", "at://1")
    case.refresh_from_db()
    assert (case.state, case.due, case.assignee) == (CaseState.PENDING, None, alice.user)
    assert list(network.posts) == [reply.key]


def test_the_network_reports_our_reply_back_and_it_stands_once(alice: Member, case: Case, account: Source) -> None:
    reply = write_one(alice, case)
    deliver()
    back = Post(
        network="loop", id=f"loop://{reply.key}", author=Author(id="did:us", name="meridianair"),
        created=datetime.now(UTC), text="We found it.", parent="at://1", root="at://1",
    )  # fmt: skip
    process(account, Batch(posts=(back,)), datetime.now(UTC))
    assert Row.objects.filter(ours=True).count() == 1


def test_the_report_may_come_before_the_answer(alice: Member, case: Case, account: Source) -> None:
    reply = write_one(alice, case)
    back = Post(
        network="loop", id=f"loop://{reply.key}", author=Author(id="did:us", name="meridianair"),
        created=datetime.now(UTC), text="We found it.", parent="at://1", root="at://1",
    )  # fmt: skip
    process(account, Batch(posts=(back,)), datetime.now(UTC))
    deliver()
    reply.refresh_from_db()
    assert Row.objects.filter(ours=True).count() == 1
    assert reply.post == Row.objects.get(ours=True)


def test_an_echo_that_was_not_known_for_ours_is_ours_once_it_is(alice: Member, case: Case, account: Source) -> None:
    reply = write_one(alice, case)
    echo = Post(
        network="loop", id=f"loop://{reply.key}", author=Author(id="did:us", name="meridianair"),
        created=datetime.now(UTC), text="We found it.", parent="at://1", root="at://1",
    )  # fmt: skip
    process(account, Batch(posts=(echo,)), datetime.now(UTC))
    Row.objects.filter(external_id=echo.id).update(ours=False)
    deliver()
    assert Row.objects.get(external_id=echo.id).ours


def test_a_second_answer_may_take_the_place_of_the_first(alice: Member, case: Case, network: Network) -> None:
    network.one_answer = True
    first, second = write_one(alice, case), write_one(alice, case, "We found it, and it is on its way.")
    deliver(2)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.SENT, State.SENT)
    ours = Row.objects.get(ours=True)
    assert (first.post, second.post, ours.text) == (None, ours, second.text)


def test_a_busy_network_is_tried_again_with_the_same_reply(alice: Member, case: Case, network: Network) -> None:
    network.plan = [RetryLater("Busy.", 5 * SECOND)]
    reply = write_one(alice, case)
    deliver()
    reply.refresh_from_db()
    assert (reply.state, reply.problem) == (State.QUEUED, "Busy.")
    deliver()
    assert network.sends == 1
    deliver(at=later(6))
    reply.refresh_from_db()
    assert reply.state == State.SENT


def test_a_refusal_is_final_and_says_why(alice: Member, case: Case, network: Network) -> None:
    network.plan = [Rejected("You are blocked by this person.")]
    reply = write_one(alice, case)
    deliver(3)
    reply.refresh_from_db()
    assert (reply.state, reply.problem, network.sends) == (State.FAILED, "You are blocked by this person.", 1)
    retry(alice, reply.pk, datetime.now(UTC))
    deliver()
    reply.refresh_from_db()
    assert reply.state == State.SENT


def test_new_credentials_are_waited_for(alice: Member, case: Case, network: Network) -> None:
    network.plan = [LogInAgain("The app password was refused: make a new one.")]
    reply = write_one(alice, case)
    deliver()
    reply.refresh_from_db()
    assert reply.state == State.QUEUED
    assert "make a new one" in reply.problem


@pytest.mark.parametrize(("step", "sends"), [(Unclear("The line was cut."), 1), ("lose", 2)])
def test_an_unclear_send_is_looked_up_before_anything_else(
    alice: Member, case: Case, network: Network, step: str | Exception, sends: int
) -> None:
    network.plan = [step]
    reply = write_one(alice, case)
    deliver()
    reply.refresh_from_db()
    assert reply.state == State.UNCERTAIN
    deliver()
    assert network.sends == 1
    deliver(at=later(10))
    deliver(at=later(60))
    reply.refresh_from_db()
    assert (reply.state, network.sends, len(network.posts)) == (State.SENT, sends, 1)


def test_where_nothing_can_be_looked_up_a_person_decides(alice: Member, case: Case, network: Network) -> None:
    network.can.discard(Can.FIND)
    network.plan = [Unclear("The line was cut.")]
    reply = write_one(alice, case)
    deliver(3, at=later(1))
    reply.refresh_from_db()
    assert (reply.state, reply.next_at, network.sends) == (State.UNCERTAIN, None, 1)
    settle(alice, reply.pk, True, datetime.now(UTC))
    case.refresh_from_db()
    assert case.state == CaseState.PENDING


def test_a_stale_reply_comes_back_to_a_person(alice: Member, case: Case, network: Network) -> None:
    reply = write_one(alice, case)
    deliver(at=later(5 * 3600))
    reply.refresh_from_db()
    assert (reply.state, network.sends) == (State.FAILED, 0)
    assert "does it still fit" in reply.problem


def test_an_account_keeps_its_pace(
    alice: Member, account: Source, network: Network, mention: Callable[..., Post]
) -> None:
    now = datetime.now(UTC)
    posts = (mention(f"{n}", network="loop", author=f"u{n}", addressed=True) for n in range(4))
    process(account, Batch(posts=tuple(posts)), now)
    for row in Case.objects.all():
        write_one(alice, row)
    deliver(2, at=now + SECOND)
    assert network.sends == 2
    deliver(2, at=now + 7 * SECOND)
    assert network.sends == 3


def test_within_a_case_replies_leave_in_order(alice: Member, case: Case, network: Network) -> None:
    network.plan = [RetryLater("Busy.", 5 * SECOND)]
    write_one(alice, case, "First.")
    write_one(alice, case, "Second.")
    deliver(3)
    assert not network.posts
    deliver(2, at=later(6))
    assert [one.text for one in network.posts.values()] == ["First.", "Second."]


def test_the_gate_holds_what_the_network_would_refuse(alice: Member, case: Case) -> None:
    with pytest.raises(Held, match="1 too many"):
        write_one(alice, case, "👩‍👩‍👧‍👦" * 51)
    with pytest.raises(Held, match="Write an answer"):
        write_one(alice, case, "  ")
    write_one(alice, case, "The same.")
    with pytest.raises(Held, match="a moment ago"):
        write_one(alice, case, "The same.")
    assert Reply.objects.count() == 1


def test_a_deleted_post_is_not_answered(alice: Member, case: Case) -> None:
    Row.objects.update(deleted=datetime.now(UTC))
    with pytest.raises(Held, match="deleted"):
        write_one(alice, case)


def test_a_withdrawn_reply_is_a_draft_again(alice: Member, case: Case, network: Network) -> None:
    reply = write_one(alice, case)
    withdraw(alice, reply.pk, datetime.now(UTC))
    deliver()
    assert network.sends == 0
    assert Draft.objects.get().text == "We found it."
    assert not Reply.objects.exists()
    with pytest.raises(Http404):
        withdraw(alice, reply.pk, datetime.now(UTC))


def test_what_is_on_its_way_is_not_taken_back_and_what_was_refused_is(
    alice: Member, case: Case, network: Network
) -> None:
    network.plan = [Rejected("You are blocked by this person.")]
    reply = write_one(alice, case)
    assert outbox.claim(reply.pk, "a worker", datetime.now(UTC)) is not None
    with pytest.raises(Refused, match="sending"):
        withdraw(alice, reply.pk, datetime.now(UTC))
    Reply.objects.update(state=State.FAILED)
    withdraw(alice, reply.pk, datetime.now(UTC))
    assert Draft.objects.get().text == "We found it."


def test_a_draft_is_kept_for_its_writer_alone(alice: Member, bob: Member, case: Case) -> None:
    save_draft(alice, case.pk, "Dear An", None, datetime.now(UTC))
    kept = draft(alice, case.pk)
    assert kept is not None
    assert kept.text == "Dear An"
    assert draft(bob, case.pk) is None
    save_draft(alice, case.pk, "", None, datetime.now(UTC))
    assert draft(alice, case.pk) is None


def test_a_case_that_nobody_can_answer_says_so(alice: Member, hear: Any, mention: Callable[..., Post]) -> None:
    hear(mention("1", network="elsewhere"))
    assert "No account" in route(alice, Case.objects.get()).problem


def test_a_form_sent_twice_at_once_makes_one_reply(alice: Member, case: Case) -> None:
    start = Barrier(4)

    def send() -> bool:
        start.wait()
        try:
            write_one(alice, case)
        except Held as held:
            return [finding.code for finding in held.findings] != ["again"]
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        sent = [one.result() for one in [pool.submit(send) for _ in range(4)]]
    assert sorted(sent) == [False, False, False, True]
    assert Reply.objects.count() == 1


def test_a_refused_reply_that_was_written_anew_is_not_sent_as_well(alice: Member, case: Case) -> None:
    first = write_one(alice, case)
    Reply.objects.update(state=State.FAILED)
    write_one(alice, case)
    with pytest.raises(Refused, match="a moment ago"):
        retry(alice, first.pk, datetime.now(UTC))


def test_charlie_can_do_nothing(alice: Member, bob: Member, charlie: Member, case: Case) -> None:
    reply = write_one(bob, case)
    now = datetime.now(UTC)
    for deed in (
        lambda: approve(charlie, case.pk, "Hello", None, now),
        lambda: save_draft(charlie, case.pk, "Hello", None, now),
        lambda: withdraw(charlie, reply.pk, now),
        lambda: retry(charlie, reply.pk, now),
        lambda: settle(charlie, reply.pk, True, now),
    ):
        with pytest.raises(Http404):
            deed()
    assert draft(charlie, case.pk) is None
    assert outbox_page(charlie) == []
    with pytest.raises(Http404):
        outbox_page(bob)
    assert [row.pk for row in outbox_page(alice)] == [reply.pk]
