from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.length import length

UNITS = ("graphemes", "codepoints", "utf16", "bytes")


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("", (0, 0, 0, 0)),
        ("bag", (3, 3, 3, 3)),
        ("a\r\nb", (3, 4, 4, 4)),
        ("é", (1, 1, 1, 2)),
        ("e\u0301", (1, 2, 2, 3)),
        ("👩‍👩‍👧", (1, 5, 8, 18)),
        ("🇩🇪🇫🇷", (2, 4, 8, 16)),
        ("👍🏽", (1, 2, 4, 8)),
        ("한국", (2, 2, 2, 6)),
        ("ก็", (1, 2, 2, 6)),
    ],
)
def test_each_unit_counts_its_own(text, lengths):
    assert tuple(length(text, unit) for unit in UNITS) == lengths


@given(st.text())
def test_a_finer_unit_never_counts_less(text):
    counted = [length(text, unit) for unit in UNITS]
    assert counted == sorted(counted)


def test_an_unknown_unit_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="graphemes"):
        length("x", "words")
