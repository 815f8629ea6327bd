"""A query as a condition of a database's full-text search, over the same tokens that the matcher sees.

The column holds `search_text`: the words joined by blanks, then the names. In SQLite it is indexed by FTS5 with
`FTS5_TOKENIZER`, which takes tokens as they are; in PostgreSQL the vector is `tsvector_literal`, cast. What is known
of a post besides its text is no part of either: `filters` tells it apart, for conditions on columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from .errors import QueryError
from .nodes import And, Field, Name, Near, Node, Not, Or, Term, all_of, ways
from .tokens import Tokens, tokens

FTS5_TOKENIZER = "ascii tokenchars '@#._-'"
"""For CREATE VIRTUAL TABLE ... USING fts5(..., tokenize="..."): only blanks part tokens, nothing is folded again."""

MOST_WORDS = 10_000  # of a post are searched; PostgreSQL keeps places up to 16,383 and a vector of one megabyte
MOST_LETTERS = 64  # of a word; PostgreSQL refuses a lexeme of 2,047 bytes


class Filter(NamedTuple):
    """A condition on what is known besides the text: the field is one of the values, or with `negated` none of them.

    `from` holds for a handle that is the value or goes on after it with a dot, a hyphen or an @; `lang` for a code
    that is the value or goes on after it with a hyphen; `has:media` for image, video or audio.
    """

    field: str
    values: tuple[str, ...]
    negated: bool


class _Dialect(NamedTuple):
    """How a database writes a term, nearness, and its operators."""

    term: Callable[[tuple[str, ...], bool], str]
    near: Callable[[Sequence[Term], Sequence[Term], int], str]
    both: str
    either: str
    but: str
    counted: str
    most: int  # times that `counted` may be in an expression


class _Condition(NamedTuple):
    """An expression; with `negated` it means everything that the expression does not find."""

    text: str
    negated: bool = False


def search_text(text: str) -> str:
    """The tokens of a text joined by blanks, for the column that is searched. At most 10,000 words."""
    found = _kept(tokens(text))
    return " ".join(found.words + found.names)


def tsvector_literal(tokens: Tokens) -> str:
    """The tokens as PostgreSQL's `tsvector` reads them, words with their places: a parameter, to be cast."""
    found = _kept(tokens)
    places: dict[str, list[str]] = {}
    for place, word in enumerate(found.words, 1):
        places.setdefault(word, []).append(str(place))
    lexemes = [f"{_lexeme(word)}:{','.join(at)}" for word, at in places.items()]
    return " ".join(lexemes + [_lexeme(name) for name in dict.fromkeys(found.names)])


def filters(node: Node) -> tuple[Filter, ...]:
    """The conditions of a query on what is known besides the text; all must hold."""
    return tuple(found for item in _conjuncts(node) if (found := _filter(item)))


def fts5_match(node: Node) -> str:
    """The right side of SQLite's `MATCH`, or "" where the query asks for nothing but fields.

    Raises `QueryError` for what a search can't express: a field in an OR or NOT with words, words that are only
    excluded, and more nearness than a database answers within a second.
    """
    return _text(node, _FTS5)


def tsquery(node: Node) -> str:
    """The same as PostgreSQL's `tsquery` reads it: to be passed as a parameter and cast."""
    return _text(node, _POSTGRESQL)


