"""Names of folders: as IMAP writes them (RFC 3501, 5.1.3), and which of them is the Sent folder."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence

import msgspec

# What programs and providers call it, where the server does not say (RFC 6154).
SENT = (
    "sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete elemente", "gesendete objekte",
    "messages envoyés", "éléments envoyés", "enviados", "elementos enviados", "mensajes enviados", "posta inviata",
    "inviati", "verzonden items", "verzonden", "skickat", "sendt", "wysłane", "отправленные", "送信済み",
    "送信済みメール", "已发送", "已发送邮件",
)  # fmt: skip
SHIFTED = re.compile(r"[^\x20-\x7e]+|&")
UNSHIFTED = re.compile(rb"&([A-Za-z0-9+,]*)-")


class Folder(msgspec.Struct, frozen=True):
    """`name` as a person reads it. `uses`: what the server says it is for, in lower case ("\\sent")."""

    name: str
    delimiter: str
    uses: frozenset[str]

    @property
    def last(self) -> str:
        """Its name within the folder that it lies in."""
        return self.name.rpartition(self.delimiter)[2] if self.delimiter else self.name


def encoded(name: str) -> bytes:
    """A name as IMAP writes it, quoted."""

    def shifted(found: re.Match[str]) -> str:
        if found[0] == "&":
            return "&-"
        data = found[0].encode("utf-16-be", "surrogatepass")
        return "&" + b64encode(data, b"+,").decode().rstrip("=") + "-"

    bare = SHIFTED.sub(shifted, re.sub(r"[\x00-\x1f\x7f]", "", name))
    return b'"' + bare.replace("\\", "\\\\").replace('"', '\\"').encode("ascii") + b'"'


def decoded(name: bytes) -> str:
    """What can't be decoded is kept as it is."""

    def plain(found: re.Match[bytes]) -> bytes:
        if not found[1]:
            return b"&"
        try:
            data = b64decode(found[1] + b"=" * (-len(found[1]) % 4), b"+,")
            return data.decode("utf-16-be").encode()
        except (Error, UnicodeDecodeError):
            return found[0]

    return UNSHIFTED.sub(plain, name).decode("utf-8", "replace")


def sent(folders: Sequence[Folder]) -> str:
    """The Sent folder: the one that the server names, else one of the usual names; "" where there is none."""
    for folder in folders:
        if "\\sent" in folder.uses:
            return folder.name
    named = {folder.last.casefold(): folder for folder in reversed(folders)}
    return next((named[name].name for name in SENT if name in named), "")
