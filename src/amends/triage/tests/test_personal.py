"""Personal data: found where it stands, doubted where it only looks so."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.triage.personal import Kind, find, luhn


def told(text: str) -> list[tuple[str, str]]:
    return [(span.kind.value, text[span.start : span.end]) for span in find(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my card 4111 1111 1111 1111 was charged twice", [("card", "4111 1111 1111 1111")]),
        ("5500-0000-0000-0004 exp 12/27", [("card", "5500-0000-0000-0004")]),
        ("write to ann.lee+bags@mail.example.com please", [("email", "ann.lee+bags@mail.example.com")]),
        ("pay it to GB82 WEST 1234 5698 7654 32 then", [("account", "GB82 WEST 1234 5698 7654 32")]),
        ("Call me on +44 20 7946 0958!", [("phone", "+44 20 7946 0958")]),
        ("my number is (555) 010-4477", [("phone", "(555) 010-4477")]),
        ("ring 07700 900123 after six", [("phone", "07700 900123")]),
        ("booking reference: X7Q2PK, two adults", [("booking", "X7Q2PK")]),
        ("PNR KLMPQR nobody answers", [("booking", "KLMPQR")]),
        ("order no. 114-7729341AB", [("booking", "114-7729341AB")]),
        ("I live at 14 Wren Hill Road, come and see", [("address", "14 Wren Hill Road")]),
        ("no broadband in SW1A 1AA all day", [("address", "SW1A 1AA")]),
        ("Springfield, IL 62704 without power", [("address", "Springfield, IL 62704")]),
    ],
)
def test_what_is_personal_is_found(text: str, found: list[tuple[str, str]]) -> None:
    assert told(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Where is my bag?",
        "4111 1111 1111 1112 is no card",
        "0000 0000 0000 0000",
        "flight ME412 on 2026-03-02 at 18:45, gate B22",
        "you owe me £1,204.50 since 12/11/2025",
        "1000000 people, 3.14159265 and 10,000,000 views",
        "thread by @ann@social.example and @bob.example.com",
        "see https://shop.example/orders/4111111111111112?x=12345678",
        "THANKS MERIDIAN YOU ARE GREAT",
        "the order was COLD again",
        "2024-2025 season, version 10.15.7, 192.168.100.200",
    ],
)
def test_what_only_looks_so_is_not(text: str) -> None:
    assert told(text) == []


@given(st.text(max_size=200))
def test_spans_lie_in_the_text_and_not_over_each_other(text: str) -> None:
    spans = find(text)
    assert all(0 <= span.start < span.end <= len(text) and 0 < span.sure <= 1 for span in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))


@given(st.text("0123456789 -+@.ABab", max_size=4_000))
def test_no_text_keeps_it_busy(text: str) -> None:
    find(text)


@given(st.text("0123456789", min_size=12, max_size=18), st.integers(1, 9))
def test_one_wrong_digit_breaks_the_check(digits: str, wrong: int) -> None:
    (check,) = [last for last in "0123456789" if luhn(digits + last)]
    first = str((int(digits[0]) + wrong) % 10)
    assert not luhn(first + digits[1:] + check)


def test_a_doubtful_number_is_told_as_such() -> None:
    (span,) = find("0123456789012 what is this")
    assert (span.kind, span.sure < 0.5) == (Kind.PHONE, True)
