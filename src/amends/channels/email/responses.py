"""What an IMAP server answers, as values (RFC 3501, 9)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

LITERAL = re.compile(rb"~?\{(\d{1,12})\+?\}$")
TOKEN = re.compile(rb'[ \t]+|(\()|(\))|"((?:[^"\\]|\\.)*)"|([^\s()"]+|")')
NUMBER = re.compile(rb"\* (\d+) ([A-Z]+)", re.I)
CODE = re.compile(r"\[([^\]\s]+)\s*([^\]]*)\]\s*(.*)", re.S)


class Response(msgspec.Struct, frozen=True):
    """One answer: lines, and between them literals (`pieces` of odd index)."""

    pieces: tuple[bytes, ...]

    @property
    def line(self) -> bytes:
        return self.pieces[0]

    def number(self) -> tuple[int, str]:
        """(172, "EXISTS") of `* 172 EXISTS`; (0, "") of anything else."""
        found = NUMBER.match(self.line)
        return (int(found[1]), found[2].decode().upper()) if found else (0, "")

    def word(self) -> str:
        """ "OK" of `* OK [...] ...`, "LIST" of `* LIST ...`."""
        return self.line.partition(b" ")[2].partition(b" ")[0].decode("ascii", "replace").upper()

    def said(self) -> tuple[str, str, str]:
        """(code, its argument, the words) of a status: `* OK [UIDNEXT 4392] Predicted next UID`."""
        rest = self.line.decode("utf-8", "replace").split(" ", 2)
        text = rest[2] if len(rest) > 2 else ""
        found = CODE.match(text)
        return (found[1].upper(), found[2], found[3]) if found else ("", "", text)

    def values(self) -> list[Any]:
        """All that stands in it: bytes, None for NIL, and lists of them. What isn't closed is taken as closed."""
        top: list[Any] = []
        stack = [top]
        for index, piece in enumerate(self.pieces):
            if index % 2:
                stack[-1].append(piece)
                continue
            text = LITERAL.sub(b"", piece) if index + 1 < len(self.pieces) else piece
            for opened, closed, quoted, atom in TOKEN.findall(text):
                if opened:
                    stack[-1].append([])
                    stack.append(stack[-1][-1])
                elif closed:
                    if len(stack) > 1:
                        stack.pop()
                elif atom:
                    stack[-1].append(None if atom.upper() == b"NIL" else atom)
                elif not (opened or closed or atom) and quoted:
                    stack[-1].append(re.sub(rb"\\(.)", rb"\1", quoted))
        return top

    def fields(self) -> dict[str, Any]:
        """The data of a FETCH, by name in capitals; a section's origin (`BODY[]<0>`) is left off."""
        held = next((value for value in self.values() if isinstance(value, list)), [])
        pairs = zip(held[::2], held[1::2], strict=False)
        return {
            name.decode("ascii", "replace").upper().partition("<")[0]: value
            for name, value in pairs
            if isinstance(name, bytes)
        }


def number(value: Any) -> int:
    """A number that stood in an answer, 0 where there is none."""
    return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) < 20 else 0


def names(values: Any) -> frozenset[str]:
    """Flags or capabilities, in lower case."""
    found: Sequence[Any] = values if isinstance(values, list) else ()
    return frozenset(one.decode("ascii", "replace").lower() for one in found if isinstance(one, bytes))
