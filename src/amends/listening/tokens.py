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

from .folding import CUT_EDGE, FOLDS, is_cut, second_look

# Of a text already folded: what no separator parts. Each begins with a literal, so that the search is for a byte.
_PART = r"[^\x00-/:-@\[-^`{-\x7f]+"
_HANDLE = re.compile(rf"@(?<![0-9a-z_]@){_PART}(?:[.@-]{_PART})*")
_TAG = re.compile(rf"#(?<![0-9a-z_&/]#)(?:{_PART}|{CUT_EDGE})+")  # not &#39; and not the fragment of an address
_JOINT = re.compile("[.@-]")
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


def fold_name(name: str) -> str:
    """A name as it is compared: without case and accents, its signs kept."""
    return " ".join(_folded_with_signs(name).replace(CUT_EDGE, "").split())


def _folded_with_signs(text: str) -> str:
    if text.isascii():
        return text.lower().replace(CUT_EDGE, " ")
    return second_look(text.translate(FOLDS)).lower()


def beginnings(handle: str) -> list[str]:
    """Every part of a folded handle that ends at a dot, a hyphen or an @, and the whole: the names it answers to."""
    ends = [joint.start() for joint in _JOINT.finditer(handle, 1)]
    if len(ends) >= _MOST_PARTS:
        return []
    return [handle[:end] for end in ends] + [handle]


def whole_names(text: str) -> list[str]:
    """The @handles and #tags of a text, folded, each as a whole."""
    if text.isascii() and "@" not in text and "#" not in text:
        return []
    text = _folded_with_signs(text)
    found = _HANDLE.findall(text)
    for tag in _TAG.findall(text):
        if name := tag.replace(CUT_EDGE, "")[1:]:
            found.append(f"#{name}")
    return found


def names(text: str) -> list[str]:
    """The @handles, with their beginnings, and the #tags of a text."""
    return [name for whole in whole_names(text) for name in (beginnings(whole) if whole[0] == "@" else [whole])]


def tokens(text: str) -> Tokens:
    """The words and names of a text: equal texts to a reader, written this way or that, give equal tokens."""
    return Tokens(words(text), names(text))


def glued(row: list[str]) -> str:
    """Words as a person writes them: with blanks between, but none between characters of a script without spaces."""
    text = "".join(row[:1])
    for before, word in pairwise(row):
        text += word if is_cut(before[-1]) and is_cut(word[0]) else f" {word}"
    return text
