"""All queries at once against a post. What it costs grows with the post and what it matches, not with the queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from .common_words import COMMON
from .document import Document, field_keys
from .holding import View, holds, needle
from .nodes import Field, Node, Not, Term, walk
from .plan import clauses
from .tokens import names, words

_Test: TypeAlias = Callable[[View], bool]
# A query's number and, once the key that it is found by is there, what else must be: a second key, then the rest.
_Entry: TypeAlias = tuple[int, str, _Test | None]
_ANY = ""  # a key that every post holds
_MOST_REMEMBERED = 200_000  # words


class Matcher:
    """Compiled from queries by their number; `match` tells the numbers of those that hold of a post.

    Raises ValueError for a query that `parse` would refuse because it matches nearly everything.
    """

    def __init__(self, queries: Mapping[int, Node]) -> None:
        plans = [(number, clause) for number, node in queries.items() for clause in clauses(node)]
        frequency = Counter(key for _, clause in plans for key in clause.keys)
        self._by_key: dict[str, list[_Entry]] = {}
        by_beginning: dict[str, list[_Entry]] = {}
        for number, clause in plans:
            ranked = sorted(clause.keys, key=lambda key: _rank(key, frequency[key]))
            first, second, *others = [*ranked, _ANY, _ANY]
            entry = (number, second, _rest([key for key in others if key], clause.checks))
            if ranked:
                self._by_key.setdefault(first, []).append(entry)
            else:
                by_beginning.setdefault(max(clause.beginnings, key=len), []).append(entry)
        self._keys = frozenset(self._by_key)
        self._begun = _Begun(by_beginning) if by_beginning else None
        self._asks_fields = any(isinstance(part, Field) for node in queries.values() for part in walk(node))

    def match(self, document: Document) -> tuple[int, ...]:
        """The numbers of the queries that hold of the post, ascending."""
        row = words(document.text)
        named = names(document.text)
        keys = {_ANY, *row, *named}
        if self._asks_fields:
            keys.update(field_keys(document))
        candidates: list[Sequence[_Entry]] = [self._by_key[key] for key in keys & self._keys]
        if self._begun is not None:
            candidates += [entries for key in keys if (entries := self._begun[key])]
        found: list[int] = []
        view = View(row, named, keys)
        for entries in candidates:
            for number, second, rest in entries:
                if second in keys and (rest is None or rest(view)):
                    found.append(number)
        return tuple(sorted(set(found)))

    def match_many(self, documents: Iterable[Document]) -> list[tuple[int, ...]]:
        """`match` of each, in order."""
        return [self.match(document) for document in documents]


class _Begun(dict[str, Sequence[_Entry]]):
    """For every word seen, what is found by a beginning of it: remembered, since posts repeat their words."""

    def __init__(self, by_beginning: Mapping[str, list[_Entry]]) -> None:
        super().__init__()
        self._by_beginning = by_beginning
        self._lengths = sorted({len(beginning) for beginning in by_beginning})

    def __missing__(self, word: str) -> Sequence[_Entry]:
        found: list[_Entry] = []
        for length in self._lengths:
            if length > len(word):
                break
            found += self._by_beginning.get(word[:length], ())
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        self[word] = found
        return found


def _rank(key: str, frequency: int) -> tuple[int, int, int, str]:
    """Orders the keys of a clause by how rare they are thought to be in posts, the rarest first. What many queries
    name, many posts say; a long word is rarer than a short one; a field is the least telling."""
    if ":" in key:
        return 2, frequency, 0, key
    return int(key in COMMON or len(key) == 1), frequency, -len(key), key


def _rest(keys: Sequence[str], checks: Sequence[Node]) -> _Test | None:
    tests = [_test(check) for check in checks]
    if keys:
        required = frozenset(keys)
        tests.insert(0, lambda view: required <= view.keys)
    if len(tests) <= 1:
        return tests[0] if tests else None
    return lambda view: all(test(view) for test in tests)


def _test(check: Node) -> _Test:
    """`holds`, made ready for the frequent shapes."""
    match check:
        case Term():
            sought = needle(check)
            return lambda view: sought in view.row
        case Not(Term(words=(word,), prefix=False)):
            return lambda view: word not in view.keys
        case _:
            return partial(holds, check)
