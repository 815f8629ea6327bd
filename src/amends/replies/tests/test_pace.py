"""How an account's replies leave: in how many posts, how fast, and what a bad hour of the network does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amends.accounts.access import Member
from amends.cases.models import Case
from amends.channels.base import Budget, Limits, RetryLater
from amends.conversations.models import Post as Row
from amends.events.transaction import write
from amends.replies import outbox
from amends.replies.gate import Held
from amends.replies.models import Reply, State
from amends.replies.tests.network import Network
from amends.replies.tests.sending import deliver, later, write_one
from amends.sources.models import Source

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "We are so sorry that this took us so long to see. Your bag comes tomorrow at noon, by courier."


def test_a_long_answer_goes_out_as_several_posts_where_the_network_takes_them(
    alice: Member, case: Case, network: Network
) -> None:
    with pytest.raises(Held, match="the network takes 50"):
        write_one(alice, case, LONG)
    network.limits = Limits(text=50, counts="graphemes", parts=3)
    reply = write_one(alice, case, LONG)
    deliver()
    reply.refresh_from_db()
    assert reply.state == State.SENT
    texts = list(Row.objects.filter(ours=True).order_by("pk").values_list("text", "parent"))
    assert texts == [
        ("We are so sorry that this took us so long to see.", "at://1"),
        ("Your bag comes tomorrow at noon, by courier.", f"loop://{reply.key}"),
    ]
    assert network.posts[reply.key].posts == tuple(text for text, _ in texts)


def test_how_much_is_too_much_for_several_posts_is_told(alice: Member, case: Case, network: Network) -> None:
    network.limits = Limits(text=20, counts="graphemes", parts=2)
    with pytest.raises(Held, match="too many for 2 posts of 20"):
        write_one(alice, case, LONG)


def test_nothing_is_sent_while_the_network_says_that_nothing_is_left(
    alice: Member, case: Case, network: Network, account: Source
) -> None:
    resets = datetime.now(UTC) + timedelta(minutes=10)
    network.budget = Budget(limit=100, left=0, resets=resets)
    write_one(alice, case)
    deliver()
    account.refresh_from_db()
    assert account.budget == {"limit": 100, "left": 0, "resets": resets.isoformat()}
    second = write_one(alice, case, "And the second thing.")
    deliver()
    second.refresh_from_db()
    assert (network.sends, second.state, second.next_at) == (1, State.QUEUED, resets)
    deliver(at=resets + timedelta(seconds=1))
    assert network.sends == 2


def rests(account: Source, at: datetime) -> bool:
    """Whether another reply of the account would have to wait."""
    with write(at):
        return outbox._pace(account.pk, at) is not None


def test_after_failures_in_a_row_one_reply_tries_and_the_others_wait(
    alice: Member, case: Case, network: Network, account: Source
) -> None:
    network.plan = [RetryLater("Down.")] * 9
    reply = write_one(alice, case)
    for number in range(outbox.TRIPS):
        at = later(20 * number)  # far enough apart for the account's pace
        Reply.objects.update(next_at=at)
        deliver(at=at)
    account.refresh_from_db()
    assert (network.sends, account.send_failures) == (outbox.TRIPS, outbox.TRIPS)
    assert account.send_after is not None
    assert account.send_after > datetime.now(UTC)
    assert rests(account, datetime.now(UTC)), "it rests"
    trial = later(600)
    assert outbox.claim(reply.pk, "one", trial) is not None
    assert rests(account, trial), "one tries, and the others wait for it"


def test_what_the_network_asks_of_one_reply_holds_for_all(
    alice: Member, case: Case, network: Network, account: Source
) -> None:
    network.plan = [RetryLater("Too many.", timedelta(minutes=5))]
    write_one(alice, case)
    deliver()
    other = write_one(alice, case, "And the second thing.")
    Reply.objects.exclude(pk=other.pk).update(state=State.SENT)
    deliver(at=later(60))
    assert network.sends == 1
    deliver(at=later(301))
    assert network.sends == 2
    account.refresh_from_db()
    assert account.send_failures == 0
