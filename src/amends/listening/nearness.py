"""Whether some term of one side of a NEAR stands close enough to one of the other. What it costs grows with the post:
the places of all terms of a side are found in one walk over its words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence, Set

from .nodes import Near, Term, ways


class Nearness:
    """A NEAR made ready for `holds`."""

    __slots__ = ("_left", "_reach", "_right")

    def __init__(self, near: Near) -> None:
        self._left = _Side(ways(near.left))
        self._right = _Side(ways(near.right))
        self._reach = near.within + 1

    def holds(self, words: Sequence[str], keys: Set[str], row: str) -> bool:
        """Of a post, given as its words in order, as a set, and in a row with one blank before and after each. The
        sides share no word, so that their places never overlap."""
        if not (self._left.may_be_in(keys, row) and self._right.may_be_in(keys, row)):
            return False
        left, right = self._left.places(words), self._right.places(words)
        return self._follows(left, right) or self._follows(right, left)

    def _follows(self, before: _Places, after: _Places) -> bool:
        starts = sorted(start for start, _ in after)
        for _, end in before:
            following = bisect_right(starts, end)
            if following < len(starts) and starts[following] - end <= self._reach:
                return True
        return False


_Places = list[tuple[int, int]]  # of the first and last word of each term that is there


class _Side:
    """The terms of a side, by the word, or the beginning of a word, that each ends with."""

    __slots__ = ("_begun", "_lengths", "_needed", "_needles", "_whole")

    def __init__(self, terms: Sequence[Term]) -> None:
        self._needed = {max(term.words, key=len) for term in terms if not term.prefix}
        self._needles = [needle(term) for term in terms if term.prefix]
        self._whole: dict[str, list[tuple[str, ...]]] = {}
        self._begun: dict[str, list[tuple[str, ...]]] = {}
        for term in terms:
            ends = self._begun if term.prefix else self._whole
            ends.setdefault(term.words[-1], []).append(term.words[:-1])
        self._lengths = sorted({len(beginning) for beginning in self._begun})

    def may_be_in(self, keys: Set[str], row: str) -> bool:
        """False only where none of the terms is there."""
        return not self._needed.isdisjoint(keys) or any(sought in row for sought in self._needles)

    def places(self, words: Sequence[str]) -> _Places:
        return [
            (place - len(row), place)
            for place, word in enumerate(words)
            for row in self._rows(word)
            if not row or (place >= len(row) and tuple(words[place - len(row) : place]) == row)
        ]

    def _rows(self, word: str) -> Iterator[tuple[str, ...]]:
        """The words before the last, of each term that this word ends."""
        yield from self._whole.get(word, ())
        for length in self._lengths:
            if length > len(word):
                break
            yield from self._begun.get(word[:length], ())


def needle(term: Term) -> str:
    """What to look for in a row of words, with one blank before and after each."""
    return f" {' '.join(term.words)}" if term.prefix else f" {' '.join(term.words)} "
