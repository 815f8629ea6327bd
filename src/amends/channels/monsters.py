"""Mails that nobody writes: made to keep a reader busy. They are set aside before anything looks closer."""

from __future__ import annotations

import re

HEADERS = 512 << 10  # bytes of all headers; servers take much less
FIELD = 64 << 10  # bytes of one that says what a part is: the library takes time by their square
FIELDS = 16 * FIELD**2  # the squares of all of them together
PARTS = 10_000
LOOKS = 20_000_000  # the library looks at each line once for each of the boundaries that it may be

CONTENT = re.compile(rb"^content-[a-z-]{1,30}:[^\n]*+(?:\n[ \t][^\n]*+)*+", re.I | re.M)


def monstrous(raw: bytes) -> str:
    """Why a mail is one of these; "" for all others."""
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # to the library, each of them ends a line
    end = raw.find(b"\n\n")
    if (end if end >= 0 else len(raw)) > HEADERS:
        return f"The headers of this mail have more than {HEADERS >> 10} kB."
    if raw.count(b"\n--") > PARTS:
        return f"This mail has more than {PARTS:,} parts."
    boundaries = squares = 0
    for found in CONTENT.finditer(raw):
        squares += len(found[0]) ** 2
        if len(found[0]) > FIELD:
            return f"A header of this mail has more than {FIELD >> 10} kB."
        if squares > FIELDS:
            return "The headers of this mail's parts are too long."
        boundaries += b"boundary" in found[0].lower()
    if boundaries * raw.count(b"\n") > LOOKS:
        return "The parts of this mail hold too many others, and too many lines."
    return ""
