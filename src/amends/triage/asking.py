"""What ships, asked as the desk asks it, but for a hint at the language: what is measured is what a brand gets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from amends import triage
from amends.triage import corpora
from amends.triage.base import Depth, Judgement
from amends.triage.corpora import Example
from amends.triage.figures import Floats, Ints

PREFIX = {Depth.DEEP: "", Depth.FAST: "fast."}
"""In the names of figures: what is read deeply has plain ones."""


class Felt(NamedTuple):
    """Tweets with their true sentiment, and the three chances of what was read."""

    texts: list[str]
    truth: Ints
    chances: Floats

    @property
    def guess(self) -> Ints:
        guess: Ints = self.chances.argmax(axis=1)
        return guess


def judged(texts: Sequence[str], depth: Depth) -> list[Judgement]:
    return triage.load().judge_many(texts, [""] * len(texts), depth)


def read(examples: Sequence[Example], depth: Depth) -> tuple[Ints, list[Judgement]]:
    """The numbers of their true labels, and what is read."""
    truth = np.array([one.label for one in examples], dtype=np.int64)
    return truth, judged([one.text for one in examples], depth)


def felt(said: Sequence[Judgement]) -> Floats:
    """(texts, 3)."""
    return np.array([(one.negative, one.neutral, one.positive) for one in said])


@cache
def tweets(data: Path, depth: Depth) -> Felt:
    """TweetEval's test of sentiment, read once for all who ask."""
    examples = corpora.tweeteval(data, "test")
    truth, said = read(examples, depth)
    return Felt([one.text for one in examples], truth, felt(said))
