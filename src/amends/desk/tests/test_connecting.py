"""Connecting a channel: it is tried at once, what is wrong is said, and a network may sign its people in itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from amends.accounts.access import Member
from amends.channels import registry
from amends.channels.base import (
    Author,
    Base,
    Can,
    Checked,
    Grant,
    LogInAgain,
    Manifest,
    RetryLater,
    Setting,
)
from amends.sources import actions
from amends.sources.models import OwnHandle, Source, State
from amends.sources.secrets import unseal

MANIFEST = Manifest(
    name="here",
    label="Here",
    about="A network in memory.",
    can=frozenset({Can.POLL, Can.REPLY}),
    settings=(
        Setting(name="server", label="Server", help="Where it is.", default="https://here.example"),
        Setting(name="token", label="Token", help="Made there.", secret=True, required=False),
        Setting(name="depth", label="Depth", help="How far.", required=False, advanced=True, pattern=r"\\d+"),
    ),
    access="Nothing.",
)


class Here(Base):
    manifest = MANIFEST

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = settings

    async def check(self) -> Checked:
        match self.settings.get("token"):
            case "good":
                return Checked(
                    account=Author(id="us", name="Meridian"), note="All is well.", learned={"longest": "500"}
                )
            case "down":
                raise RetryLater("here.example could not be reached. Trying again.")
            case _:
                raise LogInAgain("Here refused the token: make a new one there.")


class Login:
    async def begin(self, settings: Mapping[str, str], http: Any, back: str, state: str) -> Grant:
        return Grant(f"{settings['server']}/authorize?state={state}&back={back}", {"secret": "of-the-app"})

    async def finish(
        self, settings: Mapping[str, str], http: Any, back: str, kept: Mapping[str, str], code: str
    ) -> Mapping[str, str]:
        assert kept == {"secret": "of-the-app"}
        return {"token": code}


@pytest.fixture
def page(alice: Member) -> Iterator[str]:
    registry.channels()["here"] = registry.Entry(MANIFEST, lambda settings, http: Here(settings), Login())
    yield f"/b/{alice.brand.slug}/settings/listening/connect/here"
    del registry.channels()["here"]


@pytest.fixture
def desk(alice: Member) -> Client:
    client = Client()
    client.force_login(alice.user)
    return client


def test_the_page_asks_for_what_is_needed_and_folds_the_rest(desk: Client, page: str) -> None:
    html = desk.get(page).content.decode()
    folded = re.search(r"<details class=\"unfold\" >\s*<summary[^>]*>.*?Advanced.*?</details>", html, re.DOTALL)
    assert folded is not None
    assert [f'name="here-{name}"' in folded[0] for name in ("server", "token", "depth")] == [False, False, True]
    assert "Nothing." in html


def test_what_works_is_connected_and_known_at_once(desk: Client, page: str, alice: Member) -> None:
    done = desk.post(f"{page}/begin", {"here-token": "good"}, follow=True)
    assert "Connected as Meridian" in done.content.decode()
    assert "All is well." in done.content.decode()
    source = Source.objects.get()
    assert (source.label, source.account_id) == ("Meridian", "us")
    assert source.learned == {"longest": "500", "note": "All is well."}
    assert source.checked is not None
    assert OwnHandle.objects.get().name == "meridian"
    again = desk.post(f"{page}/begin", {"here-token": "good"})
    assert again.status_code == 422
    assert "connected already" in again.content.decode()
    assert Source.objects.count() == 1


def test_what_does_not_work_says_why_and_keeps_the_form(desk: Client, page: str) -> None:
    refused = desk.post(f"{page}/begin", {"here-token": "bad", "here-server": "https://there.example", "label": "Ours"})
    html = refused.content.decode()
    assert refused.status_code == 422
    assert "make a new one there" in html
    assert "https://there.example" in html
    assert 'value="Ours"' in html
    assert "bad" not in re.findall(r'value="([^"]*)"', html)
    assert "Connect anyway" not in html
    mistaken = desk.post(f"{page}/begin", {"here-depth": "deep"}).content.decode()
    assert "Depth: this does not look right." in mistaken
    assert re.search(r"<details class=\"unfold\" open>\s*<summary class=\"small\">.*?Advanced", mistaken, re.DOTALL)
    assert not Source.objects.exists()


def test_a_network_that_is_down_may_be_connected_all_the_same(desk: Client, page: str) -> None:
    html = desk.post(f"{page}/begin", {"here-token": "down"}).content.decode()
    assert "Connect anyway" in html
    assert "Nothing is connected yet." in html
    desk.post(f"{page}/begin", {"here-token": "down", "how": "anyway"})
    assert Source.objects.get().checked is None


def test_the_network_signs_its_people_in_itself(desk: Client, page: str, alice: Member) -> None:
    onward = desk.post(f"{page}/begin", {"how": "sign-in", "label": "Ours"}).content.decode()
    (state,) = set(re.findall(r"authorize\?state=([\w-]+)&amp;", onward))
    assert f"{page}/back" in onward
    assert b"of-the-app" not in str(dict(desk.session)).encode()
    assert "begun elsewhere" in desk.get(f"{page}/back?state=forged&code=good").content.decode()
    assert not Source.objects.exists()
    desk.post(f"{page}/begin", {"how": "sign-in", "label": "Ours"})
    assert "begun elsewhere" in desk.get(f"{page}/back?state={state}&code=good").content.decode(), "each is for once"


@pytest.mark.parametrize("state", ["", "?state=", "?state=%C3%A9", "?state=-"])
def test_a_sign_in_that_nobody_began_is_told(desk: Client, page: str, state: str) -> None:
    answer = desk.get(f"{page}/back{state}")
    assert answer.status_code == 422
    assert "begun elsewhere" in answer.content.decode()


def test_whoever_comes_back_with_consent_is_connected(desk: Client, page: str) -> None:
    onward = desk.post(f"{page}/begin", {"how": "sign-in", "label": "Ours"}).content.decode()
    state = re.findall(r"authorize\?state=([\w-]+)&amp;", onward)[0]
    desk.get(f"{page}/back?state={state}&code=good")
    source = Source.objects.get()
    assert (source.label, source.account_id) == ("Ours", "us")
    assert unseal(bytes(source.credentials)) == {"token": "good"}


def test_consent_that_was_not_given_is_told(desk: Client, page: str) -> None:
    onward = desk.post(f"{page}/begin", {"how": "sign-in"}).content.decode()
    state = re.findall(r"authorize\?state=([\w-]+)&amp;", onward)[0]
    assert "did not give its consent" in desk.get(f"{page}/back?state={state}&error=denied").content.decode()


def test_only_an_admin_connects(bob: Member, charlie: Member, page: str) -> None:
    for who in (bob, charlie):
        client = Client()
        client.force_login(who.user)
        for answer in (client.get(page), client.post(f"{page}/begin"), client.get(f"{page}/back?code=good")):
            assert answer.status_code == 404
    assert not Source.objects.exists()


def test_the_channels_of_this_machine_are_the_operators_alone(desk: Client, page: str) -> None:
    for name in ("nonsense", "demo", "file"):
        assert desk.get(page.replace("here", name)).status_code == 404
    listed = desk.get(page.removesuffix("/connect/here")).content.decode()
    assert "/connect/here" in listed
    assert "/connect/file" not in listed


def test_what_the_trial_found_out_stays_on_the_card(desk: Client, page: str, alice: Member) -> None:
    listening = f"/b/{alice.brand.slug}/settings/listening"
    desk.post(f"{page}/begin", {"here-token": "good", "label": "Care"})
    for _ in range(2):
        card = desk.get(listening).content.decode()
        assert "Here as meridian: no post so far" in card
        assert "All is well." in card
    source = Source.objects.get()
    actions.know(source, Checked(account=Author(id="us", name="Meridian")), datetime.now(UTC))
    assert "All is well." not in desk.get(listening).content.decode(), "what was told last holds"
    assert Source.objects.get().learned == {"longest": "500"}


def test_signing_in_again_gives_an_account_new_credentials(desk: Client, page: str, alice: Member) -> None:
    desk.post(f"{page}/begin", {"here-token": "good", "here-server": "https://there.example", "label": "Care"})
    Source.objects.update(state=State.LOGIN, problem="The token was taken back.", credentials=b"")
    card = desk.get(f"/b/{alice.brand.slug}/settings/listening").content.decode()
    again = f"{page}?source={Source.objects.get().pk}"
    assert f'href="{again}"' in card
    assert "there.example" in desk.get(again).content.decode(), "nothing is asked twice"
    onward = desk.post(f"{page}/begin", {"how": "sign-in", "here-server": "https://there.example"}).content.decode()
    (state,) = set(re.findall(r"authorize\?state=([\w-]+)&amp;", onward))
    done = desk.get(f"{page}/back?state={state}&code=good", follow=True).content.decode()
    source = Source.objects.get()
    assert (source.label, source.state, source.problem) == ("Care", State.ACTIVE, "")
    assert unseal(bytes(source.credentials)) == {"token": "good"}
    assert "Signed in again as Care" in done


def test_the_card_of_one_that_fails_tells_how_often_and_when_it_is_tried(
    desk: Client, page: str, alice: Member
) -> None:
    for label, state in (("A quiet one", State.ACTIVE), ("B broken", State.LOGIN), ("C failing", State.FAILING)):
        actions.connect(alice, "here", label, {}, datetime.now(UTC))
        Source.objects.filter(label=label).update(
            state=state, failures=14, next_at=datetime.now(UTC) + timedelta(minutes=4, seconds=30)
        )
    html = desk.get(f"/b/{alice.brand.slug}/settings/listening").content.decode()
    assert "failed 14 times, next try in 4 min" in html
    assert html.index("B broken") < html.index("C failing") < html.index("A quiet one"), "what needs somebody is first"


def test_a_secret_is_asked_for_again_only_where_one_was_given(desk: Client, page: str) -> None:
    assert "once more" in desk.post(f"{page}/begin", {"here-token": "bad"}).content.decode()
    html = desk.post(f"{page}/begin", {"here-depth": "deep"}).content.decode()
    assert "once more" not in html
    assert html.count("How far.") == 1, "what is wrong says it already"


def test_new_credentials_are_tried_before_they_replace_the_old(desk: Client, page: str, alice: Member) -> None:
    listening = f"/b/{alice.brand.slug}/settings/listening"
    source = actions.connect(alice, "here", "Care", {"token": "old"}, datetime.now(UTC))
    Source.objects.update(state=State.LOGIN, problem="The token was taken back.")
    assert "Care needs new credentials" in desk.get(listening).content.decode()
    change = f"{listening}/sources/{source.pk}"
    refused = desk.post(change, {"here-token": "bad"})
    assert refused.status_code == 422
    assert "make a new one there" in refused.content.decode()
    assert "Save anyway" not in refused.content.decode(), "it would only be refused again"
    source.refresh_from_db()
    assert (source.state, unseal(bytes(source.credentials))) == (State.LOGIN, {"token": "old"})
    assert "Save anyway" in desk.post(change, {"here-token": "down"}).content.decode()
    assert "listening again" in desk.post(change, {"here-token": "good"}, follow=True).content.decode()
    source.refresh_from_db()
    assert (source.state, source.account_id, source.learned["note"]) == (State.ACTIVE, "us", "All is well.")
    desk.post(change, {"here-token": "down", "how": "anyway"})
    source.refresh_from_db()
    assert (unseal(bytes(source.credentials)), source.checked) == ({"token": "down"}, None)


def test_the_rail_names_first_what_only_a_person_can_mend(desk: Client, page: str, alice: Member) -> None:
    for label, state in (("A", State.FAILING), ("B", State.LOGIN), ("C", State.ACTIVE)):
        row = actions.connect(alice, "here", label, {}, datetime.now(UTC))
        Source.objects.filter(pk=row.pk).update(state=state)
    html = desk.get(f"/b/{alice.brand.slug}/settings/listening").content.decode()
    assert "B needs new credentials, 1 more in trouble" in html
