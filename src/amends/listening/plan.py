"""How a query is found: the alternatives it consists of, and for each the one key that brings it to mind.

A query is turned to a disjunction of `Clause`s. A clause holds of a post only if the post holds all its keys, so it
is looked up under the rarest of them, and no post without that key ever costs a thought.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .common_words import COMMON
from .nodes import And, Field, Name, Near, Node, Not, Or, Term, any_of, is_anchored, ways
from .tokens import words

_MOST_CLAUSES = 64  # of one conjunction; beyond, its disjunctions but one are looked at when the rest holds


class Clause(NamedTuple):
    """All `keys` must be among the words and field keys of a post, and all `checks` hold. `beginnings` are those of
    words; every clause has a key or a beginning."""

    keys: frozenset[str]
    beginnings: tuple[str, ...]
    checks: tuple[Node, ...]


def clauses(node: Node) -> list[Clause]:
    """The alternatives of a query. Raises ValueError where it matches nearly everything, which `parse` refuses."""
    if not is_anchored(node):
        raise ValueError(f"A query must name something that a post must hold: {node}")
    return [_clause(parts) for parts in _alternatives(node)]


def _alternatives(node: Node) -> list[tuple[Node, ...]]:
    if isinstance(node, Or):
        return [parts for item in node.items for parts in _alternatives(item)]
    if isinstance(node, Near):
        sides: list[list[tuple[Node, ...]]] = [[(way, node) for way in ways(side)] for side in (node.left, node.right)]
        return min(sides, key=_cost)
    if not isinstance(node, And):
        return [(node,)]
    product: list[tuple[Node, ...]] = [()]
    anchors = sorted(
        ((_alternatives(item), item) for item in node.items if is_anchored(item)), key=lambda a: _cost(a[0])
    )
    for place, (alternatives, item) in enumerate(anchors):
        # Too many are checked as a whole: another item is there to be looked up.
        chosen = [(item,)] if place and len(product) * len(alternatives) > _MOST_CLAUSES else alternatives
        product = [parts + more for parts in product for more in chosen]
    rest = _unanchored(node)
    return [parts + rest for parts in product]


def _unanchored(node: And) -> tuple[Node, ...]:
    """What can't bring it to mind. What must not be there is one item, the last: most posts fail before."""
    excluded = [item.item for item in node.items if isinstance(item, Not)]
    rest = tuple(item for item in node.items if not isinstance(item, Not) and not is_anchored(item))
    return (*rest, Not(any_of(excluded))) if excluded else rest


def _cost(alternatives: Sequence[Sequence[Node]]) -> tuple[int, int]:
    """How many of them nearly every post brings to mind, and how many there are."""
    clauses = map(_clause, alternatives)
    return sum(not clause.beginnings and clause.keys <= COMMON for clause in clauses), len(alternatives)


def _clause(parts: Iterable[Node]) -> Clause:
    keys: set[str] = set()
    beginnings: list[str] = []
    checks: list[Node] = []
    for part in parts:
        whole, begun = _needs(part)
        keys.update(whole)
        beginnings += begun
        if begun or len(whole) != 1 or isinstance(part, Name | Near):
            checks.append(part)
    return Clause(frozenset(keys), tuple(beginnings), tuple(checks))


def _needs(part: Node) -> tuple[list[str], list[str]]:
    """The keys, and the beginnings of keys, that a post must hold for this part to hold."""
    match part:
        case Field():
            return [part.key], []
        case Name(key, _, prefix):  # where a name is, its words are
            return _row_needs(words(key), prefix)
        case Term(row, _, prefix):
            return _row_needs(list(row), prefix)
        case Near(left, right):
            (whole, begun), (more, more_begun) = _needs(left), _needs(right)
            return whole + more, begun + more_begun
        case _:
            return [], []


def _row_needs(row: list[str], prefix: bool) -> tuple[list[str], list[str]]:
    return (row[:-1], row[-1:]) if prefix else (row, [])
