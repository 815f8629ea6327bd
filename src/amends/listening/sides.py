"""What may stand in parentheses beside NEAR: words and phrases with OR between, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from .faults import Fault
from .misplaced import Piece

_LEAVES = ("WORD", "PHRASE")


def wrong_side(pieces: Sequence[Piece], text: str) -> Fault | None:
    """The fault of the first piece that can't stand in a group beside NEAR; None where every group is right, or is
    not closed."""
    partners = _partners(pieces)
    for place, piece in enumerate(pieces):
        if piece.type == "NEAR":
            begin, end = partners.get(place - 1, place), partners.get(place + 1, place)
            for group in (range(begin + 1, place - 1), range(place + 2, end)):
                for within in group:
                    if fault := _fault(pieces, within, place, max(end, place + 1), partners, text):
                        return fault
    return None


def _partners(pieces: Sequence[Piece]) -> dict[int, int]:
    """For the place of every parenthesis, that of the one it belongs to."""
    opened: list[int] = []
    found: dict[int, int] = {}
    for place, piece in enumerate(pieces):
        if piece.type == "LPAR":
            opened.append(place)
        elif piece.type == "RPAR" and opened:
            found[place] = opened.pop()
            found[found[place]] = place
    return found


def _fault(
    pieces: Sequence[Piece], place: int, near: int, last: int, partners: dict[int, int], text: str
) -> Fault | None:
    """What is wrong with the piece at this place, in a group of the NEAR at `near`, whose right side ends at `last`."""
    piece, before = pieces[place], pieces[place - 1]
    start, end = piece.start_pos or 0, piece.end_pos or 0
    if piece.type == "_AND":
        return Fault("Beside NEAR a group holds ways to say one thing: write OR between them.", start, end, "OR")
    if piece.type in (*_LEAVES, "LPAR") and before.type in (*_LEAVES, "RPAR"):
        reason = "Beside NEAR a group holds ways to say one thing: write OR between, or put words in a row in quotes."
        return Fault(reason, start, start, "OR ")
    if piece.type == "NEAR":
        outer = pieces[near]
        reason = f"{piece} can't stand in a group beside {outer}: write AND for one of them."
        return Fault(reason, outer.start_pos or 0, outer.end_pos or 0, "AND", at=start)
    if piece.type in ("NOT", "MINUS", "FIELD"):
        operand = place
        while pieces[operand].type in ("NOT", "MINUS") and operand + 1 < len(pieces):
            operand += 1
        after = pieces[partners.get(operand, operand)].end_pos or 0
        close = pieces[min(last, len(pieces) - 1)].end_pos or 0
        reason = f"{_told(piece)} can't stand in a group beside NEAR: write it after the NEAR."
        return Fault(reason, start, close, f"{text[after:close]} {text[start:after]}")
    return None


def _told(piece: Piece) -> str:
    return {"MINUS": "A “-”", "FIELD": "A field"}.get(piece.type, str(piece))
