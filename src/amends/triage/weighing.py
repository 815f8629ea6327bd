"""Which words weighed most: each is left out in turn, and the text read again (Zeiler and Fergus, occlusion, 2013).

It asks the model itself, whichever reads, and so tells what was really used; it is done when somebody wants to know, in
some milliseconds a word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from amends.triage.base import Depth, Judgement, Triage
from amends.triage.own import OwnHead

MOST_WORDS = 80  # of a text are left out in turn; what is felt is said early
SHOWN = 6
LEAST = 0.15  # of the logit, below which a word did nothing worth showing
_WORD = re.compile(r"[\w'’#@-]+|[^\w\s.,;:()\"“”]+")  # emoji, !!! and ?? are words too; a comma is none


class Weight(NamedTuple):
    """Characters `start` to `end` spoke for what was read, `by` so much: the part of the logit that goes with them.
    Negative where they spoke against it."""

    start: int
    end: int
    by: float


def weigh(
    model: Triage,
    text: str,
    lang: str,
    of: Callable[[Judgement], float],
    depth: Depth,
    own: Sequence[OwnHead] = (),
) -> list[Weight]:
    """The words that weighed most on the probability `of` a judgement, as they stand in the text."""
    places = [match.span() for match in _WORD.finditer(text)][:MOST_WORDS]
    texts = [text, *(f"{text[:start]} {text[end:]}" for start, end in places)]
    whole, *without = (_logit(of(said)) for said in model.judge_many(texts, [lang] * len(texts), depth, own))
    weights = [Weight(start, end, whole - left) for (start, end), left in zip(places, without, strict=True)]
    most = sorted(weights, key=lambda one: -abs(one.by))[:SHOWN]
    return sorted(one for one in most if abs(one.by) >= LEAST)


def _logit(chance: float) -> float:
    bounded = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
