"""From a mail as it was sent (RFC 5322, MIME) to a post: its words, who wrote it, what it answers, what is attached."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parseaddr, parsedate_to_datetime

from amends.channels.base import Author, BadData, File, Kind, Post, Visibility
from amends.channels.inbound.parse import EARLIEST, ID_MAX, NETWORK, clean, own
from amends.channels.markup import words
from amends.channels.monsters import monstrous

FILES_MAX = 20
# What a stranger's mail may make the standard library raise.
WILD = (ValueError, LookupError, TypeError, AttributeError, MessageError, RecursionError)

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,398}>")


def parse(body: bytes, system: str, now: datetime) -> Post:
    """The mail. Raises `BadData` where nobody has sent it: no `From` with an address, or made to keep us busy."""
    if reason := monstrous(body):
        raise BadData(reason, body)
    try:
        message = BytesParser(policy=compat32).parsebytes(body)
    except WILD as error:
        raise BadData(f"This is no mail: {type(error).__name__}.", body) from error
    name, address = parseaddr(str(message.get("From", "")))  # decoded afterwards: a name may look like an address
    if "@" not in address:
        raise BadData("The mail has no From with an address: nobody could be answered.", body)
    key = next(iter(_ids(message, "Message-ID")), "") or f"<{hashlib.sha256(body).hexdigest()}@nowhere>"
    answers, references = _ids(message, "In-Reply-To"), _ids(message, "References")
    parent = (answers or references[-1:] or [""])[0]
    text, folded = split(_text(message))
    address = clean(address).lower()[:ID_MAX]
    return Post(
        network=NETWORK,
        id=own(system, key),
        author=Author(id=own(system, address), name=address[:256], display=_decode(name)[:256]),
        created=_date(message, now),
        text=text,
        folded=folded,
        subject=_header(message, "Subject")[:500],
        kind=Kind.MAIL,
        visibility=Visibility.PRIVATE,
        parent=own(system, parent) if parent else "",
        root=own(system, (references or [parent])[0]) if parent else "",
        files=tuple(_files(message)),
        addressed=True,
        raw=body,
    )


def split(text: str) -> tuple[str, str]:
    """(a mail's own words, its signature and what it quotes below them)."""
    lines = text.split("\n")
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].startswith(">")):
        end -= 1
    if end < len(lines) and end and lines[end - 1].rstrip().endswith(":"):  # "On Monday Ann wrote:"
        end -= 1
    end = next((at for at in range(end) if lines[at].rstrip() == "--"), end)
    own_words, folded = "\n".join(lines[:end]).strip(), "\n".join(lines[end:]).strip()
    return (own_words, folded) if own_words else (folded, "")


def _header(message: Message, name: str) -> str:
    return _decode(str(message.get(name, "")))


def _decode(header: str) -> str:
    """The words of a header, whatever they were encoded in; "" where they can't be had."""
    try:
        text = str(make_header(decode_header(header)))
    except WILD:
        return ""
    return clean(" ".join(text.encode("utf-8", "replace").decode().split()))


def _ids(message: Message, name: str) -> list[str]:
    return _MESSAGE_ID.findall(_header(message, name))


def _date(message: Message, now: datetime) -> datetime:
    try:
        found = parsedate_to_datetime(str(message.get("Date", "")))
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (*WILD, OverflowError):
        return now
    return min(found, now) if found >= EARLIEST else now


def _parts(message: Message) -> Iterator[Message]:
    try:
        yield from (part for part in message.walk() if not part.is_multipart())
    except WILD:
        return


def _text(message: Message) -> str:
    """The first plain text, or the words of the first HTML."""
    plain = [part for part in _parts(message) if part.get_content_type() == "text/plain" and not _name(part)]
    rich = [part for part in _parts(message) if part.get_content_type() == "text/html" and not _name(part)]
    if plain and (text := _decoded(plain[0])).strip():
        return text
    return words(_decoded(rich[0])) if rich else ""


def _content(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except WILD:
        return b""
    return content if isinstance(content, bytes) else b""


def _decoded(part: Message) -> str:
    content = _content(part)
    try:
        text = content.decode(str(part.get_content_charset() or "utf-8"))
    except WILD:
        text = content.decode("utf-8", "replace")
    return clean(text.replace("\r\n", "\n").encode("utf-8", "replace").decode())


def _name(part: Message) -> str:
    try:
        found = part.get_filename() or ""
    except WILD:
        return "file"
    name = _decode(found).replace("\\", "/").rpartition("/")[2]
    return name[:255] or ("file" if part.get_content_disposition() == "attachment" else "")


def _files(message: Message) -> Iterator[File]:
    attached = [part for part in _parts(message) if _name(part) or part.get_content_maintype() != "text"]
    for part in attached[:FILES_MAX]:
        if content := _content(part):
            yield File(_name(part) or "file", part.get_content_type()[:100], content)
