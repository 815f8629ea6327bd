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


@cache
def shipped(folder: Path = HERE) -> dict[str, dict[str, Threshold]]:
    """The thresholds that come with the models, by depth and label. What is not among them could not be measured, and
    is not told."""
    return msgspec.json.decode((folder / "thresholds.json").read_bytes(), type=dict[str, dict[str, Threshold]])


SURE = 0.5  # of three feelings: below it none is likelier than the other two together


def feeling(negative: float, neutral: float, positive: float) -> str:
    """ "negative", "neutral" or "positive"; "unsure" where none is likelier than the others together."""
    chances = {"negative": negative, "neutral": neutral, "positive": positive}
    surest = max(chances, key=chances.__getitem__)
    return surest if chances[surest] >= SURE else Verdict.UNSURE
