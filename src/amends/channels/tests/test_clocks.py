from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amends.channels.clocks import believed

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


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
