"""How strongly a text is put, by rules over a whole batch.

Each sign has a strength s from 0 to 1, and a weight w that says how much it tells:

    capitals      .6   share of capitals among letters that have case, from 30% (0) to 80% (1); full from 12 letters on
    punctuation   .4   neighbours among ! and ?: a third for each pair
    lengthening   .3   runs of three or more of the same letter: a half for each run
    angry emoji   .6   a half for each
    happy emoji   .3   a half for each
    profanity     .6   present or not

Together: intensity = 1 - (1 - w1 s1)(1 - w2 s2)..., so each sign adds, and none takes it beyond 1. The weights are
judgement, not measurement. Capitals, punctuation and emoji as boosters of what is felt are after Hutto and Gilbert,
VADER, 2014; lengthening after Brody and Diakopoulos, 2011.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from amends.triage import profanity
from amends.triage.base import Mark
from amends.triage.clean import HANDLE, LINK
from amends.triage.lexing import LETTER, Lexed, Places, kinds_of, points_of, starts_of

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Signs = npt.NDArray[np.uint8]

WEIGHTS = {
    Mark.CAPITALS: 0.6,
    Mark.PUNCTUATION: 0.4,
    Mark.LENGTHENING: 0.3,
    Mark.ANGRY_EMOJI: 0.6,
    Mark.HAPPY_EMOJI: 0.3,
    Mark.PROFANITY: 0.6,
}
ANGRY = "😠😡🤬😤👿💢🖕👎🤮🤢😾"
HAPPY = "😀😃😄😁😆😊😍🥰😘🤩🥳😻🎉👏🙌👍🙏💖💕💯❤♥"
ASKS = "?？؟¿"
SHOUTS = "!！¡"

_UPPER, _LOWER, _WORD, _ASK, _SHOUT, _ANGRY, _HAPPY, _NOTHING = (1 << bit for bit in range(8))
_TABLE = 0x20000  # above it lie rare Han characters


class Weighed(NamedTuple):
    """Per text: intensity from 0 to 1, the marks that were seen, and whether there is nothing at all to read."""

    intensity: list[float]
    marks: list[tuple[str, ...]]
    blank: Flags


def weigh(joined: str, lexed: Lexed) -> Weighed:
    """Of a batch: joined with case kept, and its lower-cased form lexed."""
    points = points_of(joined)
    *first, end = starts_of(points)
    starts, points = np.array(first), points[:end]
    signs = _signs()[np.minimum(points, _TABLE)]

    def total(sign: int) -> Floats:
        return _sum((signs & sign) > 0, starts)

    strengths = {
        Mark.CAPITALS: _capitals(total(_UPPER), total(_LOWER)),
        Mark.PUNCTUATION: _sum(_follows((signs & (_ASK | _SHOUT)) > 0), starts) / 3,
        Mark.LENGTHENING: _sum(_thirds(points, signs), starts) / 2,
        Mark.ANGRY_EMOJI: total(_ANGRY) / 2,
        Mark.HAPPY_EMOJI: total(_HAPPY) / 2,
        Mark.PROFANITY: _sum(_swears(lexed), lexed.token_starts[:-1]),
    }
    calm = np.ones(len(starts))
    for mark, strength in strengths.items():
        calm *= 1 - WEIGHTS[mark] * np.minimum(strength, 1)
    seen = {**strengths, Mark.QUESTION: total(_ASK), Mark.WORDLESS: 1 - np.minimum(total(_WORD), 1)}
    blank = total(_NOTHING) == np.diff(starts, append=end)
    return Weighed((1 - calm).tolist(), _named(seen), blank)


def _sum(flags: Flags, starts: Places) -> Floats:
    """How many are set in each text."""
    return np.add.reduceat(flags, starts, dtype=np.int64).astype(np.float64)


def _capitals(upper: Floats, lower: Floats) -> Floats:
    cased = upper + lower
    share = upper / np.maximum(cased, 1)
    strength: Floats = np.clip((share - 0.3) / 0.5, 0, 1) * np.minimum(cased / 12, 1) * (upper >= 4)
    return strength


def _follows(flags: Flags) -> Flags:
    """Set where a flag follows a flag."""
    out = np.zeros_like(flags)
    out[1:] = flags[1:] & flags[:-1]
    return out


def _thirds(points: npt.NDArray[np.uint32], signs: Signs) -> Flags:
    """Set at the third of the same letter in a row, whatever its case. Scripts without case have no such habit, and
    the Roman III is a number."""
    folded = points | np.uint32(0x20)
    letter = ((signs & (_UPPER | _LOWER)) > 0) & (points != ord("I"))
    same = np.zeros_like(letter)
    same[1:] = letter[1:] & letter[:-1] & (folded[1:] == folded[:-1])
    later = _follows(same)
    first = later.copy()
    first[1:] &= ~later[:-1]
    return first


def _swears(lexed: Lexed) -> Flags:
    known = profanity.hashes()
    place = np.minimum(np.searchsorted(known, lexed.tokens), len(known) - 1)
    hits: Flags = known[place] == lexed.tokens
    return hits


def _named(seen: dict[Mark, Floats]) -> list[tuple[str, ...]]:
    """The marks of each text whose number is above none."""
    powers = 1 << np.arange(len(seen))
    codes: list[int] = ((np.stack(list(seen.values())) > 0).T @ powers).tolist()
    return [_marks(code) for code in codes]


@cache
def _marks(code: int) -> tuple[str, ...]:
    order = [*WEIGHTS, Mark.QUESTION, Mark.WORDLESS]
    return tuple(mark.value for place, mark in enumerate(order) if code >> place & 1)


@cache
def _signs() -> Signs:
    """What each code point is a sign of, as bits. Emoji are no words; kana, Han, Hangul and their like are."""
    signs = np.zeros(_TABLE + 1, dtype=np.uint8)
    below = np.arange(0x3000, dtype=np.uint32)
    signs[:0x3000] = np.where(kinds_of(below) == LETTER, _WORD, 0)
    for first, end in ((0x3040, 0xE000), (0xF900, 0xFE00), (0xFF66, 0xFFDD), (_TABLE, _TABLE + 1)):
        signs[first:end] = _WORD
    for point in range(0x600):  # the scripts with case
        char = chr(point)
        signs[point] |= _UPPER if char.isupper() else _LOWER if char.islower() else 0
    groups = {_ASK: ASKS, _SHOUT: SHOUTS, _ANGRY: ANGRY, _HAPPY: HAPPY, _NOTHING: HANDLE + LINK + " \n"}
    for sign, chars in groups.items():
        for char in chars:
            signs[ord(char)] |= sign
    return signs
