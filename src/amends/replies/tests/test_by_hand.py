"""Where no program may answer, a person does, and says so here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.http import Http404
from django.test import Client

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.models import Audit
from amends.cases.models import Case
from amends.cases.models import State as CaseState
from amends.channels.base import Can
from amends.conversations.models import Post as Row
from amends.replies.actions import approve
from amends.replies.by_hand import answer_by_hand
from amends.replies.gate import Held
from amends.replies.models import Reply, State
from amends.replies.queries import route
from amends.replies.tests.network import Network
from amends.replies.tests.sending import deliver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def handmade(network: Network, case: Case) -> Case:
    network.can = {Can.POLL, Can.BY_HAND}
    return case


def test_what_was_answered_there_stands_in_the_thread_and_the_case_waits(
    alice: Member, handmade: Case, network: Network
) -> None:
    assert route(alice, handmade).by_hand
    reply = answer_by_hand(alice, handmade.pk, "We found it, and wrote so there. " * 9, None, datetime.now(UTC))
    handmade.refresh_from_db()
    assert (reply.state, handmade.state, handmade.due) == (State.SENT, CaseState.PENDING, None)
    ours = Row.objects.get(ours=True)
    assert (reply.post_id, ours.parent) == (ours.pk, "at://1")
    assert Audit.objects.order_by("-pk")[0].verb == "answer_by_hand"
    deliver()
    assert network.sends == 0


def test_nothing_is_sent_by_a_program_and_nothing_empty_is_kept(alice: Member, handmade: Case) -> None:
    with pytest.raises(Refused, match="on the network itself"):
        approve(alice, handmade.pk, "We found it.", None, datetime.now(UTC))
    with pytest.raises(Held, match="Write an answer"):
        answer_by_hand(alice, handmade.pk, " ", None, datetime.now(UTC))
    assert not Reply.objects.exists()


def test_an_account_that_can_answer_goes_before(alice: Member, case: Case, network: Network) -> None:
    network.can = {Can.POLL, Can.BY_HAND, Can.REPLY}
    assert not route(alice, case).by_hand


def test_charlie_can_not(charlie: Member, handmade: Case) -> None:
    with pytest.raises(Http404):
        answer_by_hand(charlie, handmade.pk, "Mine.", None, datetime.now(UTC))


def test_the_desk_says_where_and_notes_that_it_was_done(alice: Member, handmade: Case) -> None:
    Row.objects.update(url="https://loop.example/1")
    client = Client()
    client.force_login(alice.user)
    page = f"/b/{alice.brand.slug}/cases/{handmade.pk}/"
    html = client.get(page).content.decode()
    assert "It is answered there" in html
    assert 'href="https://loop.example/1"' in html
    answer = client.post(f"{page}answer", {"text": "We found it.", "to": ""}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert Reply.objects.get().state == State.SENT
