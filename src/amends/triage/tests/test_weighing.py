"""Which words weighed most: on a model whose words weigh what we know, and on the one that ships."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amends import triage
from amends.triage import Depth, Judgement
from amends.triage.chances import sigmoid
from amends.triage.own import OwnHead
from amends.triage.weighing import LEAST, MOST_WORDS, SHOWN, weigh

WORTH = {"awful": 2.0, "late": 0.7, "thanks": -1.5, "😡": 1.0, "the": 0.01}


class Additive:
    """A `Triage` in which each word adds its worth to the logit of negative."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, set[str], Depth]] = []

    def judge_many(
        self, texts: Sequence[str], hints: Sequence[str], depth: Depth = Depth.FAST, own: Sequence[OwnHead] = ()
    ) -> list[Judgement]:
        self.asked.append((len(texts), set(hints), depth))
        chances = [float(sigmoid(sum(WORTH.get(word, 0.0) for word in text.split()))) for text in texts]
        return [Judgement("en", 1.0, chance, 1 - chance, 0.0, 0.0) for chance in chances]


def of_negative(said: Judgement) -> float:
    return said.negative


def weights(text: str) -> dict[str, float]:
    return {text[one.start : one.end]: one.by for one in weigh(Additive(), text, "en", of_negative, Depth.FAST)}


def test_each_word_weighs_what_it_adds() -> None:
    assert weights("the awful bag is late 😡 thanks") == {
        word: pytest.approx(WORTH[word]) for word in ("awful", "late", "😡", "thanks")
    }


def test_words_that_do_nothing_are_not_shown() -> None:
    assert weights("the bag") == {}
    assert weights("") == {}
    assert WORTH["the"] < LEAST


def test_only_the_heaviest_are_shown_as_they_stand() -> None:
    text = "late " * 9 + "awful"
    found = weigh(Additive(), text, "en", of_negative, Depth.FAST)
    assert len(found) == SHOWN
    assert found == sorted(found)
    assert text[found[-1].start : found[-1].end] == "awful"


def test_all_is_asked_at_once_of_the_depth_that_reads() -> None:
    model = Additive()
    weigh(model, "word " * 500, "de", of_negative, Depth.DEEP)
    assert model.asked == [(MOST_WORDS + 1, {"de"}, Depth.DEEP)]


@settings(deadline=None)
@given(st.text(max_size=120))
def test_whatever_the_text_the_words_lie_in_it(text: str) -> None:
    found = weigh(triage.load(), text, "", of_negative, Depth.FAST)
    assert all(0 <= one.start < one.end <= len(text) and abs(one.by) >= LEAST for one in found)


@pytest.mark.parametrize("depth", [Depth.FAST, Depth.DEEP])
def test_the_shipped_models_say_what_spoke_for_a_complaint(depth: Depth) -> None:
    text = "The flight at noon was terrible and your crew was rude"
    found = weigh(triage.load(), text, "en", of_negative, depth)
    heaviest = max(found, key=lambda one: one.by)
    assert text[heaviest.start : heaviest.end] in {"terrible", "rude"}
