"""The fast model: every hashed n-gram of a text has some numbers, their sums are the text's, and all that is read is
read from those.

The numbers are bytes, kept in lanes of 16 bits, so that a feature costs one look-up of a cache line and one addition
for all of them. A sum of more than 257 bytes would run into the next lane: longer texts are summed by pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from amends.triage.chances import Chances, Floats, Scaling, scaled_each, sigmoid, softmax
from amends.triage.features import Family, families
from amends.triage.lexing import Lexed

HERE = Path(__file__).parent / "weights"
WIDTH = 32  # numbers of a feature
PIECE = 256  # features summed at once: 256 * 255 < 2^16
ROWS = 64  # texts multiplied at once: for many more OpenBLAS wakes other threads, which cost more than they help


class Settings(msgspec.Struct, frozen=True):
    """What belongs to the table, kept beside it as JSON. A byte b of column i stands for `low[i] + step[i] * b`; a
    family's sum is multiplied by its `scale` and divided by the root of its number of features."""

    bits: int
    scale: tuple[float, ...]
    labels: tuple[str, ...]
    sentiment: Scaling
    emotions: Scaling
    scaled: tuple[Scaling, ...]  # of the labels
    trained: dict[str, float | int | str]
    abroad: Scaling = Scaling()  # of sentiment in other languages, in which it is wrong more often


class Layers(msgspec.Struct, frozen=True):
    """From a text's numbers v to logits: `linear` v + `upper` max(0, `lower` v + `shift`) + `bias`; three of sentiment,
    four of emotions, then one a label."""

    low: Floats
    step: Floats
    linear: Floats
    lower: Floats
    shift: Floats
    upper: Floats
    bias: Floats

    def logits(self, numbers: Floats) -> Floats:
        """(texts, outputs)."""
        told = np.empty((len(numbers), len(self.bias)))
        for start in range(0, len(numbers), ROWS):
            some = numbers[start : start + ROWS]
            bent = np.maximum(some @ self.lower.T + self.shift, 0.0)
            told[start : start + ROWS] = some @ self.linear.T + bent @ self.upper.T + self.bias
        return told


class Hashed:
    def __init__(self, table: npt.NDArray[np.uint8], layers: Layers, settings: Settings) -> None:
        """`table` (buckets, `WIDTH`)."""
        self._lanes = table.astype(np.uint16).view(np.uint64)
        self._layers = layers
        self._settings = settings

    @classmethod
    def load(cls, folder: Path = HERE) -> Hashed:
        """Raises `FileNotFoundError` where the folder has no model."""
        settings = msgspec.json.decode((folder / "fast.json").read_bytes(), type=Settings)
        with np.load(folder / "fast.npz") as found:
            layers = Layers(**{name: found[name].astype(np.float64) for name in Layers.__struct_fields__})
            return cls(found["table"], layers, settings)

    def tell(self, lexed: Lexed, english: Sequence[bool]) -> Chances:
        """Of a batch that `lex` read, and of which texts are English."""
        logits = self.logits(lexed)
        settings = self._settings
        felt = logits[:, :3]
        return Chances(
            settings.labels,
            softmax(np.where(np.array(english)[:, None], settings.sentiment(felt), settings.abroad(felt))),
            softmax(settings.emotions(logits[:, 3:7])),
            sigmoid(scaled_each(logits[:, 7:], settings.scaled)),
        )

    def logits(self, lexed: Lexed) -> Floats:
        """(texts, outputs), as they are before calibration."""
        numbers = np.zeros((len(lexed.starts) - 1, WIDTH))
        for family, scale in zip(families(lexed, self._settings.bits), self._settings.scale, strict=True):
            count = np.diff(family.starts, append=len(family.buckets))
            sums = self._sums(family, count)
            numbers += (scale / np.sqrt(count))[:, None] * (
                self._layers.step * sums + self._layers.low * count[:, None]
            )
        return self._layers.logits(numbers)

    def _sums(self, family: Family, count: npt.NDArray[np.intp]) -> Floats:
        """Of the bytes of each text's features, (texts, WIDTH)."""
        rows = self._lanes.take(family.buckets.astype(np.int64), axis=0)
        if count.max(initial=0) <= PIECE:
            return np.add.reduceat(rows, family.starts, axis=0).view(np.uint16).astype(np.float64)
        pieces = -(-count // PIECE)
        first = np.cumsum(pieces) - pieces
        starts = np.repeat(family.starts - first * PIECE, pieces) + np.arange(pieces.sum()) * PIECE
        sums = np.add.reduceat(rows, starts, axis=0).view(np.uint16).astype(np.float64)
        whole: Floats = np.add.reduceat(sums, first, axis=0)
        return whole


def packed(embedding: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.uint8], Floats, Floats]:
    """Numbers (buckets, WIDTH) as bytes, with each column's `low` and `step`. The few beyond six standard deviations
    are cut there, which leaves finer steps to the others."""
    spread = embedding.astype(np.float64)
    used = np.abs(spread).max(axis=1) > 0
    bound = np.minimum(np.abs(spread).max(axis=0), 6 * spread[used].std(axis=0)) if used.any() else np.ones(WIDTH)
    bound = np.maximum(bound, 1e-9)
    step = 2 * bound / 254
    levels = np.rint((np.clip(spread, -bound, bound) + bound) / step).astype(np.uint8)
    return levels, -bound, step
