"""The audit in words that a supervisor understands."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

import amends
from amends.accounts.access import Member
from amends.accounts.actions import make_team
from amends.accounts.models import Audit
from amends.cases import actions
from amends.cases.models import Case
from amends.desk.audit_words import SENTENCES, Names, lines, told
from amends.replies.actions import approve
from amends.sources.models import State

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def case(hear: Callable[..., Any], mention: Callable[..., Any]) -> Case:
    hear(mention("1"))
    return Case.objects.get()


def newest(member: Member, now: datetime) -> tuple[str, str, int | None]:
    line = lines(member, [Audit.objects.order_by("-pk")[0]], now)[0]
    return line.who, line.what, line.case


def test_what_is_done_to_a_case(alice: Member, bob: Member, case: Case) -> None:
    now = timezone.now()
    team = make_team(alice, "Baggage", now)

    def say(what: str) -> None:
        assert newest(alice, now) == ("Alice Archer", what, case.pk)

    actions.assign(alice, case.pk, bob.user.pk, now)
    say("Gave the case to Bob Baker")
    actions.assign(alice, case.pk, alice.user.pk, now)
    say("Took the case")
    actions.assign(alice, case.pk, None, now)
    say("Left the case to nobody")
    actions.hand_to_team(alice, case.pk, team.pk, now)
    say("Handed the case to Baggage")
    actions.set_priority(alice, case.pk, "urgent", now)
    say("Set the priority: Urgent")
    actions.tag(alice, case.pk, "lost bag", now)
    say("Added the tag lost bag")
    approve(alice, case.pk, "We have found it.", None, now)
    say("Sent an answer")
    actions.snooze(alice, case.pk, now + timedelta(days=300), now)
    assert re.fullmatch(r"Snoozed the case until \d+ \w+ \S+", newest(alice, now)[1])


def test_the_page_links_to_the_case(alice: Member, case: Case) -> None:
    actions.resolve(alice, case.pk, timezone.now())
    desk = Client()
    desk.force_login(alice.user)
    html = desk.get(f"/b/{alice.brand.slug}/settings/audit").content.decode()
    assert "Resolved the case" in html
    assert f'href="/b/{alice.brand.slug}/cases/{case.pk}/">{case.pk}</a>' in html


def test_a_kind_of_a_newer_version_is_spelt_out() -> None:
    row = Audit(verb="send_flowers", thing="good_will", thing_id=7, facts={"gift_worth": 20})
    assert told(row, Names(), NOW) == "Send flowers good will 7 (gift worth 20)"


@pytest.mark.parametrize("kind", SENTENCES)
def test_what_is_gone_is_still_told(kind: tuple[str, str]) -> None:
    """Whatever was removed since, and whatever an older version left out."""
    sentence = told(Audit(verb=kind[0], thing=kind[1], thing_id=7, facts={"until": "soon"}), Names(), NOW)
    assert sentence
    assert "%(" not in sentence


def test_every_verb_of_a_member_has_its_sentence() -> None:
    """A new action is told in words, not spelt out."""
    folder = Path(amends.__file__).parent
    call = re.compile(r'record\(tx, member, "(\w+)", "(\w+)"')
    found = {kind for path in folder.glob("*/*.py") for kind in call.findall(path.read_text())}
    found |= {(state.value, "source") for state in (State.ACTIVE, State.PAUSED)}
    assert len(found) > 20
    assert found - {("settle", "reply"), ("change", "query")} <= SENTENCES.keys()
