"""The figures by which models are compared."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def macro_recall(truth: Ints, guess: Ints) -> float:
    """The mean over classes of the share of a class that is found."""
    return float(np.mean([(guess[truth == class_] == class_).mean() for class_ in np.unique(truth)]))


def f1(truth: Ints, guess: Ints, class_: int = 1) -> float:
    """The harmonic mean of precision and recall of one class."""
    hits = int(((truth == class_) & (guess == class_)).sum())
    return 2 * hits / max(int((truth == class_).sum() + (guess == class_).sum()), 1)


def macro_f1(truth: Ints, guess: Ints) -> float:
    """The mean over classes of the harmonic mean of precision and recall."""
    return float(np.mean([f1(truth, guess, class_) for class_ in np.unique(truth)]))


def confusion(truth: Ints, guess: Ints, names: tuple[str, ...]) -> dict[str, float]:
    """Of each class the share that is taken for each: as "negative_as_neutral" and so on."""
    return {
        f"{name}_as_{other}": float((guess[truth == class_] == taken).mean())
        for class_, name in enumerate(names)
        for taken, other in enumerate(names)
    }


def calibration_error(truth: Ints, chances: Floats, weights: Floats | None = None) -> float:
    """Expected calibration error in 15 bins of the chosen class's probability (Guo et al., 2017): by how much the
    probability and the share that is right differ, in the mean over (weighted) texts."""
    weight = np.ones(len(truth)) if weights is None else weights
    surest, right = chances.max(axis=1), (chances.argmax(axis=1) == truth).astype(np.float64)
    bins = np.minimum((surest * 15).astype(np.int64), 14)
    gaps = np.bincount(bins, weight * (surest - right), minlength=15)
    return float(np.abs(gaps).sum() / weight.sum())


def interval(hits: int, of: int) -> tuple[float, float]:
    """Between which shares the true one lies, 19 times of 20 (Wilson score, 1927)."""
    if not of:
        return 0.0, 1.0
    z, share = 1.959964, hits / of
    centre = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(centre - reach, 0.0), min(centre + reach, 1.0)


def precision_and_recall(truth: Ints, said: npt.NDArray[np.bool_], prefix: str) -> dict[str, float]:
    """Both, with the bounds of their intervals, as `prefix`.precision, `prefix`.precision_low and so on."""
    hits = int((said & (truth == 1)).sum())
    figures: dict[str, float] = {}
    for name, of in (("precision", int(said.sum())), ("recall", int((truth == 1).sum()))):
        low, high = interval(hits, of)
        key = f"{prefix}.{name}"
        figures |= {key: hits / of if of else 0.0, f"{key}_low": low, f"{key}_high": high}
    return figures


def auc(truth: Ints, chances: Floats) -> float:
    """How often a text with the label gets more than one without it; ties count half (Hanley and McNeil, 1982)."""
    pairs = chances[truth == 1][:, None] - chances[truth == 0][None, :]
    return float(((pairs > 0) + 0.5 * (pairs == 0)).mean())
