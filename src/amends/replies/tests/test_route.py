"""Which post is answered, and through which account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from amends.accounts.access import Member
from amends.cases.models import Case
from amends.channels.base import Batch, Deletion, Post
from amends.intake.pipeline import process
from amends.replies.queries import route
from amends.replies.tests.network import Network
from amends.sources.models import Source, State


@pytest.fixture
def account(alice: Member, source: Source, network: Network, now: datetime) -> Callable[..., Source]:
    def make(state: State = State.ACTIVE) -> Source:
        return Source.objects.create(brand=alice.brand, channel="loop", state=state, created=now, next_at=now)

    return make


@pytest.fixture
def case(source: Source, mention: Callable[..., Post], now: datetime) -> Callable[[Source], Case]:
    def heard_by(by: Source) -> Case:
        process(by, Batch(posts=(mention("1", network="loop", addressed=True),)), now)
        return Case.objects.get()

    return heard_by


@pytest.mark.parametrize(
    ("stranger", "witness", "chosen"),
    [
        (State.ACTIVE, State.ACTIVE, "witness"),
        (State.ACTIVE, State.FAILING, "witness"),
        (State.ACTIVE, State.PAUSED, "witness"),
        (State.ACTIVE, State.LOGIN, "stranger"),
        (State.FAILING, State.LOGIN, "stranger"),
    ],
)
def test_the_account_that_saw_the_post_answers_while_it_can(
    alice: Member,
    account: Callable[..., Source],
    case: Callable[[Source], Case],
    stranger: State,
    witness: State,
    chosen: str,
) -> None:
    accounts = {"stranger": account(stranger), "witness": account(witness)}
    way = route(alice, case(accounts["witness"]))
    assert (way.source, way.problem, way.limits.text) == (accounts[chosen], "", 50)


def test_where_only_credentials_are_missing_the_account_is_named(
    alice: Member, account: Callable[..., Source], case: Callable[[Source], Case]
) -> None:
    refused = account(State.LOGIN)
    way = route(alice, case(refused))
    assert way.source == refused
    assert "new credentials" in way.problem


def test_another_brands_account_never_answers(
    alice: Member, charlie: Member, source: Source, network: Network, case: Callable[[Source], Case], now: datetime
) -> None:
    Source.objects.create(brand=charlie.brand, channel="loop", created=now, next_at=now)
    way = route(alice, case(source))
    assert way.source is None
    assert "No account" in way.problem


def test_the_newest_post_that_stands_is_answered(
    alice: Member,
    account: Callable[..., Source],
    case: Callable[[Source], Case],
    mention: Callable[..., Post],
    now: datetime,
) -> None:
    by = account()
    one = case(by)
    more = [
        mention(key, network="loop", root="at://1", parent="at://1", minutes=at) for key, at in (("2", -2), ("3", -1))
    ]
    process(by, Batch(posts=(*more, mention("4", network="loop", root="at://1", author="ben", addressed=True))), now)
    assert route(alice, one).to.external_id == "at://3"  # type: ignore[union-attr]
    process(by, Batch(deletions=(Deletion("loop", "at://3", now),)), now)
    way = route(alice, one)
    assert way.to is not None
    assert way.to.external_id == "at://2"
    other = one.threads.get().conversation.posts.get(external_id="at://4")
    assert route(alice, one, other.pk).to == other
    nowhere = route(alice, one, 10**9)
    assert (nowhere.to, nowhere.problem) == (None, "There is no such post in this case: choose another one to answer.")
    process(by, Batch(deletions=tuple(Deletion("loop", f"at://{key}", now) for key in "12")), now)
    assert route(alice, one).problem == "The customer has deleted what they wrote."
