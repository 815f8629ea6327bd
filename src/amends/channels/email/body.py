"""What a mail holds, part by part: its words, and its files."""

from __future__ import annotations

from email.message import Message

import msgspec

from amends.channels.email.charsets import decoded, words
from amends.channels.email.hypertext import plain

TEXTS = frozenset({"text/plain", "text/html"})
REPORTS = frozenset({"message/delivery-status", "message/disposition-notification", "message/feedback-report"})
ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
MOST_PARTS = 500
MOST_TEXT = 1 << 20  # bytes of a text that are read


class Leaf(msgspec.Struct, frozen=True):
    """A part that holds no others, or a mail in the mail."""

    part: Message
    mime: str


class Contents(msgspec.Struct):
    """`plain` and `html` are the pieces of the text in both forms, `files` all else that a person put in."""

    plain: list[str] = []
    html: list[str] = []
    files: list[Leaf] = []
    encrypted: bool = False

    def text(self) -> str:
        """The words as plain mail has them. HTML tells better what is quoted; where it marks nothing, the plain text
        is nearer to what was typed, unless it only says that there is another form."""
        typed = "\n\n".join(piece.strip("\n") for piece in self.plain if piece.strip())
        if not self.html:
            return typed
        shown = "\n\n".join(plain(piece) for piece in self.html)
        marked = "\n> " in f"\n{shown}"
        return shown if marked or len(typed) * 3 < len(shown) or not typed else typed


def contents(message: Message) -> Contents:
    """Raises nothing that is no `RecursionError`."""
    found = Contents()
    _collect(message, found, [MOST_PARTS])
    return found


def content(part: Message) -> bytes:
    """The bytes of a part, decoded as far as they can be."""
    held = part.get_payload(decode=True)
    return held if isinstance(held, bytes) else b""


def _collect(part: Message, found: Contents, left: list[int]) -> None:
    left[0] -= 1
    if left[0] < 0:
        return
    mime = part.get_content_type()
    inner = part.get_payload()
    if mime == "multipart/encrypted":
        found.encrypted = True
    elif mime == "multipart/alternative" and isinstance(inner, list):
        _choose([one for one in inner if isinstance(one, Message)], found, left)
    elif mime.startswith("multipart/") and isinstance(inner, list):
        for one in inner:
            if isinstance(one, Message):
                _collect(one, found, left)
    elif mime in ENCRYPTED and _param(part, "smime-type") != "signed-data":
        found.encrypted = True
    elif mime in TEXTS and not _is_attached(part):
        text = decoded(content(part)[:MOST_TEXT], _param(part, "charset")).replace("\x00", "")
        if mime == "text/html":
            found.html.append(text)
        else:
            found.plain.append(_flowing(text, part))
    elif mime not in SIGNATURES and mime not in REPORTS and not mime.startswith("multipart/"):
        found.files.append(Leaf(part, mime))


def _choose(parts: list[Message], found: Contents, left: list[int]) -> None:
    """Of alternatives each form is taken once."""
    inner = [Contents() for _ in parts]
    for one, into in zip(parts, inner, strict=True):
        _collect(one, into, left)
        found.encrypted |= into.encrypted
        found.files += into.files
    found.plain += next((one.plain for one in inner if one.plain), [])
    found.html += next((one.html for one in inner if one.html), [])


def _is_attached(part: Message) -> bool:
    return str(part.get("content-disposition") or "").strip().lower().startswith("attachment") or bool(name_of(part))


def name_of(part: Message) -> str:
    """The file name that a part was given, "" for none."""
    return words(_param(part, "filename", "content-disposition") or _param(part, "name"))


def _param(part: Message, name: str, header: str = "content-type") -> str:
    """A parameter as it came; "" where it has none, or none that can be read."""
    try:
        value = part.get_param(name, "", header)
    except (ValueError, TypeError, LookupError, AttributeError):
        return ""
    if isinstance(value, tuple):  # RFC 2231: (charset, language, text)
        charset, _, text = value
        return decoded(text.encode("latin-1", "replace"), charset or "utf-8")
    return value if isinstance(value, str) else ""


def _flowing(text: str, part: Message) -> str:
    """Paragraphs whose lines were broken to be sent, whole again (RFC 3676, 4)."""
    text = text.replace("\r\n", "\n")
    if _param(part, "format").lower() != "flowed":
        return text
    joins = " " if _param(part, "delsp").lower() == "yes" else ""  # what is left out where lines are joined
    found: list[str] = []
    goes_on = -1  # how deeply the line that goes on is quoted
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        if goes_on == depth and bare != "-- ":
            found[-1] = found[-1].removesuffix(joins)
        else:
            found += ["\n", ">" * depth + (" " if depth else "")]
        found.append(bare)
        goes_on = depth if bare.endswith(" ") and bare != "-- " else -1
    return "".join(found[1:])
