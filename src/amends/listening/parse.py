"""A query as it was written -> its tree, or an error that points at the character and suggests a repair."""

from __future__ import annotations

from .errors import QueryError
from .faults import Fault
from .nodes import Node, is_anchored
from .sides import wrong_side

MAX_LENGTH = 4_000  # characters
MAX_DEPTH = 30  # parentheses within parentheses
MAX_TERMS = 500


def parse(text: str) -> Node:
    """The tree of a query. Raises `QueryError`.

    The language is told in docs/reference/query-language.md. A query may have 4,000 characters, 500 terms and
    parentheses 30 deep, and must name something that a matching post holds.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(f"A query may have {MAX_LENGTH:,} characters, this has {len(text):,}: split it.", MAX_LENGTH)
    try:
        return _parse(text)
    except Fault as fault:
        raise QueryError(fault.reason, fault.at, _suggestion(fault.mend(text))) from fault


def _parse(text: str) -> Node:
    from . import grammar  # it loads the parser library, which takes longer than all else here

    pieces = grammar.pieces(text)
    depth = terms = 0
    for piece in pieces:
        depth += (piece.type == "LPAR") - (piece.type == "RPAR")
        terms += piece.type in ("WORD", "PHRASE", "FIELD")
        if depth > MAX_DEPTH or terms > MAX_TERMS:
            limit = f"{MAX_TERMS} terms" if terms > MAX_TERMS else f"parentheses {MAX_DEPTH} deep"
            raise Fault(f"A query may have {limit}: split it.", piece.start_pos or 0, len(text), None)
    if fault := wrong_side(pieces, text):
        raise fault
    node = grammar.tree(pieces, len(text))
    if not is_anchored(node):
        negation = next(piece for piece in pieces if piece.type in ("NOT", "MINUS"))
        reason = "This matches nearly every post: name something that a post must hold, beside what it must not."
        raise Fault(reason, negation.start_pos or 0, negation.end_pos or 0, "")
    return node


def _suggestion(text: str) -> str:
    """Repair upon repair until the query parses: what is suggested must not itself be wrong."""
    for _ in range(10):
        if not text or len(text) > MAX_LENGTH:
            break
        try:
            _parse(text)
        except Fault as fault:
            text = fault.mend(text)
        else:
            return text
    return ""
