from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.length import too_long
from amends.channels.manifest import Limits
from amends.channels.split import split

FORTY = Limits(text=40, counts="graphemes", bytes=400)


SORRY = "We are so sorry about this."
NOON = "Your bag comes tomorrow at noon."
OWABI = "申し訳ございません。お荷物は明日の正午にお届けします。ご迷惑をおかけしました。"


@pytest.mark.parametrize(
    ("text", "posts"),
    [
        ("", [""]),
        (SORRY, [SORRY]),
        (f" {SORRY} {NOON}", [SORRY, NOON]),
        (f"{SORRY}\n\nYour bag comes. At noon, we think.", [SORRY, "Your bag comes. At noon, we think."]),
        ("First of all: you are right, and we are", ["First of all: you are right, and we are"]),
        ("First of all, you are right and we are sorry", ["First of all, you are right and we are", "sorry"]),
        ("x" * 90, ["x" * 40, "x" * 40, "x" * 10]),
        (f"{OWABI}恐れ入ります。", [OWABI, "恐れ入ります。"]),
    ],
)
def test_a_long_text_is_broken_where_a_reader_pauses(text, posts):
    assert list(split(text, FORTY)) == posts


@given(st.text(alphabet="ab .,!\n👩‍👩‍👧é。\u0301", max_size=300))
def test_every_post_fits_and_nothing_is_lost(text):
    parts = split(text, FORTY)
    assert not any(too_long(part, FORTY) for part in parts)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)
    assert all(parts) or parts == ("",)


@given(st.text(max_size=200), st.integers(1, 30), st.sampled_from(["graphemes", "codepoints", "bytes", "utf16"]))
def test_whatever_the_network_counts(text, most, counts):
    limits = Limits(text=max(most, 4), counts=counts)
    parts = split(text, limits)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)
