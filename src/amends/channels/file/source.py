"""The bytes of a file, unpacked where it is gzipped; a gzip file that is damaged gives what comes before the damage."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

from amends.channels.base import BadData

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class UnreadableFile(BadData):
    """The file as a whole cannot be read. The message says what to do."""


class Source:
    """The file at `path`, open. `stream` has its bytes, unpacked. Raises `UnreadableFile`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._left_at = 0
        try:
            self._disk = path.open("rb")
            magic = self._disk.read(4)
            self._disk.seek(0)
        except OSError as wrong:
            raise UnreadableFile(f"{path} cannot be opened: {wrong.strerror or wrong}.") from None
        if magic == b"PK\x03\x04":
            self.close()
            raise UnreadableFile(
                f"{path.name} is a spreadsheet or a zip archive: save the sheet as CSV (UTF-8), or unpack the archive, "
                "and import that."
            )
        self._unpacked = _Unpacked(self._disk) if magic.startswith(b"\x1f\x8b") else None
        self.stream: IO[bytes] = io.BufferedReader(self._unpacked, 1 << 18) if self._unpacked else self._disk

    @property
    def damage(self) -> str:
        """Why the unpacked bytes ended early, once they have been read to there; else ""."""
        return self._unpacked.damage if self._unpacked else ""

    @property
    def done(self) -> int:
        """Bytes of the file on disk that have been read."""
        return self._left_at if self._disk.closed else self._disk.tell()

    def skip(self, size: int) -> bool:
        """Go `size` bytes on. False when the stream ends before."""
        if self._unpacked is None:
            return self._disk.seek(size, io.SEEK_CUR) <= self.path.stat().st_size
        while size > 0 and (gone := self.stream.read(min(size, 1 << 20))):
            size -= len(gone)
        return size == 0

    def close(self) -> None:
        self._left_at = self.done
        self._disk.close()


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, ending at the first damage."""

    def __init__(self, disk: IO[bytes]) -> None:
        self._packed = gzip.GzipFile(fileobj=disk)
        self.damage = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self.damage:
            return 0
        view = memoryview(buffer).cast("B")
        try:
            data = self._packed.read1(len(view))
        except EOFError:
            self.damage = "the compressed data breaks off"
        except (gzip.BadGzipFile, zlib.error) as wrong:
            self.damage = f"the compressed data is damaged ({wrong})"
        else:
            view[: len(data)] = data
            return len(data)
        return 0
