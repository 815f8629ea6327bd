from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.triage.clean import GAP, join
from amends.triage.features import FAMILIES, families, words
from amends.triage.lexing import POWERS, lex, token_hashes

WORDS = st.text("abcdeé😡 '!#", max_size=25)


def of_each(texts: list[str]) -> list[list[list[int]]]:
    """The buckets of each text, by family."""
    found = families(lex(join(texts).lower()), 18)
    assert len(found) == len(FAMILIES)
    return [[part.tolist() for part in np.split(family.buckets, family.starts[1:])] for family in found]


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_features_are_the_same_alone_and_in_a_batch(texts: list[str]) -> None:
    together = of_each(texts)
    for place, text in enumerate(texts):
        assert [family[place] for family in together] == [family[0] for family in of_each([text])]


def test_a_window_is_the_polynomial_of_its_characters() -> None:
    lexed = lex(join(["abcdef"]))
    codes = [int(code) for code in lexed.codes]
    for size, family in zip((3, 4, 5), families(lexed, 18), strict=False):
        wanted = [
            sum(code * int(power) for code, power in zip(codes[at : at + size], POWERS, strict=False)) % 2**64 >> 46
            for at in range(len("abcdef") + len(GAP))
        ]
        assert family.buckets.tolist() == wanted


def test_tokens_are_words_signs_and_the_gap() -> None:
    lexed = lex(join(["don't go!! 😡", ""]).lower())
    hashes = dict(zip(lexed.tokens.tolist(), range(99), strict=False))
    for word in ("don't", "go", "!", "😡"):
        assert int(token_hashes([word])[0]) in hashes
    assert lexed.token_starts.tolist() == [0, 6, 7]
    assert lexed.tokens[0] == lexed.tokens[6] == lexed.tokens[7]


def test_a_long_word_of_any_length_is_one_word() -> None:
    assert lex(join(["ab" * 900])).token_starts.tolist() == [0, 2]


def test_what_is_lengthened_further_is_the_same() -> None:
    assert of_each(["sooo"]) == of_each(["sooooooo"]) != of_each(["so"])


def test_anagrams_and_orders_differ() -> None:
    assert not set(of_each(["not good"])[4][0]) & set(of_each(["good not"])[4][0])
    assert token_hashes(["bag"])[0] != token_hashes(["gab"])[0]


def test_words_are_told_in_rows_of_length_one_whatever_is_beside() -> None:
    beside = words(lex(join(["late bag", "", "late late flight, lost bag"])), 11)
    assert (beside**2).sum(axis=1) == pytest.approx([1, 1, 1])
    assert np.array_equal(beside[:1], words(lex(join(["late bag"])), 11))
    assert beside[0] @ beside[2] > beside[0] @ beside[1]
