from __future__ import annotations

import pytest

from amends.triage import Mark, intensity, profanity
from amends.triage.clean import join
from amends.triage.lexing import lex


def weigh(text: str) -> tuple[float, set[str]]:
    joined = join([text])
    found = intensity.weigh(joined, lex(joined.lower()))
    return found.intensity[0], set(found.marks[0])


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("WHERE IS MY BAG", Mark.CAPITALS),
        ("ГДЕ МОЙ ЧЕМОДАН", Mark.CAPITALS),
        ("where is it!!", Mark.PUNCTUATION),
        ("what?!", Mark.PUNCTUATION),
        ("sooo late", Mark.LENGTHENING),
        ("NOOOO", Mark.LENGTHENING),
        ("late again 😡", Mark.ANGRY_EMOJI),
        ("on time 🎉", Mark.HAPPY_EMOJI),
        ("what the FUCK", Mark.PROFANITY),
        ("so ein Scheiß!", Mark.PROFANITY),
        ("quelle merde.", Mark.PROFANITY),
        ("where is it?", Mark.QUESTION),
        ("どこですか？", Mark.QUESTION),
        ("¿dónde", Mark.QUESTION),
        ("😀 https://example.org", Mark.WORDLESS),
    ],
)
def test_a_sign_is_seen(text: str, mark: Mark) -> None:
    strength, marks = weigh(text)
    assert mark in marks
    assert (strength > 0) == bool(marks & set(intensity.WEIGHTS))


@pytest.mark.parametrize(
    "text",
    [
        "My bag has not arrived. Please tell me where it is.",
        "Flight BA212 to NYC was on time, I had seat 1000 behind Louis XIII",
        "I live in Scunthorpe and walk my cockapoo!",
        "see www.example.org/AAAAAAAAAAAAA?!?! @AAAAAAAAAAAAAAA",
        "昨日のフライト",
        "환불 부탁드립니다",
        "#fail @brand",
        "OK",
    ],
)
def test_a_calm_text_is_calm(text: str) -> None:
    assert weigh(text) == (0.0, set())


def test_more_of_a_sign_is_never_less_intense() -> None:
    for base, more in (("late!!", "late!!!"), ("so 😡", "so 😡😡"), ("sooo", "sooo laaate"), ("damn", "DAMN IT ALL!!")):
        assert weigh(more)[0] > weigh(base)[0]


def test_the_formula_is_the_documented_one() -> None:
    assert weigh("late!!!")[0] == pytest.approx(0.4 * 2 / 3)
    assert weigh("damn 😡")[0] == pytest.approx(1 - (1 - 0.6) * (1 - 0.6 / 2))
    assert weigh("WHERE IS MY SUITCASE NOW")[0] == pytest.approx(0.6)


def test_no_profane_word_is_listed_twice_or_in_pieces() -> None:
    words = [word for listed in profanity.WORDS.values() for word in listed.split()]
    assert len(words) == len(set(words)) == len(profanity.hashes())
    assert all(word == word.lower() and word.isalpha() for word in words)
