"""How wide and high a picture is, from its first bytes, so that an app keeps its place while it loads."""

from __future__ import annotations

import struct

from amends.channels.base import File

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})

# JPEG markers that begin with the height and the width: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, table B.1.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def ratio(file: File) -> dict[str, int] | None:
    """What `app.bsky.embed.defs#aspectRatio` says of it; None where the bytes do not tell plainly."""
    try:
        size = _size(file.content)
    except (struct.error, IndexError):
        return None
    return {"width": size[0], "height": size[1]} if size and all(size) else None


def _size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return struct.unpack_from(">II", data, 16)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return struct.unpack_from("<HH", data, 6)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    return _jpeg(data) if data.startswith(b"\xff\xd8") else None


def _webp(data: bytes) -> tuple[int, int] | None:
    """https://developers.google.com/speed/webp/docs/riff_container: extended, without loss, or plain."""
    match data[12:16]:
        case b"VP8X":
            wide, high = (int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
            return wide + 1, high + 1
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            wide, high = struct.unpack_from("<HH", data, 26)
            return wide & 0x3FFF, high & 0x3FFF
        case _:
            return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """None for one with Exif: a camera may say there that it is to be turned."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker == 0xE1 and data[at + 4 : at + 8] == b"Exif":
            return None
        if marker in FRAMES:
            high, wide = struct.unpack_from(">HH", data, at + 5)
            return wide, high
        at += 2 + length
    return None
