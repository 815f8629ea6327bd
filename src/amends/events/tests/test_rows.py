"""Many rows at once: what goes in is what Django reads, on either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, connection, transaction

from amends.accounts.access import Member
from amends.events.rows import among, insert, instant, reserve, select, update
from amends.people.models import Customer
from amends.sources.models import Source

NOON = datetime(2026, 3, 2, 12, 0, 0, 5, tzinfo=UTC)
FIELDS = (
    "id", "brand", "channel", "label", "settings", "credentials", "created", "next_at", "silent_since", "rate",
    "account_id", "state", "problem", "cursor", "failures", "lease_owner", "send_tokens",
    "learned", "send_failures",
)  # fmt: skip
REST = ("", "active", "", "", 0, "", 0.0, {}, 0)


def make(alice: Member, *labels: str, at: datetime = NOON) -> list[int]:
    ids = list(reserve(Source, len(labels)))
    rows = [
        (pk, alice.brand.pk, "demo", label, {"a": [1, None, label]}, b"\x00\xff", at, at, None, 0.5, *REST)
        for pk, label in zip(ids, labels, strict=True)
    ]
    insert(Source, FIELDS, rows)
    return ids


def test_every_kind_of_value_comes_back(alice: Member) -> None:
    (pk,) = make(alice, 'it\'s 100% "so"; — 🧳')
    row = Source.objects.get(pk=pk)
    assert (row.brand_id, row.label, row.rate, row.silent_since) == (alice.brand.pk, 'it\'s 100% "so"; — 🧳', 0.5, None)
    assert row.settings == {"a": [1, None, row.label]}
    assert bytes(row.credentials) == b"\x00\xff"
    assert row.created == NOON
    assert Source.objects.filter(created=NOON, settings__a__0=1).exists()


@pytest.mark.parametrize("at", [NOON.replace(microsecond=0), NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))])
def test_an_instant_is_the_same_however_written(alice: Member, at: datetime) -> None:
    (pk,) = make(alice, "x", at=at)
    assert Source.objects.get(created=at).pk == pk
    ((raw,),) = select("SELECT created FROM sources_source WHERE id = %s", [pk])
    assert instant(raw) == at
    assert instant(None) is None


def test_only_the_rows_named_are_updated(alice: Member) -> None:
    one, _, three = make(alice, "one", "two", "three")
    update(Source, ("label", "settings", "next_at"), [("1", {"a": 1}, NOON, one), ("3", {}, NOON, three)])
    assert list(Source.objects.order_by("pk").values_list("label", flat=True)) == ["1", "two", "3"]
    assert Source.objects.get(pk=one).settings == {"a": 1}
    update(Source, ("label",), [])
    insert(Source, FIELDS, [])


def test_ids_are_ours_alone_and_go_on(alice: Member) -> None:
    assert list(reserve(Customer, 0)) == []
    kept = [*reserve(Customer, 3), *reserve(Customer, 2)]
    by_django = Customer.objects.create(brand=alice.brand, name="Ann", created=NOON).pk
    after = list(reserve(Customer, 1))
    assert len({*kept, by_django, *after}) == 7
    assert sorted(kept) == kept
    assert max(kept) < by_django < after[0]


def test_a_row_that_breaks_a_rule_is_passed_over_only_when_asked(alice: Member) -> None:
    (pk,) = make(alice, "x")
    again = (pk, alice.brand.pk, "demo", "again", {}, b"", NOON, NOON, None, 0.0, *REST)
    insert(Source, FIELDS, [again], or_ignore=True)
    assert Source.objects.get().label == "x"
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Source, FIELDS, [again])


@pytest.mark.parametrize("column", ["label", "id"])
def test_among_takes_however_many(alice: Member, column: str) -> None:
    labels = ["plain", "it's", 'say "so"', "日本", "%s"]
    ids = make(alice, *labels)
    values = dict(zip(labels, ids, strict=True)) if column == "id" else {label: label for label in labels}
    condition, parameter = among(column, [values["it's"], values["日本"], values["%s"]])
    found = {label for (label,) in select(f"SELECT label FROM sources_source WHERE {condition}", [parameter])}
    assert found == {"it's", "日本", "%s"}
    condition, parameter = among(column, [])
    assert select(f"SELECT label FROM sources_source WHERE {condition}", [parameter]) == []
    with connection.cursor() as cursor:
        condition, parameter = among("id", range(10_000))
        cursor.execute(f"SELECT count(*) FROM sources_source WHERE {condition}", [parameter])
        assert cursor.fetchone()[0] == len(labels)
