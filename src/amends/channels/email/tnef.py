"""winmail.dat: the files that Outlook packs into one (MS-OXTNEF). The mail's words travel beside it as plain text."""

from __future__ import annotations

from struct import Struct

from amends.channels.base import File
from amends.channels.email.charsets import decoded

SIGNATURE = bytes.fromhex("789f3e22")
HEAD = Struct("<BII")  # level, attribute, length; a checksum of two bytes follows the data
PROPERTY = Struct("<HH")
ATTACHMENT = 2

RENDER = 0x00069002  # begins an attachment
TITLE = 0x00018010
DATA = 0x0006800F
PROPERTIES = 0x00069005

LONG_NAME = (0x3707, 0x3001)  # PidTagAttachLongFilename, PidTagDisplayName
WIDTHS = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8}
TEXTS = {0x001E: "cp1252", 0x001F: "utf-16-le"}
MOST = 100


def files(data: bytes) -> list[File] | None:
    """What is packed in, as far as it can be read; None where this is no TNEF."""
    if data[:4] != SIGNATURE:
        return None
    found: list[dict[str, bytes | str]] = []
    at = 6
    while at + HEAD.size <= len(data) and len(found) < MOST:
        level, attribute, length = HEAD.unpack_from(data, at)
        value = data[at + HEAD.size : at + HEAD.size + length]
        at += HEAD.size + length + 2
        if level != ATTACHMENT or len(value) < length:
            continue
        if attribute == RENDER or not found:
            found.append({})
        if attribute == TITLE:
            found[-1].setdefault("name", decoded(value.rstrip(b"\0"), "cp1252"))
        elif attribute == DATA:
            found[-1]["data"] = value
        elif attribute == PROPERTIES and (name := _long_name(value)):
            found[-1]["name"] = name
    return [
        File(str(one.get("name") or "file"), "application/octet-stream", bytes(one["data"]))  # type: ignore[arg-type]
        for one in found
        if one.get("data")
    ]


def _long_name(data: bytes) -> str:
    """The whole file name among the properties (MS-OXTNEF 2.1.3.4), as far as they are of the simple kinds."""
    at = 4
    while at + 4 <= len(data):
        kind, name = PROPERTY.unpack_from(data, at)
        at += 4
        if name >= 0x8000:  # named by a GUID: none of ours
            return ""
        if kind in WIDTHS:
            at += WIDTHS[kind]
        elif kind in TEXTS or kind in (0x000D, 0x0102):
            length = int.from_bytes(data[at + 4 : at + 8], "little")
            value = data[at + 8 : at + 8 + length]
            if name in LONG_NAME and kind in TEXTS and value:
                return decoded(value, TEXTS[kind]).rstrip("\0")
            at += 8 + (length + 3) // 4 * 4
        else:
            return ""
    return ""
