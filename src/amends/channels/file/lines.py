"""The lines of a file, decoded one by one, with how far they reach. Never more than one line is in memory."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import NamedTuple

from amends.channels.file.source import Source, UnreadableFile

HEAD = 65_536  # bytes looked at to tell the encoding, the form and the delimiter
LINE_MAX = 16 * 1024 * 1024  # bytes; a longer line is set aside
_KEPT = 2_000  # bytes of a longer line that are kept to recognise it by
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Line(NamedTuple):
    text: str
    number: int  # the first is 1
    end: int  # bytes of the unpacked file up to the end of this line
    whole: bool  # it ends in a newline
    flaw: str = ""  # why `text` is not what the file holds


class Lines:
    """The lines of the file at `path` in `encoding` ("": UTF-8, or UTF-16 with its byte order mark).

    A line that cannot be decoded comes with its flaw where the encoding was named; where it was not, the encoding is
    more likely wrong than the line, and reading raises `UnreadableFile`.
    """

    def __init__(self, path: Path, encoding: str = "") -> None:
        beginning = Source(path)
        try:
            head = beginning.stream.read(HEAD)
        except OSError as wrong:
            raise UnreadableFile(f"{path} cannot be read: {wrong.strerror or wrong}.") from None
        finally:
            beginning.close()
        self._named = bool(encoding)
        self.encoding, mark = _encoding(path.name, head, encoding)
        self.head = head[mark:].decode(self.encoding, "replace")
        self.source = Source(path)
        self.source.skip(mark)
        self.offset, self.number = mark, 0

    def skip(self, offset: int, number: int) -> bool:
        """Go on after line `number`, which ends at byte `offset`. False when the file does not reach so far."""
        if offset < self.offset or not self.source.skip(offset - self.offset):
            return False
        self.offset, self.number = offset, number
        return True

    def next(self) -> Line | None:
        """The next line with its newline, or None at the end. Raises `UnreadableFile`."""
        try:
            raw = self._read_utf16() if self.encoding.startswith("utf-16") else self.source.stream.readline(LINE_MAX)
            if not raw:
                return None
            self.number += 1
            text, flaw = self._decoded(raw)
            self.offset += len(raw)
            if len(raw) >= LINE_MAX and not text.endswith("\n"):
                self._skip_line()
                flaw = f"the line is longer than {LINE_MAX // 1024 // 1024} MiB; only its beginning is kept here"
                return Line(raw[:_KEPT].decode(self.encoding, "ignore") + "\n", self.number, self.offset, True, flaw)
        except OSError as wrong:
            raise UnreadableFile(
                f"{self.source.path.name} cannot be read on after byte {self.offset:,}: {wrong.strerror or wrong}."
            ) from None
        return Line(text, self.number, self.offset, text.endswith("\n"), flaw)

    def _read_utf16(self) -> bytes:
        """A line whose newline is two bytes at an even place: other characters contain the byte of a newline."""
        newline, raw = "\n".encode(self.encoding), bytearray()
        while len(raw) < LINE_MAX:
            part = self.source.stream.readline(LINE_MAX - len(raw))
            if (len(raw) + len(part)) % 2 and self.encoding == "utf-16-le":
                part += self.source.stream.read(1)
            raw += part
            if not part or (len(raw) % 2 == 0 and raw.endswith(newline)):
                break
        return bytes(raw)

    def _decoded(self, raw: bytes) -> tuple[str, str]:
        try:
            return raw.decode(self.encoding), ""
        except UnicodeDecodeError as wrong:
            where = f"byte {self.offset + wrong.start:,} (line {self.number:,})"
            if self._named or len(raw) >= LINE_MAX:
                return raw.decode(self.encoding, "backslashreplace"), f"{where} is not {self.encoding.upper()}"
            raise UnreadableFile(
                f"{self.source.path.name} is not in {self.encoding.upper()}: {where} cannot be read. If a spreadsheet "
                "on Windows wrote the file, name its encoding with --encoding cp1252. With --encoding "
                f"{self.encoding} only the lines that cannot be read are set aside."
            ) from None

    def _skip_line(self) -> None:
        while (
            part := self._read_utf16() if self.encoding.startswith("utf-16") else self.source.stream.readline(1 << 20)
        ):
            self.offset += len(part)
            if part.endswith("\n".encode(self.encoding)):
                break

    def close(self) -> None:
        self.source.close()


def _encoding(name: str, head: bytes, named: str) -> tuple[str, int]:
    """The encoding and how many bytes its mark takes."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnreadableFile(f"{name} is in UTF-32; save it as UTF-8.")
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding, len(mark)
    if not named:
        if head.count(b"\0") > len(head) // 4:
            order = "le" if head[1::2].count(b"\0") > head[::2].count(b"\0") else "be"
            raise UnreadableFile(
                f"{name} looks like UTF-16 without its mark; import it with --encoding utf-16-{order}."
            )
        return "utf-8", 0
    try:
        encoding = codecs.lookup(named).name.removesuffix("-sig")
        newline = "\n".encode(encoding)
    except LookupError:
        raise UnreadableFile(f"There is no encoding '{named}'; try utf-8, cp1252, latin-1 or utf-16.") from None
    if encoding == "utf-16":
        return "utf-16-le", 0  # what Windows means by it
    if newline != b"\n" and encoding not in ("utf-16-le", "utf-16-be"):
        raise UnreadableFile(f"Files in {named} are not read here; save it as UTF-8.")
    return encoding, 0
