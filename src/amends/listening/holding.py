"""Whether a tree holds of a text, exactly: made ready once, asked of every post. Phrases and beginnings are looked for
in the words joined by blanks, since searching a string for a string is what the machine does best; no word holds a
blank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from .nearness import Nearness, needle
from .nodes import And, Field, Name, Near, Node, Not, Or, Term
from .tokens import names


class View:
    """A post: its words, the field keys that are true of it, and what is found out only when it is asked for."""

    __slots__ = ("_fields", "_keys", "_names", "_near", "_row", "_text", "words")

    def __init__(self, text: str, words: list[str], fields: list[str]) -> None:
        self.words = words
        self._text = text
        self._fields = fields
        self._names: list[str] | None = None
        self._row = ""
        self._keys: frozenset[str] = frozenset()
        self._near: dict[Nearness, bool] = {}

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

    def has(self, nearness: Nearness) -> bool:
        """Found out once, though many words of the post may ask for it."""
        if nearness not in self._near:
            self._near[nearness] = nearness.holds(self.words, self.keys, self.row)
        return self._near[nearness]


Holds: TypeAlias = Callable[[View], bool]


def made_ready(node: Node) -> Holds:
    """What tells whether the tree holds of a post."""
    match node:
        case Name(key, _, True):
            return lambda view: any(name.startswith(key) for name in view.names)
        case Name(key):
            return lambda view: key in view.names
        case Near():
            nearness = Nearness(node)
            return lambda view: view.has(nearness)
        case And(items):
            return all_hold([made_ready(item) for item in items])
        case Or(items):
            return _any_holds(items)
        case Not(item):
            excluded = made_ready(item)
            return lambda view: not excluded(view)
        case _:
            return _any_holds((node,))


def all_hold(tests: Sequence[Holds]) -> Holds:
    """At least one, asked in their order until one does not hold."""
    first, *others = tests
    if not others:
        return first
    return lambda view: first(view) and all(holds(view) for holds in others)


def _any_holds(items: Sequence[Node]) -> Holds:
    """Words and fields are looked up all at once, then phrases and beginnings, then the rest is asked."""
    keys: set[str] = set()
    needles: list[str] = []
    others: list[Holds] = []
    for item in items:
        if isinstance(item, Field):
            keys.add(item.key)
        elif isinstance(item, Term) and len(item.words) == 1 and not item.prefix:
            keys.add(item.words[0])
        elif isinstance(item, Term):
            needles.append(needle(item))
        else:
            others.append(made_ready(item))
    if not needles and not others:
        return lambda view: not keys.isdisjoint(view.keys)
    if len(needles) == 1 and not keys and not others:
        sought = needles[0]
        return lambda view: sought in view.row
    return lambda view: (
        not keys.isdisjoint(view.keys)
        or any(sought in view.row for sought in needles)
        or any(holds(view) for holds in others)
    )
