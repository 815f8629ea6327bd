from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amends import triage
from amends.triage import Mark
from amends.triage.clean import LONGEST

# any character at all, lone surrogates and nulls too, beside what posts are really made of
WILD = st.text(st.characters(codec=None), max_size=60)
PIECES = ["WHERE", "is", "my", "bag", "??", "!!!", "😡", "❤️", "@alice.example", "#fail", "https://x.example/a", "sooo"]
PIECES += ["damn", "\n", "\t", "ありがとう", "merci", "İstanbul", "ΣΑΣ", "\x00", "\x02", "@", "www.", "é", "e\u0301"]
POSTLIKE = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)
TEXTS = st.lists(WILD | POSTLIKE, max_size=8)


def judge(text: str, hint: str = "") -> triage.Judgement:
    return triage.load().judge_many([text], [hint])[0]


@settings(deadline=None)
@given(TEXTS)
def test_a_judgement_depends_on_its_own_text_alone(texts: list[str]) -> None:
    assert triage.load().judge_many(texts, [""] * len(texts)) == [judge(text) for text in texts]


@settings(deadline=None)
@given(TEXTS)
def test_every_text_gets_probabilities_and_an_intensity(texts: list[str]) -> None:
    for judged in triage.load().judge_many(texts, ["en"] * len(texts)):
        assert judged.negative + judged.neutral + judged.positive == pytest.approx(1)
        assert min(judged.negative, judged.neutral, judged.positive) >= 0
        assert 0 <= judged.intensity <= 1
        assert 0 <= judged.lang_p <= 1
        assert set(judged.marks) <= set(Mark)


def test_a_batch_of_many_chunks_keeps_its_order() -> None:
    texts = [f"thanks number {n}, you were great" if n % 3 else "the worst ever" for n in range(700)]
    judged = triage.load().judge_many(texts, [""] * 700)
    assert [one.label for one in judged] == ["positive" if n % 3 else "negative" for n in range(700)]


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "\x00", "https://example.org/a", "@alice", "@alice https://b.example"]
)
def test_what_has_nothing_to_read_is_told_nothing_of(text: str) -> None:
    judged = judge(text)
    assert (judged.lang, judged.lang_p) == ("", 0.0)
    assert judged.label == "neutral"
    assert judged.negative == judged.positive == pytest.approx(1 / 3)
    assert judged.marks == (Mark.WORDLESS,)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Thank you so much, the crew was wonderful", "positive"),
        ("This is awful, you lost my bag and nobody answers", "negative"),
        ("When does the shop open on Sunday?", "neutral"),
        ("Danke für die schnelle Hilfe, super Service!", "positive"),
        ("Mein Koffer ist weg und niemand antwortet. Unverschämt!", "negative"),
        ("je suis très déçu, c'est nul", "negative"),
        ("gracias por todo, sois geniales", "positive"),
        ("😡😡", "negative"),
        ("❤️", "positive"),
        (":(", "negative"),
    ],
)
def test_plain_feelings_are_recognised(text: str, label: str) -> None:
    assert judge(text).label == label


def test_only_the_head_of_a_huge_text_is_read() -> None:
    huge = "your service is terrible " * 80_000
    assert judge(huge) == judge(huge[:LONGEST])


def test_zalgo_and_right_to_left_are_judged() -> None:
    assert judge("t" + "\u0334\u0322" * 500 + "errible").label in {"negative", "neutral", "positive"}
    assert judge("שלום, השירות שלכם היום היה נורא").lang == "he"


def test_surrogate_pairs_are_the_character_that_they_make() -> None:
    assert judge("why \ud83d\ude21") == judge("why 😡")
    assert Mark.QUESTION not in judge("a lone half \ud800 of a pair").marks


def test_texts_and_hints_go_in_pairs() -> None:
    with pytest.raises(ValueError, match="2 texts have 1 hints"):
        triage.load().judge_many(["a", "b"], [""])


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(ValueError, match="'slow'"):
        triage.load("slow")


def test_label_and_sentiment_follow_from_the_probabilities() -> None:
    judged = triage.Judgement("en", 1.0, 0.5, 0.2, 0.3, 0.0)
    assert (judged.label, judged.sentiment) == ("negative", pytest.approx(-0.2))
    assert triage.Judgement("en", 1.0, 0.4, 0.2, 0.4, 0.0).label == "neutral"
