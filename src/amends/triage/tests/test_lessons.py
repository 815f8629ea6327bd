"""Parts of texts, from which the fast model learns what a few words do."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from amends.triage.training.lessons import LONGEST, PARTS, SHORTEST, parts_of

WORDS = st.lists(st.text("abc😡é", min_size=1, max_size=4), max_size=40)


@given(WORDS, st.integers(0, 99))
def test_a_part_is_a_run_of_words_of_its_text(words: list[str], seed: int) -> None:
    parts = parts_of(" ".join(words), random.Random(seed))
    assert len(parts) == (PARTS if len(words) > LONGEST else 0)
    for part in parts:
        run = part.split()
        assert SHORTEST <= len(run) <= LONGEST
        assert run in [words[start : start + len(run)] for start in range(len(words))]


def test_the_same_chance_takes_the_same_parts() -> None:
    text = " ".join(str(number) for number in range(50))
    assert parts_of(text, random.Random(3)) == parts_of(text, random.Random(3))
    assert len({tuple(parts_of(text, random.Random(seed))) for seed in range(30)}) > 10


def test_the_first_and_the_last_word_have_their_turn() -> None:
    words = [str(number) for number in range(LONGEST + 1)]
    parts = [part.split() for seed in range(300) for part in parts_of(" ".join(words), random.Random(seed))]
    assert {"0", str(LONGEST)} <= {word for part in parts for word in part}
