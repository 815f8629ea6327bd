"""The tree of a query. Frozen; made by `parse`; `str` writes it as a query that parses to the same tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

OPERATORS = frozenset({"AND", "OR", "NOT", "NEAR"})
_BARE = re.compile(r"[^\s()\"“”„:*\-][^\s()\"“”„:*]*")
_BARE_VALUE = re.compile(r"[\w.@-]+")


class Term(msgspec.Struct, frozen=True, tag=True):
    """Words that stand in a row: one word, or a phrase. With `prefix` the last need only begin so.

    `words` are folded tokens, at least one; `text` is the term as it was written, without quotes and star.
    """

    words: tuple[str, ...]
    text: str
    prefix: bool = False

    def __str__(self) -> str:
        if self.prefix:
            return f"{self.text}*"
        bare = _BARE.fullmatch(self.text) and self.text.partition("/")[0] not in OPERATORS
        return self.text if bare else f'"{self.text}"'


class Name(msgspec.Struct, frozen=True, tag=True):
    """A @handle or a #tag. `key` is folded and keeps its sign; `text` is as it was written, without the star."""

    key: str
    text: str
    prefix: bool = False

    def __str__(self) -> str:
        return f"{self.text}*" if self.prefix else self.text


class Field(msgspec.Struct, frozen=True, tag=True):
    """What is known of a post besides its words: `from`, `lang`, `has` or `is`, and a folded value."""

    field: str
    value: str

    @property
    def key(self) -> str:
        """One string for both. It holds a colon, so it is never a word or a name."""
        return f"{self.field}:{self.value}"

    def __str__(self) -> str:
        return self.key if _BARE_VALUE.fullmatch(self.value) else f'{self.field}:"{self.value}"'


class Near(msgspec.Struct, frozen=True, tag=True):
    """A term of each side, in either order, with at most `within` words between. A side is a term, or an `Or` of
    nothing but terms; no word of one side is one of the other."""

    left: Term | Or
    right: Term | Or
    within: int

    def __str__(self) -> str:
        return f"{_within(self.left)} NEAR/{self.within} {_within(self.right)}"


class And(msgspec.Struct, frozen=True, tag=True):
    """All of two or more."""

    items: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(map(_within, self.items))


class Or(msgspec.Struct, frozen=True, tag=True):
    """At least one of two or more."""

    items: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(_within, self.items))


class Not(msgspec.Struct, frozen=True, tag=True):
    """Everything that is not so."""

    item: Node

    def __str__(self) -> str:
        return f"NOT {_within(self.item)}"


Node: TypeAlias = Term | Name | Field | Near | And | Or | Not


def _within(node: Node) -> str:
    return f"({node})" if isinstance(node, Near | And | Or) else str(node)


def all_of(nodes: Iterable[Node]) -> Node:
    """Their conjunction, flat. At least one node."""
    flat = tuple(item for node in nodes for item in (node.items if isinstance(node, And) else (node,)))
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(nodes: Iterable[Node]) -> Node:
    """Their disjunction, flat. At least one node."""
    flat = tuple(item for node in nodes for item in (node.items if isinstance(node, Or) else (node,)))
    return flat[0] if len(flat) == 1 else Or(flat)


def ways(side: Term | Or) -> tuple[Term, ...]:
    """The terms of one side of NEAR."""
    items = side.items if isinstance(side, Or) else (side,)
    return tuple(item for item in items if isinstance(item, Term))


def negated(node: Node) -> Node:
    """Its negation; two of them are none."""
    return node.item if isinstance(node, Not) else Not(node)


def walk(node: Node) -> Iterator[Node]:
    """The node and all within it."""
    yield node
    for part in _parts(node):
        yield from walk(part)


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case And(items) | Or(items):
            return items
        case Not(item):
            return (item,)
        case Near(left, right):
            return (left, right)
        case _:
            return ()


def is_anchored(node: Node) -> bool:
    """Must a matching post hold at least one thing that the query names? If not, it matches nearly everything."""
    match node:
        case And(items):
            return any(map(is_anchored, items))
        case Or(items):
            return all(map(is_anchored, items))
        case Not():
            return False
        case _:
            return True
