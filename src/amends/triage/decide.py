"""From a probability to what is said: yes, no, or that we are not sure."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

HERE = Path(__file__).parent / "weights"


class Verdict(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Threshold(msgspec.Struct, frozen=True):
    """Below `no` a label is denied, from `yes` on it is told; between them we are not sure. 0 <= no <= yes."""

    no: float
    yes: float

    def verdict(self, chance: float) -> Verdict:
        """Of the probability that a text has the label."""
        if chance >= self.yes:
            return Verdict.YES
        return Verdict.NO if chance < self.no else Verdict.UNSURE


BY_FAVOUR = {"recall": Threshold(0.2, 0.4), "both": Threshold(0.35, 0.5), "precision": Threshold(0.45, 0.65)}
"""A label is told where that costs less than to keep silent: from 1 / (1 + c) on, where one missed costs c times an
alarm for nothing. "recall" is 1.5, "both" about 1, "precision" a half."""


@cache
def shipped(folder: Path = HERE) -> dict[str, dict[str, Threshold]]:
    """The thresholds that come with the models, by depth and label. What is not among them could not be measured, and
    is not told."""
    return msgspec.json.decode((folder / "thresholds.json").read_bytes(), type=dict[str, dict[str, Threshold]])


SURE = 0.4  # of three feelings: below it one is hardly likelier than the others


def feeling(negative: float, neutral: float, positive: float) -> str:
    """ "negative", "neutral" or "positive"; "unsure" where none is much likelier than the others."""
    chances = {"negative": negative, "neutral": neutral, "positive": positive}
    surest = max(chances, key=chances.__getitem__)
    return surest if chances[surest] >= SURE else Verdict.UNSURE
