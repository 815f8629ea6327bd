"""What a message holds beside its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amends.channels.base import Media, MediaKind
from amends.channels.foreign import count, fields, text
from amends.channels.matrix.ids import media

KINDS = {
    "m.image": MediaKind.IMAGE, "m.sticker": MediaKind.IMAGE, "m.video": MediaKind.VIDEO, "m.audio": MediaKind.AUDIO,
    "m.file": MediaKind.FILE,
}  # fmt: skip


def media_of(sort: str, content: Mapping[str, Any], server: str, said: str) -> tuple[tuple[Media, ...], str]:
    """(the file of a message of this type, the words beside it). Its `body` is a caption where `filename` is something
    else, and else the file's name, or a sticker's description."""
    if sort not in KINDS:
        return (), said
    info, name = fields(content.get("info")), text(content.get("filename"))
    captioned = bool(name) and name != said
    url = media(server, text(content.get("url")))
    if not url:
        return (), said
    found = Media(
        kind=KINDS[sort],
        url=url,
        alt=name if captioned else said,
        mime=text(info.get("mimetype")),
        size=count(info.get("size")),
    )
    return (found,), said if captioned else ""


def without_fallback(body: str) -> str:
    """The words of a reply without the quotation that older apps put above them."""
    lines = body.split("\n")
    start = next((number for number, line in enumerate(lines) if not line.startswith("> ")), len(lines))
    return "\n".join(lines[start:]).lstrip("\n") if start else body


def kind_of(mime: str) -> str:
    """The type of the message that carries such a file."""
    main = mime.partition("/")[0]
    return f"m.{main}" if main in ("image", "video", "audio") else "m.file"
