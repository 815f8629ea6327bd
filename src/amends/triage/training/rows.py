"""Texts as the features of the fast model, to learn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from amends.triage.features import families
from amends.triage.lexing import Lexed, lex_texts

BITS = 18
SCALE = (0.4, 0.4, 0.4, 0.8, 0.4)  # of the families: single words count double

Floats = npt.NDArray[np.float32]


class Rows(NamedTuple):
    """Texts as features in compressed rows: the buckets and values of row i lie from bounds[i] to bounds[i + 1]."""

    buckets: npt.NDArray[np.int32]
    values: Floats
    bounds: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[np.int64]) -> Rows:
        count = np.diff(self.bounds)[rows]
        bounds = np.concatenate([[0], np.cumsum(count)])
        places = np.arange(bounds[-1]) + np.repeat(self.bounds[rows] - bounds[:-1], count)
        return Rows(self.buckets[places], self.values[places], bounds)


def rows_of(texts: Sequence[str]) -> Rows:
    """The features of the texts: each family's divided by the root of their number, times its scale."""
    buckets, values, counts = [], [], []
    for batch in lexed(texts):
        found = families(batch, BITS)
        number = np.stack([np.diff(family.starts, append=len(family.buckets)) for family in found])
        value = np.array(SCALE)[:, None] / np.sqrt(number)
        owner = np.concatenate([np.repeat(np.arange(count.size), count) for count in number])
        order = np.argsort(owner, kind="stable")
        buckets.append(np.concatenate([family.buckets for family in found])[order].astype(np.int32))
        values.append(np.repeat(value.ravel(), number.ravel())[order].astype(np.float32))
        counts.append(number.sum(axis=0))
    bounds = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return Rows(np.concatenate(buckets), np.concatenate(values), bounds)


def lexed(texts: Sequence[str]) -> Iterator[Lexed]:
    """The texts in batches, as the model reads them."""
    return (lex_texts(texts[start : start + 256]) for start in range(0, len(texts), 256))
