"""The webhook door: who is let in, what is kept, and what the others are told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from amends.accounts.access import Member
from amends.intake import door, inbox
from amends.intake.limit import Limiter
from amends.intake.models import Inbox
from amends.intake.tests.hooked import SECRET, call, post, shop
from amends.sources import actions as sources
from amends.sources.models import Source


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The calls of other tests do not count."""
    monkeypatch.setattr(door, "calls", Limiter(rate=50, burst=500))


def test_a_call_is_kept_as_it_came_before_it_is_answered(alice: Member) -> None:
    source = shop(alice)
    body = json.dumps(post(1)).encode()
    answer = call(source, body, Accept="application/json", Cookie="session=secret")
    assert (answer.status_code, answer.json()) == (200, {"posts": 1, "deletions": 0, "malformed": 0, "reasons": []})
    row = Inbox.objects.get()
    assert (row.source, bytes(row.body), row.attempts) == (source, body, 0)
    held = inbox.opened(row)
    assert held.headers["amends-signature"].startswith("t=")
    assert "cookie" not in held.headers
    assert b"amends-signature" not in bytes(row.headers), "it is sealed"
    assert not answer.cookies
    assert "session" not in answer.headers.get("Vary", "").lower()


def test_whoever_wants_no_words_gets_none(alice: Member) -> None:
    """Some networks send the words of an answer to the customer."""
    answer = call(shop(alice), post(1))
    assert (answer.status_code, answer.content) == (200, b"")


def test_what_can_not_be_read_is_told_and_kept(alice: Member) -> None:
    source = shop(alice)
    told = call(source, [post(1), {"id": 2}], Accept="application/json").json()
    assert (told["posts"], told["malformed"]) == (1, 1)
    assert "`author` is missing" in told["reasons"][0]
    told = call(source, b"hello", Accept="application/json")
    assert told.status_code == 200
    assert "This is no JSON of a post" in told.json()["reasons"][0]
    assert Inbox.objects.count() == 2


def test_a_wrong_signature_is_explained_and_nothing_is_kept(alice: Member) -> None:
    source = shop(alice)
    for headers, says in (
        ({"secret": "the-secret-of-somebody-else"}, "not the one of this body"),
        ({"Amends-Signature": ""}, "is missing"),
        ({"Amends-Signature": f"t=1,v1={'0' * 64}"}, "seconds ago by our clock"),
    ):
        answer = call(source, post(1), **headers)
        assert (answer.status_code, answer["Content-Type"]) == (401, "text/plain; charset=utf-8")
        assert says in answer.content.decode()
        assert SECRET not in answer.content.decode()
    assert not Inbox.objects.exists()


def test_a_stranger_learns_nothing(alice: Member) -> None:
    shop(alice)
    for hook in ("nobody", "x" * 5000, "%00", "a%20b", "..%2F"):
        assert Client().post(f"/hooks/{hook}", b"{}", content_type="application/json").status_code == 404
    assert Client().post("/hooks/", b"{}", content_type="application/json").status_code == 404


def test_addresses_are_unguessable_and_only_where_somebody_calls(alice: Member) -> None:
    one, other = shop(alice), shop(alice)
    assert one.hook
    assert len(one.hook) >= 32
    assert one.hook != other.hook
    assert sources.connect(alice, "bluesky", "", {}, timezone.now()).hook is None


def test_too_much_at_once(alice: Member) -> None:
    source = shop(alice)
    assert call(source, b" " * (1 << 20)).status_code == 200
    answer = call(source, b" " * ((1 << 20) + 1))
    assert answer.status_code == 413
    assert "several calls" in answer.content.decode()


def test_too_often(alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "calls", Limiter(rate=0.01, burst=2))
    source, other = shop(alice), shop(alice)
    assert [call(source, post(n)).status_code for n in range(3)] == [200, 200, 429]
    assert 90 <= int(call(source, post(4))["Retry-After"]) <= 100
    assert call(other, post(1)).status_code == 200


def test_too_many_wait(alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST", 2)
    source = shop(alice)
    answers = [call(source, post(number)) for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 503]
    assert answers[2]["Retry-After"] == "60"


def test_a_paused_source_keeps_what_comes(alice: Member) -> None:
    source = shop(alice)
    sources.pause(alice, source.pk, timezone.now())
    assert call(source, post(1)).status_code == 200
    assert inbox.waiting(timezone.now()) == []
    sources.resume(alice, source.pk, timezone.now())
    assert inbox.waiting(timezone.now()) == [source.pk]


def test_credentials_that_no_key_opens_are_ours_to_mend(alice: Member) -> None:
    source = shop(alice)
    Source.objects.update(credentials=b"of another key")
    answer = call(source, post(1))
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "key" not in answer.content.decode()


def test_the_question_whether_it_is_meant(alice: Member) -> None:
    source = shop(alice)
    answer = Client().get(f"/hooks/{source.hook}", {"hub.challenge": "<script>"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert b"Amends-Signature" in answer.content
    Source.objects.update(channel="bluesky")
    assert Client().get(f"/hooks/{source.hook}").status_code == 403
    assert Client().delete(f"/hooks/{source.hook}").status_code == 405


def test_a_removed_source_has_no_address_and_nothing_waiting(alice: Member) -> None:
    source = shop(alice)
    call(source, post(1))
    sources.remove(alice, source.pk, timezone.now())
    assert not Inbox.objects.exists()
    assert call(source, post(1)).status_code == 404


@pytest.mark.parametrize(("url", "known"), [("", False), ("https://desk.example.com", True)])
def test_a_channel_knows_its_address_where_others_reach_it(
    alice: Member, monkeypatch: pytest.MonkeyPatch, url: str, known: bool
) -> None:
    from dataclasses import replace

    from amends.channels import registry
    from amends.channels.http import Http
    from amends.channels.registry import Entry
    from amends.sources.connect import connect

    source = shop(alice)
    conf = replace(settings.CONF, url=url) if url else settings.CONF
    monkeypatch.setattr(settings, "CONF", conf)
    given: list[dict[str, str]] = []
    entry = registry.get("inbound")
    monkeypatch.setattr(
        registry,
        "get",
        lambda _: Entry(entry.manifest, lambda told, http: given.append(dict(told)) or entry.connect(told, http)),
    )
    connect(source, Http())
    assert given[0].get("hook", "") == (f"https://desk.example.com/hooks/{source.hook}" if known else "")


def test_the_limit_fills_again_with_time() -> None:
    now = timezone.now()
    limit = Limiter(rate=2, burst=3)
    assert [limit.wait(1, now) for _ in range(3)] == [None] * 3
    assert limit.wait(1, now) == timedelta(seconds=0.5)
    assert limit.wait(2, now) is None
    assert limit.wait(1, now + timedelta(seconds=0.5)) is None
    assert limit.wait(1, now + timedelta(seconds=0.5)) == timedelta(seconds=0.5)
    assert [limit.wait(1, now + timedelta(hours=1)) for _ in range(4)] == [None, None, None, timedelta(seconds=0.5)]
    assert limit.wait(1, now) is not None, "a clock that went back gives nothing"
