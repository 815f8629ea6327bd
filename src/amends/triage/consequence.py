"""What follows from a threshold: how many posts are told a day, how many of them for nothing, and how many are missed.

Calibrated probabilities tell it without anybody having looked: of posts with probability p a share of p have the label.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from amends.triage.decide import Threshold, Verdict

NEVER = 1.01  # a threshold that no probability reaches


class Effect(NamedTuple):
    """Posts told a day, how many of them are expected to be false alarms, and the share expected to be missed of all
    that have the label, 0 to 1."""

    told: float
    alarms: float
    missed: float


class Consequences:
    """Of a label, from its probabilities over the posts of some days."""

    def __init__(self, chances: Iterable[float], days: float) -> None:
        """Raises `ValueError` where there are no days."""
        if days <= 0:
            raise ValueError("Posts of no time tell nothing of a day: give at least the part of a day they came in.")
        self._days = days
        self._chances = sorted(chances)
        self._below = [0.0, *accumulate(self._chances)]  # those expected among the so many least probable

    def at(self, threshold: float) -> Effect:
        """Where everything from this probability on is told."""
        first = bisect_left(self._chances, threshold)
        told = len(self._chances) - first
        have, missed = self._below[-1], self._below[first]
        alarms = max(told - (have - missed), 0.0)
        return Effect(told / self._days, alarms / self._days, missed / have if have else 0.0)

    def miss_at_most(self, share: float) -> float:
        """The highest threshold at which no larger share is expected to be missed: 0 where each post must be told."""
        fitting = (one for one in reversed(self._candidates()) if self.at(one).missed <= share)
        return next(fitting, 0.0)

    def alarms_at_most(self, a_day: float) -> float:
        """The lowest threshold at which no more false alarms are expected: `NEVER` where nothing may be told."""
        fitting = (one for one in self._candidates() if self.at(one).alarms <= a_day)
        return next(fitting, NEVER)

    def _candidates(self) -> list[float]:
        return sorted(set(self._chances))


class Coverage(NamedTuple):
    """Of the posts that people corrected, the share that is told for certain, yes or no, and of those the share that is
    told right. 0 of none."""

    posts: int
    told: float
    right: float


def coverage(chances: Sequence[float], labels: Sequence[bool], threshold: Threshold) -> Coverage:
    """How sure and how right a threshold is, by what people said."""
    verdicts = [threshold.verdict(chance) for chance in chances]
    sure = [(told == Verdict.YES) == has for told, has in zip(verdicts, labels, strict=True) if told != Verdict.UNSURE]
    return Coverage(
        len(verdicts),
        len(sure) / len(verdicts) if verdicts else 0.0,
        sum(sure) / len(sure) if sure else 0.0,
    )
