"""Fold one character to what it is compared as: without case, accents and width.

Rules, after Unicode's normalisation form KD (UAX #15) and full case folding (Unicode 3.13):

- Accents go (Zürich, zurich), and so do Hebrew points, Arabic vowel marks, and anything stacked by a zalgo generator.
  Vowel signs of Indic scripts and voicing marks of kana stay: without them a word is another word.
- Punctuation, white space, controls and symbols part words. Invisible formatting (soft hyphen, direction marks) goes.
- Scripts written without spaces are cut: every character is a word of its own.
- An emoji is a word of its own, whatever its skin tone; a flag and a sequence glued by joiners are one emoji.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

_JOINER = "\u200d"
# Marks that the table leaves for `second_look` and for `tokens`. These controls, found in a text, turn to a blank.
_EMOJI_EDGE, _FLAG_HALF, _JAMO, _VOICING, CUT_EDGE = "\x1f", "\x1e", "\x1d", "\x1c", "\x1b"

_CUT = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # ideographic iteration, closing and zero
    (0x3040, 0x30FF),  # hiragana, katakana
    (0x3100, 0x312F),  # bopomofo
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # ideographs
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xA9FF),  # Myanmar, extended
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0x1B000, 0x1B16F),  # kana, extended
    (0x20000, 0x3FFFF),  # ideographs of the supplementary planes
)
_PICTURES = ((0x231A, 0x23FF), (0x25A0, 0x27BF), (0x2B00, 0x2BFF))
_NEW_PICTURES = (0x1F000, 0x1FAFF)  # pictures even where this Python's Unicode does not know them yet
_SKIN_TONES = (0x1F3FB, 0x1F3FF)
_FLAG_LETTERS = (0x1F1E6, 0x1F1FF)
_HANGUL = (0xAC00, 0xD7A3)
_LEADING_JAMO = (0x1100, 0x1112)

# Letters that Unicode does not decompose, yet people type without their strokes; two pairs of Arabic letters that
# keyboards of Persian and Urdu write differently; and the Arabic stretcher.
_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}
    | {"ى": "ي", "ی": "ي", "ک": "ك", "ـ": None}
)
_COMPOSE_JAMO = re.compile(f"{_JAMO}([\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?)")
_COMPOSE_KANA = re.compile(f"([\u3040-\u30ff]){CUT_EDGE}{_VOICING}([\u3099\u309a])")
_FLAG = re.compile(f"{_FLAG_HALF}(.)(?:{_FLAG_HALF}(.))?")


def _within(point: int, span: tuple[int, int]) -> bool:
    return span[0] <= point <= span[1]


def is_cut(char: str) -> bool:
    """Is it of a script written without spaces, so that each character is a word?"""
    point = ord(char)
    return point >= 0x0E00 and any(_within(point, span) for span in _CUT)


def _is_emoji(char: str) -> bool:
    point = ord(char)
    if _within(point, _NEW_PICTURES):
        return unicodedata.normalize("NFKD", char) == char  # squared letters are letters
    return any(_within(point, span) for span in _PICTURES) and unicodedata.category(char) == "So"


def _is_accent(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Me" or "\u0300" <= char <= "\u036f":
        return True
    # Classes: 1 strokes, 7 nuktas, 10-36 Hebrew and Arabic points, from 202 marks above and below. Not 0 (vowel
    # signs), 8 (voicing), 9 (viramas), 84-132 (signs of Thai, Lao, Telugu, Tibetan).
    weight = unicodedata.combining(char)
    return category == "Mn" and (weight in (1, 7) or 10 <= weight <= 36 or weight >= 202) and not is_cut(char)


def _letter(char: str) -> str:
    """One character of a normalised, case-folded letter."""
    category = unicodedata.category(char)
    if is_cut(char) and category[0] in "LMN":
        return CUT_EDGE + char + CUT_EDGE
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if _within(ord(char), _LEADING_JAMO):
        return _JAMO + char
    if "\u02b0" <= char <= "\u02ff" or category[0] not in "LMN":  # modifier letters: apostrophes of many kinds
        return " "
    return "" if _is_accent(char) else char


def _normalised(char: str) -> str:
    """Case folded and decomposed until neither changes it any more. Hangul and kana stay composed."""
    composed = _within(ord(char), _HANGUL) or any(map(is_cut, unicodedata.normalize("NFKD", char)))
    form: Literal["NFKC", "NFKD"] = "NFKC" if composed else "NFKD"
    text, before = char, ""
    while text != before:
        before, text = text, unicodedata.normalize(form, text.casefold()).translate(_LETTERS)
    return text


def _fold(char: str) -> str:  # one branch a rule of the module's docstring
    point, category = ord(char), unicodedata.category(char)
    if _within(point, _FLAG_LETTERS):
        return _FLAG_HALF + char
    if _within(point, _SKIN_TONES) or 0xFE00 <= point <= 0xFE0F or 0xE0000 <= point <= 0xE01EF:
        return ""  # modifiers of the character before
    if char == _JOINER:
        return _JOINER
    if char in "＠＃＿":
        return unicodedata.normalize("NFKC", char)
    if char in "\u3099\u309a\uff9e\uff9f":
        return _VOICING + unicodedata.normalize("NFKC", char)
    if _is_emoji(char):
        return _EMOJI_EDGE + char + _EMOJI_EDGE
    if category == "Cf":
        return " " if char == "\u200b" else ""
    if category[0] in "CZPS" and (category != "So" or char in "™℠"):
        return " "
    return "".join(map(_letter, _normalised(char)))


class _Table(dict[int, str]):
    """For `str.translate`: every character's folded form, found when first seen. ASCII letters are left as they are."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        folded = _fold(char)
        if unicodedata.category(char) not in ("Cn", "Co", "Cs"):  # a million of these could fill the memory
            self[point] = folded
        return folded


FOLDS = _Table({point: chr(point) if point >= 0x20 else " " for point in range(0x80)})


def second_look(folded: str) -> str:
    """Join what belongs together after `FOLDS`: emoji with joiners, flags, Korean syllables, voiced kana."""
    if _JOINER in folded:
        folded = folded.replace(_EMOJI_EDGE + _JOINER + _EMOJI_EDGE, "\0").replace(_JOINER, "").replace("\0", _JOINER)
    if _FLAG_HALF in folded:
        folded = _FLAG.sub(r" \1\2 ", folded)
    if _JAMO in folded:
        folded = _COMPOSE_JAMO.sub(lambda found: unicodedata.normalize("NFC", found[1]), folded).replace(_JAMO, "")
    if _VOICING in folded:
        folded = _COMPOSE_KANA.sub(_voiced, folded)
        folded = re.sub(f"{_VOICING}.", "", folded)
    return folded


def _voiced(kana: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", kana[1] + kana[2])[0] + CUT_EDGE
