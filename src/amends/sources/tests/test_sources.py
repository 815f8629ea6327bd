"""Sources: settings, secrets, queries, who may change them, coverage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from django.http import Http404
from hypothesis import given
from hypothesis import strategies as st

from amends.accounts.access import Member
from amends.channels.base import Author, Batch, Checked, Period
from amends.events.transaction import write
from amends.listening import QueryError
from amends.sources import actions, queries
from amends.sources.coverage import Span, gaps, join
from amends.sources.models import Coverage, OwnHandle, Query, Source, State
from amends.sources.secrets import Sealed, seal, unseal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_connection_keeps_its_secret_sealed(alice: Member, now: datetime) -> None:
    given = {"service": "https://pds.example", "handle": "air.example", "password": "abcd-efgh-ijkl-mnop"}
    row = actions.connect(alice, "bluesky", "", given, now)
    assert "abcd" not in str(row.settings) + bytes(row.credentials).decode()
    assert unseal(bytes(row.credentials)) == {"password": "abcd-efgh-ijkl-mnop"}
    actions.change_settings(alice, row.pk, row.settings, now)
    row.refresh_from_db()
    assert row.settings["handle"] == "air.example"
    assert unseal(bytes(row.credentials))["password"] == "abcd-efgh-ijkl-mnop"


def test_a_kept_secret_is_not_sent_to_another_place(alice: Member, now: datetime) -> None:
    given = {"service": "https://pds.example", "handle": "air.example", "password": "abcd-efgh-ijkl-mnop"}
    row = actions.connect(alice, "bluesky", "", given, now)
    for change in ({"service": "https://mine.example"}, {"handle": "sky.example"}):
        with pytest.raises(actions.WrongSettings) as caught:
            actions.change_settings(alice, row.pk, {**given, "password": "", **change}, now)
        assert set(caught.value.errors) == {"password"}
    row.refresh_from_db()
    assert row.settings["service"] == "https://pds.example"
    actions.change_settings(alice, row.pk, {**given, "service": "https://mine.example", "password": "a-b-c-d"}, now)
    row.refresh_from_db()
    assert unseal(bytes(row.credentials)) == {"password": "a-b-c-d"}


def test_only_an_operator_reads_files_of_the_server(alice: Member, now: datetime) -> None:
    given = {"path": "/srv/others/customers.csv"}
    with pytest.raises(Http404):
        actions.connect(alice, "file", "", given, now)
    alice.user.is_operator = True
    row = actions.connect(alice, "file", "", given, now)
    alice.user.is_operator = False
    with pytest.raises(Http404):
        actions.change_settings(alice, row.pk, {"path": "/srv/others/mail.txt"}, now)
    assert actions.load(alice, row.pk).settings["path"] == "/srv/others/customers.csv"


def test_a_wrong_form_says_what_to_do(alice: Member, now: datetime) -> None:
    with pytest.raises(actions.WrongSettings) as caught:
        actions.connect(alice, "bluesky", "", {"nonsense": "1"}, now)
    assert "nonsense" in caught.value.errors
    assert not Source.objects.exists()


def test_keys_can_be_changed_and_lost_ones_are_told(settings: object) -> None:
    from dataclasses import replace

    conf = settings.CONF  # type: ignore[attr-defined]
    sealed = seal({"a": "b"})
    new = Fernet.generate_key().decode()
    settings.CONF = replace(conf, keys_file=None, credential_keys=(new, *conf.credential_keys))  # type: ignore[attr-defined]
    assert unseal(sealed) == {"a": "b"}
    settings.CONF = replace(conf, keys_file=None, credential_keys=(new,))  # type: ignore[attr-defined]
    with pytest.raises(Sealed, match="Put the old key back"):
        unseal(sealed)
    assert (seal({}), unseal(b"")) == (b"", {})


def test_queries_are_checked_and_stay_within_the_brand(
    alice: Member, bob: Member, charlie: Member, now: datetime
) -> None:
    revision = alice.brand.revision
    row = actions.add_query(alice, "", '"lost bag" OR #meridian', now)
    alice.brand.refresh_from_db()
    assert (row.name, alice.brand.revision) == ('"lost bag" OR #meridian', revision + 1)
    with pytest.raises(QueryError):
        actions.add_query(alice, "x", "(open", now)
    for who in (bob, charlie):
        with pytest.raises(Http404):
            actions.change_query(who, row.pk, "x", "y", True, now)
        with pytest.raises(Http404):
            actions.remove_query(who, row.pk, now)
    actions.change_query(alice, row.pk, "Bags", "bag*", False, now)
    assert queries.queries(alice)[0].name == "Bags"
    assert queries.queries(charlie) == []
    actions.remove_query(alice, row.pk, now)
    assert not Query.objects.exists()


def test_own_handles_are_set_as_a_whole(alice: Member, now: datetime) -> None:
    actions.set_own_handles(alice, [("bluesky", "@Air.Example"), ("demo", "air")], now)
    actions.set_own_handles(alice, [("demo", "air"), ("demo", " ")], now)
    assert [(row.network, row.name) for row in OwnHandle.objects.all()] == [("demo", "air")]


def test_a_source_is_its_brands(alice: Member, charlie: Member, source: Source, now: datetime) -> None:
    for deed in (actions.pause, actions.resume, actions.remove):
        with pytest.raises(Http404):
            deed(charlie, source.pk, now)
    actions.pause(alice, source.pk, now)
    assert Source.objects.get().state == State.PAUSED
    actions.resume(alice, source.pk, now)
    actions.remove(alice, source.pk, now)
    assert queries.sources(alice) == []
    assert queries.health(charlie, now) == []


def test_two_listeners_never_share_a_source(source: Source, now: datetime) -> None:
    minute = timedelta(minutes=1)
    one = actions.lease(source.pk, "one", now, minute)
    assert one
    assert actions.lease(source.pk, "two", now, minute) is None
    assert actions.renew(source.pk, "one", now, minute)
    assert not actions.renew(source.pk, "two", now, minute)
    two = actions.lease(source.pk, "two", now + minute + timedelta(seconds=1), minute)
    assert two
    actions.release(one)
    assert actions.lease(source.pk, "one", now, minute) is None
    actions.release(two)
    assert actions.lease(source.pk, "one", now, minute)


def test_a_source_that_was_just_asked_is_not_asked_again(source: Source, now: datetime) -> None:
    minute = timedelta(minutes=1)
    run = actions.lease(source.pk, "one", now, minute)
    assert run
    actions.rest(run, now + minute)
    assert actions.lease(source.pk, "two", now, minute) is None
    assert actions.lease(source.pk, "two", now + minute, minute)


def test_a_run_that_was_taken_over_writes_nothing(source: Source, now: datetime) -> None:
    OwnHandle.objects.all().delete()
    late = actions.lease(source.pk, "late", now, timedelta(0))
    assert late
    after = now + timedelta(seconds=1)
    run = actions.lease(source.pk, "new", after, timedelta(minutes=1))
    assert run
    covered = (Period("home", now - timedelta(hours=1), now),)
    with write(after) as tx:
        assert actions.heard(tx, run, Batch(cursor="new"), 1)
    before = Source.objects.values().get()
    with write(after) as tx:
        assert not actions.heard(tx, late, Batch(cursor="old", covered=covered), 9)
    assert not actions.failed(late, State.FAILING, "Down.", after, after)
    actions.rest(late, now + timedelta(hours=1))
    actions.release(late)
    actions.know(late, Checked(account=Author(id="did:old", name="air")), after)
    assert Source.objects.values().get() == before
    assert not Coverage.objects.exists()
    assert not OwnHandle.objects.exists()


def test_a_failure_is_told_and_a_pause_is_respected(source: Source, now: datetime) -> None:
    actions.failed(source, State.LOGIN, "The app password was refused.", now, now)
    source.refresh_from_db()
    assert (source.state, source.problem, source.failures) == (State.LOGIN, "The app password was refused.", 1)
    Source.objects.update(state=State.PAUSED)
    actions.failed(source, State.FAILING, "late", now, now)
    assert Source.objects.get().state == State.PAUSED


def test_what_is_still_heard_after_a_pause_does_not_end_it(alice: Member, source: Source, now: datetime) -> None:
    actions.failed(source, State.FAILING, "Down.", now, now)
    listening = Source.objects.get(pk=source.pk)
    actions.pause(alice, source.pk, now)
    with write(now) as tx:
        actions.heard(tx, listening, Batch(cursor="on"), 1)
    actions.rest(listening, now)
    source.refresh_from_db()
    assert (source.state, source.cursor) == (State.PAUSED, "on")


def test_new_settings_may_make_us_somebody_else(alice: Member, source: Source, now: datetime) -> None:
    actions.know(source, Checked(account=Author(id="did:old", name="air")), now)
    assert actions.lease(source.pk, "one", now, timedelta(minutes=1))
    changed = actions.change_settings(alice, source.pk, {"start": "2026-03-02T09:00:00Z"}, now)
    assert (changed.account_id, changed.lease_until) == ("", None)


minutes = st.integers(0, 200)
spans = st.lists(st.tuples(minutes, minutes).map(sorted), max_size=12).map(
    lambda pairs: [Span(NOON + timedelta(minutes=a), NOON + timedelta(minutes=b)) for a, b in pairs]
)


@given(spans)
def test_gaps_are_exactly_what_no_span_covers(heard: list[Span]) -> None:
    holes = gaps(heard)
    for minute in range(200):
        at = NOON + timedelta(minutes=minute, seconds=30)
        covered = any(span.start <= at < span.end for span in heard)
        within = bool(heard) and min(heard).start <= at < max(span.end for span in heard)
        assert any(hole.start <= at < hole.end for hole in holes) == (within and not covered)


@given(spans)
def test_joining_in_order_leaves_the_same_gaps(heard: list[Span]) -> None:
    kept: list[Span] = []
    for span in sorted(heard):
        joined, goes_on = join(kept[-1] if kept else None, span)
        kept[-1:] = [joined] if goes_on else [*kept[-1:], joined]
    assert gaps(kept) == gaps(heard)
