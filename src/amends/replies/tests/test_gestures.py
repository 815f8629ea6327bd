"""Likes, and corrections of what we wrote: out by the same door, once, and no answers."""

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
from amends.channels.base import Act, Can, Limits, Rejected, RetryLater, Unclear
from amends.conversations.models import Post as Row
from amends.conversations.models import PostVersion
from amends.replies.actions import retry, withdraw
from amends.replies.gate import Held
from amends.replies.gestures import correct, like
from amends.replies.models import Draft, Reply, State
from amends.replies.tests.network import Network
from amends.replies.tests.sending import deliver, later, write_one

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def everything(network: Network) -> None:
    network.can |= {Can.LIKE, Can.EDIT_OUT}


@pytest.fixture
def theirs(case: Case) -> int:
    return Row.objects.get(ours=False).pk


@pytest.fixture
def ours(alice: Member, case: Case) -> Row:
    """What Alice wrote, standing under the customer's post."""
    write_one(alice, case)
    deliver()
    return Row.objects.get(ours=True)


def test_a_like_leaves_once_and_answers_nobody(
    alice: Member, bob: Member, case: Case, theirs: int, network: Network
) -> None:
    first = like(alice, case.pk, theirs, now())
    assert like(bob, case.pk, theirs, now()) == first
    deliver(2)
    (sent,) = network.posts.values()
    assert (sent.act, sent.to, sent.text) == (Act.LIKE, "at://1", "")
    case.refresh_from_db()
    assert (case.state, case.assignee_id) == (CaseState.OPEN, None)
    assert Row.objects.count() == 1
    assert Reply.objects.get().state == State.SENT
    assert like(bob, case.pk, theirs, now()) == first
    assert Audit.objects.filter(verb="like").count() == 1


def test_a_like_of_which_nothing_is_known_is_sent_again(
    alice: Member, case: Case, theirs: int, network: Network
) -> None:
    network.can -= {Can.FIND}
    network.plan = ["lose"]
    like(alice, case.pk, theirs, now())
    deliver()
    assert Reply.objects.get().state == State.UNCERTAIN
    deliver(at=later(60))
    assert Reply.objects.get().state == State.QUEUED
    deliver(at=later(600))
    assert Reply.objects.get().state == State.SENT
    assert network.sends == 2


def test_where_nothing_is_liked_it_is_said(alice: Member, case: Case, theirs: int, network: Network) -> None:
    network.can -= {Can.LIKE}
    with pytest.raises(Refused, match="Nothing can be liked here"):
        like(alice, case.pk, theirs, now())
    network.can |= {Can.LIKE}
    Row.objects.update(deleted=now())
    with pytest.raises(Refused, match="deleted"):
        like(alice, case.pk, theirs, now())


def test_a_refused_like_can_be_given_again(alice: Member, case: Case, theirs: int, network: Network) -> None:
    network.plan = [Rejected("They have blocked you.")]
    first = like(alice, case.pk, theirs, now())
    deliver()
    again = like(alice, case.pk, theirs, now())
    assert again != first
    withdraw(alice, again.pk, now())
    assert not Draft.objects.exists()
    assert retry(alice, first.pk, now()).state == State.QUEUED


def test_a_correction_stands_in_place_of_what_was_said(alice: Member, case: Case, ours: Row, network: Network) -> None:
    network.plan = [RetryLater("Busy.")]
    reply = correct(alice, case.pk, ours.pk, "We found it in Oslo.", now())
    deliver()
    ours.refresh_from_db()
    assert ours.text == "We found it."
    deliver(at=later(60))
    reply.refresh_from_db()
    assert reply.state == State.SENT
    sent = network.posts[reply.key]
    assert (sent.act, sent.to, sent.text) == (Act.EDIT, ours.external_id, "We found it in Oslo.")
    ours.refresh_from_db()
    assert (ours.text, ours.ours, ours.edited is not None) == ("We found it in Oslo.", True, True)
    assert PostVersion.objects.get(post=ours).text == "We found it."
    assert Row.objects.filter(ours=True).count() == 1
    case.refresh_from_db()
    assert case.state == CaseState.PENDING