def _kept(found: Tokens) -> Tokens:
    words, letters = [word[:MOST_LETTERS] for word in found.words[:MOST_WORDS]], MOST_WORDS * 20
    if sum(map(len, words)) > letters:
        words = [word for word, sofar in zip(words, accumulate(map(len, words)), strict=True) if sofar <= letters]
    return Tokens(words, [name[:MOST_LETTERS] for name in found.names[: MOST_WORDS // 10]])


def _conjuncts(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, And) else (node,)


def _filter(node: Node) -> Filter | None:
    """The node as a filter, if it is a field, several values of one field, or the negation of such."""
    inner = node.item if isinstance(node, Not) else node
    items = inner.items if isinstance(inner, Or) else (inner,)
    fields = [item for item in items if isinstance(item, Field)]
    if len(fields) < len(items) or len({field.field for field in fields}) > 1:
        return None
    return Filter(fields[0].field, tuple(field.value for field in fields), node is not inner)


def _text(node: Node, dialect: _Dialect) -> str:
    parts = [item for item in _conjuncts(node) if _filter(item) is None]
    if not parts:
        return ""
    found = _express(all_of(parts), dialect)
    if found.negated:
        raise QueryError("A search needs a word to look for, beside the words that must not be there.")
    if found.text.count(dialect.counted) > dialect.most:
        raise QueryError(
            "A search can't look for so much with NEAR at once: let fewer words stand between, or join fewer ways."
        )
    return found.text


def _express(node: Node, dialect: _Dialect) -> _Condition:
    match node:
        case Term(words, _, prefix):
            return _Condition(dialect.term(words, prefix))
        case Name(key, _, prefix):
            return _Condition(dialect.term((key,), prefix))
        case Near(left, right, within):
            return _Condition(dialect.near(ways(left), ways(right), within))
        case Not(item):
            found = _express(item, dialect)
            return _Condition(found.text, not found.negated)
        case Field():
            raise QueryError(
                f"A search can't have {node} in an OR or a NOT together with words: let it stand beside them."
            )
        case And(items) | Or(items):
            return _combine([_express(item, dialect) for item in items], isinstance(node, And), dialect)


def _combine(found: list[_Condition], conjunction: bool, dialect: _Dialect) -> _Condition:
    """One expression for all. FTS5 knows no negation but "this and not that", so that a negation is carried upwards
    until something stands beside it: a OR NOT b is everything but (b and not a)."""
    wanted = [condition.text for condition in found if not condition.negated]
    unwanted = [condition.text for condition in found if condition.negated]
    inside, outside = (dialect.both, dialect.either) if conjunction else (dialect.either, dialect.both)
    if not unwanted:
        return _Condition(_joined(wanted, inside))
    if not wanted:
        return _Condition(_joined(unwanted, outside), negated=True)
    base, less = _joined(wanted, inside), _joined(unwanted, outside)
    if conjunction:
        return _Condition(f"({base} {dialect.but}{less})")
    return _Condition(f"({less} {dialect.but}{base})", negated=True)


def _joined(texts: list[str], operator: str) -> str:
    return texts[0] if len(texts) == 1 else f"({f' {operator} '.join(texts)})"


def _fts5_term(words: tuple[str, ...], prefix: bool) -> str:
    return f'"{" ".join(word[:MOST_LETTERS] for word in words)}"{"*" if prefix else ""}'


def _fts5_near(left: Sequence[Term], right: Sequence[Term], within: int) -> str:
    """It knows nearness of phrases only: every pair."""
    firsts, seconds = ([_fts5_term(term.words, term.prefix) for term in side] for side in (left, right))
    return _joined([f"NEAR({first} {second}, {within})" for first in firsts for second in seconds], "OR")


def _lexeme(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _postgresql_term(words: tuple[str, ...], prefix: bool) -> str:
    row = [_lexeme(word[:MOST_LETTERS]) for word in words]
    return _joined([*row[:-1], row[-1] + (":*" if prefix else "")], "<->")


def _postgresql_near(left: Sequence[Term], right: Sequence[Term], within: int) -> str:
    """Its phrase operator wants an exact distance and an order: all of them, either way. The distance is counted from
    where the longest of several alternatives would end: those that go before are taken length by length."""
    found: list[str] = []
    for before, after in ((left, right), (right, left)):
        second = _joined([_postgresql_term(term.words, term.prefix) for term in after], "|")
        for length in sorted({len(term.words) for term in before}):
            same = [_postgresql_term(term.words, term.prefix) for term in before if len(term.words) == length]
            found += [f"{_joined(same, '|')} <{distance}> {second}" for distance in range(1, within + 2)]
    return _joined(found, "|")


# SQLite takes 0.2 s for 2,500 pairs, and six times as long for three times as many. PostgreSQL refuses 32,768 lexemes
# and operators; there are as many operators as lexemes, each of which has two quotes.
_FTS5 = _Dialect(_fts5_term, _fts5_near, "AND", "OR", "NOT ", "NEAR(", 2_500)
_POSTGRESQL = _Dialect(_postgresql_term, _postgresql_near, "&", "|", "& !", "'", 32_000)
