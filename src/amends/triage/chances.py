"""What a model tells of a batch of texts, as probabilities: the same whichever model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST = 1e-9  # a probability of nothing has no logarithm
EMOTIONS = ("anger", "joy", "optimism", "sadness")


class Chances(NamedTuple):
    """Calibrated probabilities: `sentiment` (texts, 3) and `emotions` (texts, 4) in rows that sum to 1, `labels`
    (texts, names) each by itself, in the order of `names`."""

    names: tuple[str, ...]
    sentiment: Floats
    emotions: Floats
    labels: Floats


def together(parts: Sequence[Chances]) -> Chances:
    """Batches one after another. There is at least one."""
    sentiment, emotions, labels = (np.concatenate(some) for some in zip(*(part[1:] for part in parts), strict=True))
    return Chances(parts[0].names, sentiment, emotions, labels)


def pooled(one: Chances, other: Chances, share: float) -> Chances:
    """What both say of the same texts, in the mean of their logits, of which the other has the `share`: the logarithmic
    pool of two opinions (Genest and Zidek, 1986). Raises `ValueError` where they tell of other labels."""
    if one.names != other.names:
        raise ValueError(f"One model tells of {one.names}, the other of {other.names}. Train them together.")

    def mean(ours: Floats, theirs: Floats) -> Floats:
        logs: Floats = (1 - share) * np.log(ours.clip(LEAST)) + share * np.log(theirs.clip(LEAST))
        return logs

    yes = mean(one.labels, other.labels) - mean(1 - one.labels, 1 - other.labels)
    sentiment, emotions = mean(one.sentiment, other.sentiment), mean(one.emotions, other.emotions)
    return Chances(one.names, softmax(sentiment), softmax(emotions), sigmoid(yes))


class Scaling(msgspec.Struct, frozen=True):
    """How logits become calibrated: divided by `temperature`, with `bias` added, one number a class."""

    temperature: float = 1.0
    bias: tuple[float, ...] = ()

    def __call__(self, logits: Floats) -> Floats:
        scaled: Floats = logits / self.temperature + np.array(self.bias or (0.0,))
        return scaled


def scaled_each(logits: Floats, scalings: Sequence[Scaling]) -> Floats:
    """Of yes against no: each column of (texts, labels) by its own."""
    temperature = np.array([one.temperature for one in scalings])
    bias = np.array([one.bias[0] if one.bias else 0.0 for one in scalings])
    scaled: Floats = logits / temperature + bias
    return scaled


def softmax(logits: Floats) -> Floats:
    """Row by row."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def sigmoid(logits: Floats) -> Floats:
    """Each number by itself; far ones do not overflow."""
    shares: Floats = 0.5 * (1 + np.tanh(0.5 * logits))
    return shares
