from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amends import triage
from amends.triage import Depth, Mark
from amends.triage.clean import LONGEST
from amends.triage.decide import shipped
from amends.triage.shipped import seems_english

# any character at all, lone surrogates and nulls too, beside what posts are really made of
WILD = st.text(st.characters(codec=None), max_size=60)
PIECES = ["WHERE", "is", "my", "bag", "??", "!!!", "😡", "❤️", "@alice.example", "#fail", "https://x.example/a", "sooo"]
PIECES += ["damn", "\n", "\t", "ありがとう", "merci", "İstanbul", "ΣΑΣ", "\x00", "\x02", "@", "www.", "é", "e\u0301"]
POSTLIKE = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)
TEXTS = st.lists(WILD | POSTLIKE, max_size=8)


DEPTHS = pytest.mark.parametrize("depth", [Depth.FAST, Depth.DEEP])


def judge(text: str, hint: str = "", depth: Depth = Depth.FAST) -> triage.Judgement:
    return triage.load().judge_many([text], [hint], depth)[0]


@settings(deadline=None)
@given(TEXTS)
def test_a_judgement_depends_on_its_own_text_alone(texts: list[str]) -> None:
    together = triage.load().judge_many(texts, [""] * len(texts))
    for one, alone in zip(together, map(judge, texts), strict=True):
        told = msgspec.structs.asdict(one)
        for name, value in msgspec.structs.asdict(alone).items():  # sums of other lengths differ in the last digit
            assert told[name] == (value if isinstance(value, str | tuple) else pytest.approx(value, abs=1e-9)), name


@DEPTHS
@settings(deadline=None)
@given(texts=TEXTS)
def test_every_text_gets_probabilities_and_an_intensity(depth: Depth, texts: list[str]) -> None:
    for judged in triage.load().judge_many(texts, ["en"] * len(texts), depth):
        assert judged.negative + judged.neutral + judged.positive == pytest.approx(1)
        assert all(0 <= chance <= 1 for chance in judged.labels.values())
        assert not judged.emotions or sum(judged.emotions.values()) == pytest.approx(1)
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


@DEPTHS
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Still waiting for my parcel, it was due on Monday, where is it?", "delivery"),
        ("My solicitor will write to you, see you in court", "legal"),
        ("Your charger caught fire and burnt my daughter's hand", "safety"),
        ("Worst service ever, three weeks without heating and nobody of you ever rings back", "complaint"),
    ],
)
def test_plain_matters_are_recognised(depth: Depth, text: str, label: str) -> None:
    judged = judge(text, "en", depth)
    assert judged.depth is depth
    assert judged.labels[label] >= shipped()[depth][label].yes


@DEPTHS
def test_other_languages_get_what_is_measured_in_them(depth: Depth) -> None:
    judged = judge("Mein Koffer ist weg und niemand antwortet. Unverschämt!", depth=depth)
    assert (judged.lang, judged.depth, judged.labels, judged.emotions) == ("de", Depth.FAST, {}, {})


def test_deep_texts_keep_their_order_among_others() -> None:
    texts = ["I love you all", "", "je suis très déçu", "you ruined my day, I hate this", "https://x.example"]
    judged = triage.load().judge_many(texts, [""] * 5, Depth.DEEP)
    assert [one.depth for one in judged] == [Depth.DEEP, Depth.FAST, Depth.FAST, Depth.DEEP, Depth.FAST]
    assert (judged[0].label, judged[3].label) == ("positive", "negative")


def test_hints_are_one_a_text() -> None:
    with pytest.raises(ValueError, match="2 texts have 1 hints"):
        triage.load().judge_many(["a", "b"], ["en"])


def test_only_the_head_of_a_huge_text_is_read() -> None:
    huge = "your service is terrible " * 80_000
    assert judge(huge) == judge(huge[:LONGEST])


def test_zalgo_and_right_to_left_are_judged() -> None:
    assert judge("t" + "\u0334\u0322" * 500 + "errible").label in {"negative", "neutral", "positive"}
    assert judge("שלום, השירות שלכם היום היה נורא").lang == "he"


def test_surrogate_pairs_are_the_character_that_they_make() -> None:
    assert judge("why \ud83d\ude21") == judge("why 😡")
    assert Mark.QUESTION not in judge("a lone half \ud800 of a pair").marks


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("the " + "x " * 9, True),
        ("the " + "x " * 10, False),
        ("x it's, x", True),
        ("", False),
    ],
)
def test_where_no_language_is_believed_a_tenth_of_english_words_is_enough(words: str, english: bool) -> None:
    assert seems_english(words) is english
