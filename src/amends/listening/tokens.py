"""The one tokeniser: what queries, matching and full-text search take a text to consist of.

A text is a row of *words*, whose places count for phrases and NEAR, and a bag of *names*: its @handles and #tags.

- Everything but letters and digits parts words, the apostrophe too: "don't" is `don t`, "Delta's" is `delta s`, and a
  term written so is matched as a phrase. An address of the web is the words of its parts: `https www united com`.
- A handle or tag stands among the words without its sign (so the word x is also found in @x and #x), and among the
  names with it. A handle of several parts is named by each of its beginnings: @alice.bsky.social is also @alice and
  @alice.bsky, @bob@mastodon.social is also @bob. The @ inside an e-mail address makes no handle.
- How characters are folded, cut and joined is told in `folding`.
"""

from __future__ import annotations

import codecs
import re
from itertools import pairwise
from typing import NamedTuple

from .folding import FOLDS, is_cut, second_look

# Marks that `\w` misses, though words of these scripts are full of them; they may stand in a name.
_MARKS = (
    r"\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0df3\u0e31-\u0e4e\u0eb1-\u0ece"
    r"\u102b-\u103e\u17b4-\u17d3\u200c\u200d"
)
# Each begins with a literal, so that the search for it is a search for a byte.
_HANDLE = re.compile(rf"@(?<!\w@)\w[\w{_MARKS}]*(?:[.@-][\w{_MARKS}]+)*")
_TAG = re.compile(rf"#(?<![\w&/]#)[\w{_MARKS}]+")  # not &#39; and not the fragment of an address
_JOINT = re.compile("[.@-]")
_SIGNS = "@#._-"
_MOST_PARTS = 8  # of a handle; more of them are no handle, and would cost their number squared

_LETTERS = bytes(ord(chr(byte).lower()) if chr(byte).isalnum() else 0x20 for byte in range(0x80))
_BYTES = _LETTERS + bytes(range(0x80, 0x100))  # for UTF-8: ASCII folded, the rest untouched


class Tokens(NamedTuple):
    """The words of a text in order, and the names in it, each in the form it is compared in."""

    words: list[str]
    names: list[str]


def _fold_rest(error: UnicodeError) -> tuple[bytes, int]:
    """What `str.encode` asks when it meets characters beyond ASCII: their folded form, and where to go on.

    A few accents or an emoji are folded alone and the ASCII around them stays on the fast way, which halves the
    time of an ordinary European post. A run of three says that the text is of another script: then the whole rest
    is translated at once.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text, start, end = error.object, error.start, error.end
    if end - start > 2 or len(text) > 2000:
        end = len(text)
    return second_look(text[start:end].translate(FOLDS)).encode(), end


codecs.register_error("amends.listening.fold", _fold_rest)


def folded(text: str) -> str:
    """The words of a text, in order, with one or more blanks between. Takes any string: null bytes, lone surrogates,
    megabytes."""
    return text.encode("ascii", "amends.listening.fold").translate(_BYTES).decode()


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    return folded(text).split()


def fold_name(name: str, blank: str = "_") -> str:
    """A handle or tag as it is compared: without case and accents, its signs kept. Its words are those of the text."""
    if name.isascii():
        return blank.join(name.lower().split())
    return glued(second_look(name.translate(FOLDS)).lower().split(), blank)


def beginnings(handle: str) -> list[str]:
    """Every part of a folded handle that ends at a dot, a hyphen or an @, and the whole: the names it answers to."""
    ends = [joint.start() for joint in _JOINT.finditer(handle, 1)]
    if len(ends) >= _MOST_PARTS:
        return []
    return [handle[:end] for end in ends] + [handle]


class _Answers(dict[str, tuple[str, ...]]):
    """For a handle or tag as it was written, the names it answers to: remembered, since posts repeat them."""

    def __missing__(self, name: str) -> tuple[str, ...]:
        found = fold_name(name)
        answers = tuple(beginnings(found)) if _JOINT.search(found, 1) else (found,) if len(found) > 1 else ()
        if len(name) <= 64:
            if len(self) >= 100_000:
                self.clear()
            self[name] = answers
        return answers


_ANSWERS = _Answers()


def _written_names(text: str) -> list[str]:
    if not text.isascii():
        text = text.replace("＠", "@").replace("＃", "#")
    found = _HANDLE.findall(text) if "@" in text else []
    return found + _TAG.findall(text) if "#" in text else found


def whole_names(text: str) -> list[str]:
    """The @handles and #tags of a text as they stand there, folded, without their beginnings."""
    return [folded for name in _written_names(text) if len(folded := fold_name(name)) > 1]


def names(text: str) -> list[str]:
    """The @handles, with their beginnings, and the #tags of a text."""
    return [answer for name in _written_names(text) for answer in _ANSWERS[name]]


def tokens(text: str) -> Tokens:
    """The words and names of a text: equal texts to a reader, written this way or that, give equal tokens."""
    return Tokens(words(text), names(text))


def glued(row: list[str], blank: str = " ") -> str:
    """Words as a person writes them: with blanks between, but none between characters of a script without spaces, nor
    beside a sign."""
    text = "".join(row[:1])
    for before, word in pairwise(row):
        last, first = before[-1], word[0]
        tight = (is_cut(last) and is_cut(first)) or last in _SIGNS or first in _SIGNS
        text += word if tight else blank + word
    return text
