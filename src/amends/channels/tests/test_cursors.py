from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amends.channels.cursors import Instant, Saved, believed

DEEP = '{"more": ' + "[" * 100_000 + "]" * 100_000 + "}"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Cursor(Saved, msgspec.Struct):
    heard: Instant | None = None
    seen: list[str] = []


def test_what_is_kept_comes_back() -> None:
    cursor = Cursor(NOW, ["a"])
    assert Cursor.parse(cursor.text()) == cursor


@pytest.mark.parametrize(
    "kept",
    ["", "{", "7", '{"seen": 5}', '{"heard": "2026-03-02T12:00:00"}', "\ud800", DEEP],
)
def test_what_can_not_be_read_begins_anew(kept: str) -> None:
    assert Cursor.parse(kept) == Cursor()


def place(**instants: datetime) -> str:
    return msgspec.json.encode({"places": {"a": instants}, "turn": 3}).decode()


@pytest.mark.parametrize("ahead", [-86400.0, -0.5, 0.0, 59.0])
def test_what_was_is_believed(ahead: float) -> None:
    cursor = place(heard=NOW + timedelta(seconds=ahead))
    assert believed(cursor, NOW) == cursor


@pytest.mark.parametrize("ahead", [61.0, 3600.25, 1e8])
def test_what_is_yet_to_come_is_not(ahead: float) -> None:
    assert believed(place(heard=NOW, looked=NOW + timedelta(seconds=ahead)), NOW) == ""


def test_what_is_due_next_is_no_claim() -> None:
    cursor = place(heard=NOW, next=NOW + timedelta(hours=2))
    assert believed(cursor, NOW) == cursor


@pytest.mark.parametrize("cursor", ["", "{", "7", '{"heard":"2026-99-99T99:99:99Z"}'])
def test_what_can_not_be_read_is_left_to_its_channel(cursor: str) -> None:
    assert believed(cursor, NOW) == cursor


def test_what_somebody_listens_for_is_no_instant() -> None:
    cursor = msgspec.json.encode({"terms": ["2999-01-01T00:00:00Z"], "places": {"2999-01-01T00:00:00Z": 1}}).decode()
    assert believed(cursor, NOW) == cursor
