"""Hashed n-grams of a whole batch: characters by threes, fours and fives, words by ones and by twos."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from amends.triage.lexing import POWERS, Hashes, Lexed, Places

FAMILIES = ("chars3", "chars4", "chars5", "words", "pairs")
_PAIR = np.uint64(0xD6E8FEB86659FD93)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


class Family(NamedTuple):
    """The features of one sort: the bucket of each, and where each text's begin. Every text has some."""

    buckets: Hashes
    starts: Places


def families(lexed: Lexed, bits: int) -> list[Family]:
    """The five families of a batch, in the order of `FAMILIES`, in 2^bits buckets: the top bits of a hash.

    A window's hash is that of the window one shorter and one product more. The gap of four that parts texts belongs
    to the text behind it, and no window or pair reaches over it, so a text's features are the same in any batch.
    """
    *first, end = lexed.starts
    starts = np.array(first)
    shift = np.uint64(64 - bits)
    chars = []
    window = lexed.codes[:-1] + lexed.codes[1:] * POWERS[1]
    for last in (2, 3, 4):
        window = window[:-1] + lexed.codes[last:] * POWERS[last]
        chars.append(Family(window[:end] >> shift, starts))
    return [*chars, *_of_words(lexed, shift)]


def _of_words(lexed: Lexed, shift: np.uint64) -> tuple[Family, Family]:
    """Words by ones and by twos."""
    *first, end = lexed.token_starts
    starts = np.array(first)
    left, right = lexed.tokens[:end], lexed.tokens[1 : end + 1]
    pairs = ((left ^ (left >> np.uint64(29))) * _PAIR + right) * _MIX
    return Family(left >> shift, starts), Family(pairs >> shift, starts)


def words(lexed: Lexed, bits: int) -> npt.NDArray[np.float32]:
    """Which words and pairs of words each text of a batch has, (texts, 2^bits), in rows of length 1."""
    told = np.zeros((len(lexed.starts) - 1, 2**bits), np.float32)
    for family in _of_words(lexed, np.uint64(64 - bits)):
        owner = np.repeat(np.arange(len(told)), np.diff(family.starts, append=len(family.buckets)))
        told[owner, family.buckets.astype(np.intp)] = 1
    told /= np.sqrt(told.sum(axis=1, keepdims=True))  # every text has some: the gap before it
    return told
