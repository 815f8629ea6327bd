"""Text as the numbers of word pieces, as BERT's uncased models cut it (Devlin et al., 2018; Schuster and Nakajima,
2012): lower-cased, without accents, each sign by itself, and each word from its longest known beginning on."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

import msgspec

LONGEST_WORD = 100  # characters; a longer one is unknown
_IDEOGRAPHS = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip
"""Each is a word by itself."""


class _Model(msgspec.Struct, frozen=True):
    vocab: dict[str, int]


class _File(msgspec.Struct, frozen=True):
    model: _Model


class WordPiece:
    def __init__(self, vocabulary: Mapping[str, int], longest: int) -> None:
        """`longest`: how many pieces are told of a text at most, with the two that stand around it."""
        self._vocabulary = vocabulary
        self._unknown, self._first, self._last = (vocabulary[one] for one in ("[UNK]", "[CLS]", "[SEP]"))
        self._room = longest - 2

    @classmethod
    def load(cls, file: Path, longest: int) -> WordPiece:
        """From a `tokenizer.json`. Raises `FileNotFoundError`."""
        return cls(msgspec.json.decode(file.read_bytes(), type=_File).model.vocab, longest)

    def ids(self, text: str) -> list[int]:
        """The numbers of its pieces. Any text has some."""
        found: list[int] = []
        for word in words(text):
            if len(found) >= self._room:
                break
            found += self._pieces(word)
        return [self._first, *found[: self._room], self._last]

    def _pieces(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self._unknown]
        found, start, before = [], 0, ""
        while start < len(word):
            for end in range(len(word), start, -1):
                if (piece := self._vocabulary.get(before + word[start:end])) is not None:
                    found.append(piece)
                    start, before = end, "##"
                    break
            else:
                return [self._unknown]
        return found


def words(text: str) -> list[str]:
    """Its words and signs, in the form in which the vocabulary has them."""
    return text.translate(_forms).split()


class _Forms(dict[int, str]):
    """What becomes of each character, found out when it is first met."""

    def __missing__(self, point: int) -> str:
        self[point] = form = _form(point)
        return form


def _form(point: int) -> str:
    char = chr(point)
    if char in "\t\n\r" or unicodedata.category(char) == "Zs":
        return " "
    if point == 0xFFFD or unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs"):
        return ""
    bare = "".join(one for one in unicodedata.normalize("NFD", char) if unicodedata.category(one) != "Mn")
    lowered = "".join(f" {one} " if _is_sign(one) else one for one in bare.lower())
    return f" {lowered} " if any(first <= point <= last for first, last in _IDEOGRAPHS) else lowered


def _is_sign(char: str) -> bool:
    """Punctuation, and what else of ASCII is neither letter nor digit."""
    return unicodedata.category(char).startswith("P") or (char.isascii() and not char.isalnum())


_forms = _Forms()
