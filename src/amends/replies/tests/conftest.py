"""A network in memory, an account there, and a case to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from amends.accounts.access import Member
from amends.cases.models import Case
from amends.channels import registry
from amends.channels.base import Batch, Post
from amends.intake.pipeline import process
from amends.replies.tests.network import Network, entry
from amends.sources.models import Source


@pytest.fixture
def network() -> Iterator[Network]:
    loop = Network()
    registry.channels()["loop"] = entry(loop)
    yield loop
    del registry.channels()["loop"]


@pytest.fixture
def account(alice: Member, source: Source, network: Network) -> Source:
    now = datetime.now(UTC)
    return Source.objects.create(
        brand=alice.brand, channel="loop", label="Meridian", account_id="did:us", created=now, next_at=now
    )


@pytest.fixture
def case(account: Source, mention: Callable[..., Post]) -> Case:
    process(account, Batch(posts=(mention("1", network="loop", addressed=True),)), datetime.now(UTC))
    return Case.objects.get()
