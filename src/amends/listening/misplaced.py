"""Why a piece of a query can't stand where it stands, told from the piece and the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .faults import Fault


class Piece(Protocol):
    """A word, phrase, field, operator or parenthesis of a query, and where it stands."""

    type: str
    start_pos: int | None
    end_pos: int | None

    def __str__(self) -> str: ...


_OPERATORS = ("_AND", "_OR", "NOT", "MINUS", "NEAR")


def misplaced(before: Sequence[Piece], piece: Piece | None, length: int) -> Fault:
    """The fault of `piece`, or of the end where it is None, after the pieces `before` in a query of that length."""
    last = before[-1] if before else None
    if last is not None and last.type in _OPERATORS and (piece is None or piece.type == "RPAR"):
        return _remove(last, f"{last} has nothing after it.")
    if last is not None and last.type == "NEAR":
        return _replace(last, f"{last} joins words, phrases and groups of them only, not a field or a NOT.", "AND")
    if piece is None:
        return _ended(before, length)
    if piece.type == "RPAR":
        if last is not None and last.type == "LPAR":
            return Fault("There is nothing between these parentheses.", _start(last), _end(piece), "")
        return _remove(piece, "This ) closes nothing: a ( is missing before it.")
    if piece.type == "NEAR" and last is not None and last.type not in (*_OPERATORS, "LPAR"):
        return _replace(
            piece, f"{piece} joins two words, phrases or groups of them only, not a field or a third.", "AND"
        )
    return _remove(piece, f"{piece} has nothing before it.")


def unclosed_quote(text: str, at: int) -> Fault:
    """A quote at this place that no other follows."""
    if not text[at + 1 :].strip():
        return Fault("This quote opens nothing.", at, len(text), "")
    return Fault("This quote is never closed.", len(text), len(text), '"', at=at)


def _ended(before: Sequence[Piece], length: int) -> Fault:
    opened = []
    for piece in before:
        if piece.type == "LPAR":
            opened.append(piece)
        elif piece.type == "RPAR":
            opened.pop()
    if not opened:
        return Fault("The query is empty: write a word to listen for.", 0, length, None)
    if before[-1] is opened[-1]:
        return _remove(opened[-1], "This ( opens nothing.")
    return Fault("This ( is never closed.", length, length, ")" * len(opened), at=_start(opened[-1]))


def _start(piece: Piece) -> int:
    return piece.start_pos or 0


def _end(piece: Piece) -> int:
    return piece.end_pos or 0


def _shown(piece: Piece) -> str:
    return str(piece)


def _remove(piece: Piece, reason: str) -> Fault:
    return Fault(reason, _start(piece), _end(piece), "")


def _replace(piece: Piece, reason: str, instead: str) -> Fault:
    return Fault(reason, _start(piece), _end(piece), instead)
