"""Content ids: what a record's reference names it by, reckoned here for a thread whose posts are created in one write.

A record is encoded as DAG-CBOR (https://ipld.io/specs/codecs/dag-cbor/spec/) and hashed by SHA-256; the id is a CID of
version 1 in base 32. https://atproto.com/specs/data-model says what a record may hold: no fractions.
"""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from typing import Any

CID = re.compile(r"b[a-z2-7]{50,120}")
LINK = 42  # the CBOR tag of a link
HASHED = bytes((1, 0x71, 0x12, 32))  # version 1, DAG-CBOR, SHA-256 of 32 bytes


def cid_of(record: dict[str, Any]) -> str:
    """The content id of a record in the AT Protocol's JSON form."""
    return "b" + base64.b32encode(HASHED + sha256(encode(record)).digest()).decode().rstrip("=").lower()


def encode(value: Any) -> bytes:
    """DAG-CBOR. Raises `TypeError` for what a record can't hold, `ValueError` for a link that is none."""
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case str():
            text = value.encode()
            return _head(3, len(text)) + text
        case list() | tuple():
            return _head(4, len(value)) + b"".join(map(encode, value))
        case {"$link": str(cid), **rest} if not rest:
            return _link(cid)
        case dict():
            # The shorter key goes first, as bytes.
            entries = sorted((encode(key), inner) for key, inner in value.items())
            return _head(5, len(entries)) + b"".join(key + encode(inner) for key, inner in entries)
        case _:
            raise TypeError(f"A record can't hold {type(value).__name__}.")


def _link(cid: str) -> bytes:
    if not CID.fullmatch(cid):
        raise ValueError("no content id")
    raw = cid[1:].upper()
    data = b"\0" + base64.b32decode(raw + "=" * (-len(raw) % 8))
    return _head(6, LINK) + _head(2, len(data)) + data


def _head(kind: int, number: int) -> bytes:
    """A kind of value and its number or length, in as few bytes as it takes."""
    if number < 24:
        return bytes((kind << 5 | number,))
    size = next(size for size in range(4) if number >> (8 << size) == 0)
    return bytes((kind << 5 | 24 + size,)) + number.to_bytes(1 << size, "big")
