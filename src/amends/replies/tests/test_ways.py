"""In which ways a post can be answered: as it was written, to its author alone, in a post that quotes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.test import Client

from amends.accounts.access import Member
from amends.cases.models import Case
from amends.channels.base import Act, Can, Limits, Visibility
from amends.conversations.models import Post as Row
from amends.replies.actions import approve, save_draft, withdraw
from amends.replies.gate import Held
from amends.replies.models import Draft, How, Reply
from amends.replies.queries import route
from amends.replies.tests.network import Network
from amends.replies.tests.sending import deliver
from amends.sources.models import Source

pytestmark = pytest.mark.django_db(transaction=True)
EVERY = {Can.POLL, Can.REPLY, Can.FIND, Can.DIRECT, Can.QUOTE}


def test_only_what_the_network_offers_is_offered(alice: Member, case: Case, network: Network) -> None:
    assert route(alice, case).ways == (How.REPLY,)
    with pytest.raises(Held, match="choose another way"):
        approve(alice, case.pk, "We found it.", None, datetime.now(UTC), How.PRIVATE)
    network.can = EVERY
    assert route(alice, case).ways == (How.REPLY, How.PRIVATE, How.QUOTE)
    Row.objects.update(visibility="limited")
    assert route(alice, case).ways == (How.REPLY, How.PRIVATE)
    Row.objects.update(visibility="private")
    assert route(alice, case).ways == (How.REPLY,)
    network.can = EVERY - {Can.DIRECT}
    assert route(alice, case).source is None, "what was said in private is never answered before others"


@pytest.mark.parametrize(
    ("how", "visibility", "act"),
    [
        (How.REPLY, Visibility.PUBLIC, Act.REPLY),
        (How.PRIVATE, Visibility.PRIVATE, Act.REPLY),
        (How.QUOTE, Visibility.PUBLIC, Act.QUOTE),
    ],
)
def test_it_leaves_as_it_was_chosen_and_comes_back_so(
    alice: Member, case: Case, network: Network, how: str, visibility: Visibility, act: Act
) -> None:
    network.can = EVERY
    reply = approve(alice, case.pk, "We found it.", None, datetime.now(UTC), how)
    withdraw(alice, reply.pk, datetime.now(UTC))
    assert Draft.objects.get().how == how
    reply = approve(alice, case.pk, "We found it.", None, datetime.now(UTC), how)
    deliver()
    (sent,) = network.posts.values()
    assert (sent.visibility, sent.act) == (visibility, act)
    assert Row.objects.get(ours=True).visibility == visibility
    assert Reply.objects.get().state == "sent"


def test_the_box_has_a_tab_for_each(alice: Member, case: Case, network: Network) -> None:
    network.can = EVERY
    client = Client()
    client.force_login(alice.user)
    page = f"/b/{alice.brand.slug}/cases/{case.pk}/"
    html = client.get(page).content.decode()
    assert [f'data-how="{how}"' in html for how in How.values] == [True, True, True]
    saved = client.post(f"{page}draft", {"text": "We found it.", "to": "", "how": "private"})
    assert '"private": true' in saved.headers["HX-Trigger"]
    assert Draft.objects.get().how == How.PRIVATE
    client.post(f"{page}answer", {"text": "We found it.", "to": "", "how": "private"}, headers={"HX-Request": "true"})
    deliver()
    assert next(iter(network.posts.values())).visibility == Visibility.PRIVATE


def test_what_is_said_in_private_has_its_own_room(alice: Member, case: Case, network: Network) -> None:
    network.can, network.limits = EVERY, Limits(text=50, parts=2, alone=Limits(text=200))
    client = Client()
    client.force_login(alice.user)
    page, text = f"/b/{alice.brand.slug}/cases/{case.pk}/", "We found it. " * 12
    with pytest.raises(Held, match="too many for 2 posts of 50"):
        approve(alice, case.pk, text, None, datetime.now(UTC))
    saved = client.post(f"{page}draft", {"text": text, "to": "", "how": "private"})
    told = json.loads(saved.headers["HX-Trigger"])["desk:way"]
    assert told["room"] == {"limit": 200, "counts_as": "codepoints", "byte_limit": 0, "parts": 1, "files": 0}
    assert 'data-limit="200"' in client.get(page).content.decode()
    assert approve(alice, case.pk, text, None, datetime.now(UTC), How.PRIVATE).state == "queued"
    Row.objects.update(visibility="private")
    assert route(alice, case).limits.text == 200, "and so has what answers a private message"


def test_where_nobody_can_answer_there_is_no_box_but_a_reason(
    alice: Member, case: Case, network: Network, account: Source
) -> None:
    client = Client()
    client.force_login(alice.user)
    page = f"/b/{alice.brand.slug}/cases/{case.pk}/"
    assert 'class="reply no-files"' in client.get(page).content.decode()
    network.can = {Can.POLL}
    html = client.get(page).content.decode()
    assert 'class="reply closed no-files"' in html
    assert html.count("No account of yours can answer here") == 1
    saved = client.post(f"{page}draft", {"text": "We found it.", "to": "", "how": "reply"})
    assert saved.content.decode().count("No account of yours can answer here") == 1, "once is enough"
    assert 'class="reply no-files"' in client.get(page).content.decode(), "what was begun is not hidden"
    client.post(f"{page}draft", {"text": "", "to": "", "how": "reply"})
    network.can = EVERY
    Row.objects.update(unanswerable="A program wrote this.")
    html = client.get(page).content.decode()
    assert 'class="reply closed no-files"' in html
    assert "A program wrote this." in html


@pytest.mark.parametrize(("most", "told"), [(50, "12 of 50"), (2000, "12 of 2000"), (100_000, "12"), (0, "12")])
def test_a_limit_that_is_far_away_is_not_told(
    alice: Member, case: Case, network: Network, most: int, told: str
) -> None:
    network.limits = Limits(text=most)
    save_draft(alice, case.pk, "We found it.", None, datetime.now(UTC))
    client = Client()
    client.force_login(alice.user)
    assert f'id="count">{told}<' in client.get(f"/b/{alice.brand.slug}/cases/{case.pk}/").content.decode()
