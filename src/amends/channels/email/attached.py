"""The files of a mail, within limits: what is too much is named in the text instead."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable
from email.message import Message

from amends.channels.base import File
from amends.channels.email import tnef
from amends.channels.email.body import Leaf, content, name_of
from amends.channels.email.headers import Headers

MOST = 20
EACH = 10_000_000  # bytes
TOGETHER = 20_000_000
SMALL = 6_000  # a picture in the text that is smaller is an icon of a signature, or counts who opens it
UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\<>:\"|?*\u202a-\u202e\u2066-\u2069]+")
TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


def taken(leaves: Iterable[Leaf]) -> tuple[tuple[File, ...], list[str]]:
    """(the files, what is left in the mailbox in words)."""
    kept: list[File] = []
    left: list[str] = []
    together = 0
    for file in (file for leaf in leaves for file in _files(leaf)):
        size = len(file.content)
        if len(kept) >= MOST or size > EACH or together + size > TOGETHER:
            left.append(f"{file.name} ({_told(size)})")
        else:
            kept.append(file)
            together += size
    return tuple(kept), left


def _files(leaf: Leaf) -> list[File]:
    part = leaf.part
    if leaf.mime.startswith("message/"):
        return [_mail(part)]
    data = content(part)
    if leaf.mime in TNEF and (packed := tnef.files(data)) is not None:
        return [_named(file.name, _guessed(file.name), file.content) for file in packed]
    inline = "attachment" not in str(part.get("content-disposition") or "").lower()
    if not data or (inline and leaf.mime.startswith("image/") and len(data) < SMALL):
        return []
    name = name_of(part)
    return [_named(name or "file" + (mimetypes.guess_extension(leaf.mime) or ""), leaf.mime, data)]


def _mail(part: Message) -> File:
    """A mail in the mail: a file of its own."""
    inner = part.get_payload()
    held = inner[0] if isinstance(inner, list) and inner else None
    if not isinstance(held, Message):
        return _named("mail.eml", "message/rfc822", content(part))
    try:
        data = held.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError):
        data = b""
    return _named((Headers(held).words("subject")[:80] or "mail") + ".eml", "message/rfc822", data)


def _named(name: str, mime: str, data: bytes) -> File:
    """With a name that is safe to show and to save: no folder, no direction marks."""
    base, dot, ending = UNSAFE.sub("_", name).strip(" ._").rpartition(".")
    short = f"{base[:100]}{dot}{ending[:20]}" if base else ending[:100]
    return File(
        short or "file", mime if re.fullmatch(r"[\w.+-]+/[\w.+-]+", mime, re.A) else "application/octet-stream", data
    )


def _guessed(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _told(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{max(size // 1000, 1)} kB"
