"""What to ask a network's own search, so that it brings at least what a query matches."""

from __future__ import annotations

from collections.abc import Sequence

from .common_words import COMMON
from .nodes import And, Name, Near, Node, Or, Term, walk


def search_terms(node: Node) -> tuple[str, ...]:
    """Alternatives, each a word, a "phrase", a @handle or a #tag, as they were written: whatever the query matches
    is found by at least one of them.

    Empty where no words can find it (a query of fields only): then only a feed that is heard whole will do. Networks
    know no beginnings of words: of `delay*` the word "delay" is asked for, which finds less, and it is asked only
    where nothing better is in the query.
    """
    return tuple(dict.fromkeys(_alternatives(node) or ()))


def _alternatives(node: Node) -> list[str] | None:
    match node:
        case Term(_, text, prefix):
            return [f'"{text}"' if len(node.words) > 1 and not prefix else text]
        case Name(_, text):
            return [text]
        case Near(left, right):
            return _best([left, right])
        case And(items):
            return _best(items)
        case Or(items):
            choices = [_alternatives(item) for item in items]
            return None if None in choices else [text for choice in choices if choice for text in choice]
        case _:
            return None


def _best(items: Sequence[Node]) -> list[str] | None:
    """Any one of the items will do: the one that the network can find fully, in the fewest and rarest alternatives."""
    choices = [(item, choice) for item in items if (choice := _alternatives(item))]
    return min(choices, key=_cost)[1] if choices else None


def _cost(choice: tuple[Node, list[str]]) -> tuple[bool, int, bool, int]:
    item, texts = choice
    begun = any(isinstance(part, Term | Name) and part.prefix for part in walk(item))
    common = any(part.words[0] in COMMON for part in walk(item) if isinstance(part, Term) and len(part.words) == 1)
    return begun, len(texts), common, -min(map(len, texts))
