"""A batch as numbers: its code points, what each is, its tokens and their hashes, without a loop over texts.

A code point's code is a mixed 64-bit number c; the hash of a run of them is the polynomial c0 + c1 r + c2 r^2 + ...
modulo 2^64 with an odd r. A token is a run of letters and digits, any other character by itself, or the gap between
two texts, which thus marks where they begin and end.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from amends.triage.clean import GAP, LINK, join

Hashes = npt.NDArray[np.uint64]
Points = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]

_R = 0x9E3779B97F4A7C15  # odd, its bits well spread: 2^64 divided by the golden ratio
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_TOKEN = np.uint64(0x94D049BB133111EB)
POWERS = np.array([pow(_R, k, 2**64) for k in range(64)], dtype=np.uint64)

SPACE, LETTER, SYMBOL = 0, 1, 2
_TABLE = 0x3000  # below it lie the scripts whose words are parted by spaces; above it each character is a token
_GAP = np.uint32(ord("\n"))


class Lexed(NamedTuple):
    """A batch of n texts, each beginning with the gap before it, and closed by one gap more.

    `codes` has one code a character and `starts` the n places where texts begin and the one where the closing gap
    does; `tokens` has one hash a token and `token_starts` the same n + 1 places among tokens.
    """

    codes: Hashes
    starts: Places
    tokens: Hashes
    token_starts: Places


def lex(lowered: str) -> Lexed:
    """Read a batch that `clean.join` joined and that was then lower-cased. No character counts more than twice in a
    row, so that 'sooo' and 'soooooo' are one word."""
    points = _squeeze(points_of(lowered))
    codes = points * _MIX
    codes ^= codes >> np.uint64(31)
    codes *= _TOKEN
    kinds = kinds_of(points)
    gap = points == _GAP
    letter = kinds == LETTER
    starts = starts_of(points)
    begins = (kinds != SPACE) & ~gap
    begins[1:] &= ~(letter[1:] & letter[:-1])
    begins[starts] = True  # an empty text's gap touches the next
    places = np.flatnonzero(begins)
    offset = np.arange(len(points)) - np.repeat(places, np.diff(places, append=len(points)))
    spread = codes * POWERS[np.minimum(offset, len(POWERS) - 1)]
    spread[kinds == SPACE] = 0
    tokens = np.add.reduceat(spread, places) * _TOKEN
    return Lexed(codes, starts, tokens, np.flatnonzero(gap[places]))


def lex_texts(texts: Sequence[str]) -> Lexed:
    """A batch of texts as both models read them."""
    return lex(join(texts).lower())


def points_of(joined: str) -> Points:
    """The code points of a joined batch; control characters are spaces, but for the gap's and the link's."""
    points = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).copy()
    points[(points < ord(" ")) & (points != _GAP) & (points != ord(LINK))] = ord(" ")
    return points


def starts_of(points: Points) -> Places:
    """Where each text begins with its gap, and where the closing gap does."""
    return np.flatnonzero(points == _GAP)[:: len(GAP)]


def kinds_of(points: Points) -> npt.NDArray[np.uint8]:
    """`SPACE`, `LETTER` (digits and the marks that stand on letters too) or `SYMBOL` for each code point."""
    return _kinds()[np.minimum(points, _TABLE)]


def token_hashes(words: list[str]) -> Hashes:
    """The hashes that `lex` gives to these lower-case words, sorted."""
    lexed = lex(GAP + GAP.join(words) + GAP)
    return np.unique(lexed.tokens[lexed.token_starts[:-1] + 1])


def _squeeze(points: Points) -> Points:
    keep = np.ones(len(points), dtype=bool)
    same = points[1:] == points[:-1]
    keep[2:] = ~(same[1:] & same[:-1]) | (points[2:] == _GAP)
    return points[keep]


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    def kind(char: str) -> int:
        if char in "'’_" or char.isalnum() or unicodedata.category(char).startswith("M"):
            return LETTER
        return SPACE if char.isspace() and char != "\n" else SYMBOL

    return np.array([*(kind(chr(point)) for point in range(_TABLE)), SYMBOL], dtype=np.uint8)
