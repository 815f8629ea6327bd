"""Texts made even: of bounded length, on one line, handles and links behind one character each.

A whole batch is cleaned as one string, its texts held apart by `GAP`, which no cleaned text contains.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST = 2_000
"""Characters read of each text. What is felt is said early, and a post of megabytes must not hold up the others."""

GAP = "\n\n\n\n"
HANDLE = "@"
LINK = "\x02"

_HANDLE = re.compile(r"@\w+(?:[.@-]\w+)*")
_LINK = re.compile(r"https?(?:://\S+|\b)|www\.\S+")
_TAG = re.compile(r"#\w+")


def join(texts: Sequence[str]) -> str:
    """The texts' first `LONGEST` characters as one string, case kept: `GAP`, text, `GAP`, text, ... `GAP`.

    Links become `LINK` and handles `HANDLE`, and the text can be encoded.
    """
    heads = [text[:LONGEST].replace("\n", " ").replace("\0", " ") for text in texts]
    joined = GAP + GAP.join(heads) + GAP
    try:
        joined.encode()
    except UnicodeEncodeError:  # halves of surrogate pairs: whole pairs become their character, lone halves U+FFFD
        joined = joined.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _HANDLE.sub(HANDLE, _LINK.sub(LINK, joined))


def words_alone(joined: str) -> list[str]:
    """The texts of a joined batch apart again, without handles, links and tags."""
    bare = _TAG.sub("", joined).replace(HANDLE, "").replace(LINK, "")
    return bare[len(GAP) : -len(GAP)].split(GAP)
