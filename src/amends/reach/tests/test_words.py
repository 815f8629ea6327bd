from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.reach import number, span, tell

MINUTE = timedelta(minutes=1)


def test_a_place_is_told_in_a_sentence() -> None:
    reasons = (("angry",), ("followers", 40_000), ("reshares", 12, 300))
    assert tell(reasons, 9 * MINUTE) == "angry, 40k followers, 12 reshares in 5 minutes, waiting 9 minutes"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (("reshares", 1), "1 reshare"),
        (("reshares", 1, 60), "1 reshare in 1 minute"),
        (("reshares", 2400), "2.4k reshares"),
        (("views", 40_000, 95_000), "about 40k views, up to 95k"),
        (("stars", 1), "1 star"),
        (("stars", 2.5), "2.5 stars"),
        (("waiting_before", 1), "wrote once before"),
        (("waiting_before", 3), "wrote 3 times before"),
        (("promoted",), "paid to be seen"),
        (("withdrawn",), "deleted by the customer"),
        (("private",), "private message"),
        (("of a newer version", 3), ""),
    ],
)
def test_each_reason_has_its_words(reason: tuple[str | int | float, ...], words: str) -> None:
    assert tell([reason], timedelta(0)) == words


def test_the_most_is_kept_to() -> None:
    assert (
        tell([("upset",), ("question",), ("video",)], 2 * MINUTE, most=2) == "upset, asks something, waiting 2 minutes"
    )


def test_another_language_is_one_callable() -> None:
    german = {
        "angry": "wütend",
        "%(n)s followers": "%(n)s Follower",
        "%(n)s minutes": "%(n)s Minuten",
        "waiting %(span)s": "wartet seit %(span)s",
    }
    told = tell([("angry",), ("followers", 1200)], 9 * MINUTE, german.__getitem__)
    assert told == "wütend, 1.2k Follower, wartet seit 9 Minuten"


NUMBERS = {0: "0", 94.4: "94", 999: "999", 1000: "1k", 1249: "1.2k", 9_949: "9.9k", 9_960: "10k", 40_000: "40k"}
NUMBERS |= {999_499: "999k", 999_600: "1M", 1_200_000: "1.2M", 3_000_000_000: "3B"}


@pytest.mark.parametrize(("count", "shown"), NUMBERS.items())
def test_numbers_are_short(count: float, shown: str) -> None:
    assert number(count) == shown


@given(st.integers(0, 10**12))
def test_no_number_is_longer_than_five_signs(count: int) -> None:
    assert len(number(count)) <= 5


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (timedelta(seconds=-5), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=119), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(hours=72), "3 days"),
    ],
)
def test_spans_are_told_in_their_largest_unit(time: timedelta, shown: str) -> None:
    assert span(time) == shown
