"""Whether a tree holds of a text, exactly. Phrases and beginnings are looked for in the words joined by blanks, since
searching a string for a string is what the machine does best; no word holds a blank."""

from __future__ import annotations

from bisect import bisect_left

from .nodes import And, Field, Name, Near, Node, Not, Or, Term
from .tokens import names


class View:
    """A post: its words, the field keys that are true of it, and what is found out only when it is asked for."""

    __slots__ = ("_fields", "_keys", "_names", "_row", "_text", "words")

    def __init__(self, text: str, words: list[str], fields: list[str]) -> None:
        self.words = words
        self._text = text
        self._fields = fields
        self._names: list[str] | None = None
        self._row = ""
        self._keys: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """The handles and tags."""
        if self._names is None:
            self._names = names(self._text)
        return self._names

    @property
    def row(self) -> str:
        """All words, with one blank before and after each."""
        if not self._row:
            self._row = f" {' '.join(self.words)} "
        return self._row

    @property
    def keys(self) -> frozenset[str]:
        """The words and field keys together."""
        if not self._keys:
            self._keys = frozenset(self.words).union(self._fields)
        return self._keys


def holds(node: Node, view: View) -> bool:
    """Does the tree hold of the post?"""
    match node:
        case Term(words, _, prefix):
            if len(words) == 1 and not prefix:
                return words[0] in view.keys
            return needle(node) in view.row
        case Name(key, _, prefix):
            return any(name.startswith(key) for name in view.names) if prefix else key in view.names
        case Field():
            return node.key in view.keys
        case Near():
            return _near(node, view)
        case And(items):
            return all(holds(item, view) for item in items)
        case Or(items):
            return any(holds(item, view) for item in items)
        case Not(item):
            return not holds(item, view)


def needle(term: Term) -> str:
    """What to look for in a row of words."""
    return f" {' '.join(term.words)}" if term.prefix else f" {' '.join(term.words)} "


def _near(node: Near, view: View) -> bool:
    """Is some place of one term followed by one of the other, with few enough words between? The terms share no
    word, so that their places never overlap."""
    if needle(node.left) not in view.row or needle(node.right) not in view.row:
        return False
    left, right = _places(node.left, view.words), _places(node.right, view.words)
    first, second = len(node.left.words) + node.within, len(node.right.words) + node.within
    for place in left:
        after = bisect_left(right, place)
        if after < len(right) and right[after] - place <= first:
            return True
        if after and place - right[after - 1] <= second:
            return True
    return False


def _places(term: Term, words: list[str]) -> list[int]:
    """Where the term begins, counted in words, in order."""
    *row, last = term.words
    ends = len(row)
    return [
        place - ends
        for place, word in enumerate(words)
        if (word.startswith(last) if term.prefix else word == last)
        and place >= ends
        and (not row or words[place - ends : place] == row)
    ]
