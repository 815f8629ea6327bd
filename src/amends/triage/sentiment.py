"""Sentiment by a linear model over hashed n-grams.

The three class weights of a bucket are bytes in three 21-bit lanes of one 64-bit number, so that a feature costs one
look-up and one addition for all classes. A text has at most some 4,000 features a family (see `clean.LONGEST`), and
4,000 * 255 stays below 2^21: no lane ever runs into the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from amends.triage.features import families
from amends.triage.lexing import Lexed

HERE = Path(__file__).parent / "weights"
LANE = 21
_MASK = np.uint64(2**LANE - 1)


class Settings(msgspec.Struct, frozen=True):
    """What belongs to a table of weights, kept beside it as JSON.

    A byte b stands for the weight `low + step * b`. A family's sum is multiplied by its `scale` and divided by the
    root of its number of features; with `bias` added that is a class's logit, already calibrated.
    """

    bits: int
    low: float
    step: float
    scale: tuple[float, float, float, float, float]
    bias: tuple[float, float, float]
    trained: dict[str, float | int | str]


class Sentiment:
    """The model. Its table is mapped, not read: processes share it, and loading costs a millisecond."""

    def __init__(self, table: npt.NDArray[np.uint64], settings: Settings) -> None:
        self._table = table
        self._settings = settings

    @classmethod
    def load(cls, folder: Path = HERE) -> Sentiment:
        """Raises `FileNotFoundError` where the folder has no weights."""
        settings = msgspec.json.decode((folder / "sentiment.json").read_bytes(), type=Settings)
        table: npt.NDArray[np.uint64] = np.load(folder / "sentiment.npy", mmap_mode="r")
        return cls(np.asarray(table), settings)

    def probabilities(self, lexed: Lexed) -> npt.NDArray[np.float64]:
        """Negative, neutral and positive for each text: shape (texts, 3), rows summing to 1."""
        logits = np.tile(np.array(self._settings.bias), (len(lexed.starts) - 1, 1))
        for family, scale in zip(families(lexed, self._settings.bits), self._settings.scale, strict=True):
            count = np.diff(family.starts, append=len(family.buckets))
            sums = np.add.reduceat(self._table[family.buckets], family.starts)
            factor = scale / np.sqrt(count)
            for class_ in range(3):
                lane = ((sums >> np.uint64(LANE * class_)) & _MASK).astype(np.float64)
                logits[:, class_] += factor * (self._settings.step * lane + self._settings.low * count)
        return softmax(logits)


def softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Row by row."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def pack(weights: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.uint64], float, float]:
    """Weights of shape (3, buckets) as a table of lanes, with `low` and `step`. The few beyond six standard
    deviations are cut there, which leaves finer steps to the others."""
    bound = float(min(np.abs(weights).max(), 6 * weights[weights != 0].std()))
    step = 2 * bound / 254 or 1.0
    levels = np.rint((np.clip(weights, -bound, bound) + bound) / step).astype(np.uint64)
    lanes: Sequence[npt.NDArray[np.uint64]] = [levels[k] << np.uint64(LANE * k) for k in range(3)]
    return lanes[0] | lanes[1] | lanes[2], -bound, step
