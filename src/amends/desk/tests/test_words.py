"""Words for instants, spans and counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.desk import words
from amends.desk.script_words import script_words
from amends.desk.snoozes import snoozes
from amends.desk.spread import HEIGHT, spread
from amends.desk.templatetags.desk import initials
from amends.reach.words import span as in_full

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(hours=1), "14:00"),
        (timedelta(days=1), "yesterday 15:00"),
        (timedelta(days=2), "Mon 15:00"),
        (timedelta(days=40), "23 Jan 15:00"),
        (timedelta(days=400), "28 Jan 2025"),
        (timedelta(hours=-1), "16:00"),
    ],
)
def test_when(ago: timedelta, told: str) -> None:
    assert words.when(NOW - ago, NOW) == told


@pytest.mark.parametrize(
    ("due", "told"),
    [(24, ("24 min left", False)), (-6, ("6 min over", True)), (180, ("3 h left", False)), (0, ("0 s left", False))],
)
def test_clock(due: int, told: tuple[str, bool]) -> None:
    assert words.clock(NOW + timedelta(minutes=due), NOW) == told


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0.5, "30 s"),
        (1, "1 min"),
        (59.9, "59 min"),
        (60, "1 h"),
        (119, "1 h"),
        (1439, "23 h"),
        (1440, "1 day"),
        (2880, "2 days"),
    ],
)
def test_a_span_is_rounded_as_in_the_reasons(minutes: float, told: str) -> None:
    length = timedelta(minutes=minutes)
    assert words.span(length) == told
    assert words.span(length).split()[0] == in_full(length).split()[0]


def test_the_scripts_clock_has_the_same_words() -> None:
    for minutes in (0.5, 24, 75, 180, 1500, 4000):
        told, _ = words.clock(NOW + timedelta(minutes=minutes), NOW)
        number = told.split()[0]
        scripts = [text for name, text in script_words().items() if name.startswith("left_")]
        assert told in [text.replace("{}", number) for text in scripts]


@pytest.mark.parametrize(
    ("number", "told"), [(950, "950"), (3_800, "3.8k"), (40_000, "40k"), (1_200_000, "1.2M"), (0, "0")]
)
def test_short(number: int, told: str) -> None:
    assert words.short(number) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [("Karim D.", "KD"), ("Mrs. E. Lind", "EL"), ("@jo_roams", "JR"), ("山田", "山"), ("123", "?"), ("", "?")],
)
def test_initials(name: str, told: str) -> None:
    assert initials(name) == told


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.none() | st.integers(0, 10**9))
def test_the_drawing_stays_in_its_frame(likely: float, high: float, views: int | None) -> None:
    drawn = spread([["angry"], ["views", likely, high]], views)
    assert drawn is not None
    assert all(0 <= at <= HEIGHT for at in (drawn.now, drawn.likely, drawn.high))
    assert spread([["angry"]], views) is None


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC)))  # noqa: DTZ001
def test_every_snooze_lies_ahead_and_once(now: datetime) -> None:
    instants = [datetime.fromisoformat(at) for at, _, _ in snoozes(now)]
    assert all(at > now - timedelta(minutes=1) for at in instants)
    assert len({label for _, label, _ in snoozes(now)}) == len(instants)
