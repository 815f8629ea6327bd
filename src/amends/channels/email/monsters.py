"""Mails that nobody writes: made to keep a reader busy. They are set aside before anything looks closer."""

from __future__ import annotations

import re

HEADERS = 512 << 10  # bytes of all headers; servers take much less
FIELD = 64 << 10  # bytes of one that says what a part is: the library takes time by their square
PARTS = 10_000

END = re.compile(rb"\r?\n\r?\n")
CONTENT = re.compile(rb"^content-[a-z-]{1,30}:[^\n]*+(?:\n[ \t][^\n]*+)*+", re.I | re.M)


def monstrous(raw: bytes) -> str:
    """Why a mail is one of these; "" for all others."""
    end = END.search(raw)
    if (end.start() if end else len(raw)) > HEADERS:
        return f"The headers of this mail have more than {HEADERS >> 10} kB."
    if raw.count(b"\n--") > PARTS:
        return f"This mail has more than {PARTS:,} parts."
    if any(len(found[0]) > FIELD for found in CONTENT.finditer(raw)):
        return f"A header of this mail has more than {FIELD >> 10} kB."
    return ""