def test_a_correction_changes_the_words_alone(alice: Member, case: Case, ours: Row) -> None:
    beside = {"media": [{"kind": "image", "url": "https://a.test/bag.png", "alt": "A bag"}], "warning": "Luggage"}
    Row.objects.filter(pk=ours.pk).update(**beside)
    correct(alice, case.pk, ours.pk, "We found it in Oslo.", now())
    deliver()
    ours.refresh_from_db()
    assert ours.text == "We found it in Oslo."
    assert {name: getattr(ours, name) for name in beside} == beside


def test_a_correction_passes_the_gate(alice: Member, case: Case, ours: Row, network: Network) -> None:
    network.limits = Limits(text=20, parts=3)
    with pytest.raises(Held, match="too many"):
        correct(alice, case.pk, ours.pk, "It goes out as one post, never as two.", now())
    with pytest.raises(Held, match="Write an answer"):
        correct(alice, case.pk, ours.pk, " ", now())
    with pytest.raises(Held, match="a moment ago"):
        correct(alice, case.pk, ours.pk, "We found it.", now())
    assert Reply.objects.count() == 1


def test_only_our_own_words_are_corrected(alice: Member, case: Case, theirs: int, ours: Row, network: Network) -> None:
    with pytest.raises(Refused, match="Only what you wrote yourselves"):
        correct(alice, case.pk, theirs, "All is well.", now())
    network.can -= {Can.EDIT_OUT}
    with pytest.raises(Refused, match="can't be changed"):
        correct(alice, case.pk, ours.pk, "All is well.", now())


def test_an_outsider_does_neither(charlie: Member, case: Case, theirs: int, ours: Row) -> None:
    with pytest.raises(Http404):
        like(charlie, case.pk, theirs, now())
    with pytest.raises(Http404):
        correct(charlie, case.pk, ours.pk, "Ha!", now())


def test_an_unclear_correction_is_made_again(alice: Member, case: Case, ours: Row, network: Network) -> None:
    network.plan = [Unclear("The line was cut.")]
    reply = correct(alice, case.pk, ours.pk, "We found it in Oslo.", now())
    deliver()
    deliver(at=later(60))
    deliver(at=later(600))
    reply.refresh_from_db()
    assert reply.state == State.SENT
    ours.refresh_from_db()
    assert ours.text == "We found it in Oslo."


def test_at_the_desk(alice: Member, charlie: Member, case: Case, theirs: int, ours: Row, network: Network) -> None:
    desk = Client()
    desk.force_login(alice.user)
    base = f"/b/{alice.brand.slug}/cases/{case.pk}/"
    page = desk.get(base).content.decode()
    assert f'{base}posts/{theirs}/like"' in page
    assert f'{base}posts/{ours.pk}/correct"' in page
    liked = desk.post(f"{base}posts/{theirs}/like", headers={"HX-Request": "true"})
    assert "liked by Alice Archer" in liked.content.decode()
    corrected = desk.post(
        f"{base}posts/{ours.pk}/correct", {"text": "We found it in Oslo."}, headers={"HX-Request": "true"}
    )
    assert "We found it in Oslo." in corrected.content.decode()
    held = desk.post(f"{base}posts/{ours.pk}/correct", {"text": "x" * 60}, headers={"HX-Request": "true"})
    assert held.status_code == 422
    deliver(2, at=later(60))
    page = desk.get(base).content.decode()
    assert "liked by Alice Archer" in page
    assert "We found it in Oslo." in page
    assert "We found it in Oslo." in desk.get(f"/b/{alice.brand.slug}/search?q=oslo").content.decode()
    outsider = Client()
    outsider.force_login(charlie.user)
    assert outsider.post(f"{base}posts/{theirs}/like").status_code == 404
    assert outsider.post(f"{base}posts/{ours.pk}/correct", {"text": "Ha!"}).status_code == 404
