"""What was told of a post before anybody corrected it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from amends.triage.decide import Threshold, Verdict, feeling

SENTIMENT = "sentiment"
NAMESAKE = "namesake"  # "Not about us"
FEELINGS = ("negative", "neutral", "positive")
Thresholds = Mapping[str, Mapping[str, Threshold]]  # by depth and label


class Read(Protocol):
    """A post with what triage read of it."""

    @property
    def negative(self) -> float: ...
    @property
    def positive(self) -> float: ...
    @property
    def labels(self) -> Mapping[str, float]: ...
    @property
    def depth(self) -> str: ...


class Told(NamedTuple):
    """A feeling, "yes", "no" or "unsure", and the probability behind it: of the likeliest feeling, or that the label
    holds. None where none was kept."""

    verdict: str
    chance: float | None


def told(post: Read, name: str, thresholds: Thresholds) -> Told:
    """What was told of a post. A label without a threshold is not told, and one that was not kept is unlikely."""
    if name == SENTIMENT:
        chances = feelings(post)
        return Told(feeling(**chances), max(chances.values()))
    chance = post.labels.get(name)
    threshold = thresholds.get(post.depth, {}).get(name)
    if chance is None or threshold is None:
        return Told(Verdict.NO, chance)
    return Told(threshold.verdict(chance), chance)


def feelings(post: Read) -> dict[str, float]:
    """The probability of each feeling, by name."""
    neutral = max(1.0 - post.negative - post.positive, 0.0)
    return {"negative": post.negative, "neutral": neutral, "positive": post.positive}
