"""All queries at once against a post. What it costs grows with the post and what it matches, not with the queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TypeAlias

from .common_words import COMMON
from .document import Document, field_keys
from .holding import Holds, View, all_hold, made_ready
from .nodes import Field, Node, walk
from .plan import clauses
from .tokens import folded

# What must hold, once the key that an entry is found by is there: a second word, with a blank before and after it (or
# "", which is always there), and the rest. Then the query's number, and the next entry found by the same key: a chain
# rather than a list, since what is not loaded from memory needs not be waited for.
_Entry: TypeAlias = "tuple[str, Holds | None, int, _Entry | None]"
_LONG = 1_000  # characters
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 200_000, 40  # words, and letters of a word


class Matcher:
    """Compiled from queries by their number; `match` tells the numbers of those that hold of a post.

    Raises ValueError for a query that `parse` would refuse because it matches nearly everything.
    """

    def __init__(self, queries: Mapping[int, Node]) -> None:
        plans = {number: clauses(node) for number, node in queries.items()}
        frequency = Counter(key for plan in plans.values() for key in frozenset().union(*(c.keys for c in plan)))
        by_key: dict[str, list[tuple[str, Holds | None, int]]] = {}
        by_beginning: dict[str, list[tuple[int, Holds]]] = {}
        ready = _Ready()
        for number, plan in plans.items():
            shared = Counter(key for clause in plan for key in clause.keys)
            for clause in plan:
                if clause.keys:
                    first, *others = sorted(clause.keys, key=lambda key: _rank(key, frequency[key], shared[key]))
                    second = next((key for key in others if key.isalnum()), "")
                    rest = _rest([key for key in others if key != second], list(map(ready, clause.checks)))
                    by_key.setdefault(first, []).append((second, rest, number))
                else:
                    beginning = max(clause.beginnings, key=len)
                    by_beginning.setdefault(beginning, []).append((number, all_hold(list(map(ready, clause.checks)))))
        padded = {word: f" {word} " if word else "" for entries in by_key.values() for word, _, _ in entries}
        # The key that is no string makes CPython keep every key's hash beside it, so that looking up a word that is
        # not there seldom needs to load a key.
        self._found_by: dict[str | None, _Entry | None] = {None: None}
        for key, entries in by_key.items():
            for second, rest, number in entries:
                self._found_by[key] = (padded[second], rest, number, self._found_by.get(key))
        self._begun = _Begun(by_beginning) if by_beginning else None
        self._asks_fields = any(isinstance(part, Field) for node in queries.values() for part in walk(node))

    def match(self, document: Document) -> tuple[int, ...]:
        """The numbers of the queries that hold of the post, ascending."""
        text = f" {folded(document.text)} "
        row = text.split()
        fields = field_keys(document) if self._asks_fields else []
        keys: Iterable[str] = row + fields
        said: Container[str] = text
        if len(text) > _LONG:  # for a few words, searching the text is quicker than making sets of its words
            keys, said = set(keys), {"", *(f" {word} " for word in row)}
        likely: list[_Entry] = []
        for first in filter(None, map(self._found_by.get, keys)):
            entry: _Entry | None = first
            while entry is not None:
                if entry[0] in said:
                    likely.append(entry)
                entry = entry[3]
        if not likely and self._begun is None:
            return ()
        view = View(document.text, row, fields)
        found = {number for _, rest, number, _ in likely if rest is None or rest(view)}
        if self._begun is not None:
            found.update(self._begun.found(view))
        return tuple(sorted(found))

    def match_many(self, documents: Iterable[Document]) -> list[tuple[int, ...]]:
        """`match` of each, in order."""
        return [self.match(document) for document in documents]


class _Begun(dict[str, list[tuple[int, Holds]]]):
    """For every word seen, what is found by a beginning of it: remembered, since posts repeat their words."""

    def __init__(self, by_beginning: Mapping[str, list[tuple[int, Holds]]]) -> None:
        super().__init__()
        self._by_beginning = by_beginning
        self._lengths = sorted({len(beginning) for beginning in by_beginning})

    def __missing__(self, word: str) -> list[tuple[int, Holds]]:
        found: list[tuple[int, Holds]] = []
        for length in self._lengths:
            if length > len(word):
                break
            found += self._by_beginning.get(word[:length], ())
        if len(word) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[word] = found
        return found

    def found(self, view: View) -> list[int]:
        """The numbers of the queries found by a beginning of what is in the post, and that hold."""
        return [number for word in set(view.words) for number, holds in self[word] if holds(view)]


def _rank(key: str, frequency: int, shared: int) -> tuple[int, int, int, int, str]:
    """Orders the keys of a clause by how rare they are thought to be in posts, the rarest first. What many queries
    name, many posts say; what more of a query's own clauses share is looked at once for all; a long word is rarer
    than a short one; a field is the least telling."""
    kind = 2 if ":" in key else int(key in COMMON or len(key) == 1)
    return kind, frequency, -shared, -len(key), key


class _Ready:
    """`made_ready`, once for each check: the clauses of a query share most of theirs."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Node, Holds]] = {}  # the check beside, so that no other gets its id

    def __call__(self, check: Node) -> Holds:
        if id(check) not in self._made:
            self._made[id(check)] = check, made_ready(check)
        return self._made[id(check)][1]


def _rest(keys: Sequence[str], tests: list[Holds]) -> Holds | None:
    if keys:
        required = frozenset(keys)
        tests = [lambda view: required <= view.keys, *tests]
    return all_hold(tests) if tests else None
