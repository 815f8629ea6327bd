"""The rows that could not be imported, in a file beside the one they came from: to be mended there and imported."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from amends.channels.base import Malformed
from amends.channels.foreign import UNDECODABLE

ADDED = ("rejected_line", "rejected_reason", "rejected_text")  # what each row is given; `text` where it has no cells


class Refused(Malformed, frozen=True):
    """A row that is no post. `raw` is the row as JSON where it could be split into cells, otherwise as it came."""

    line: int  # where the row begins


class Rejections:
    """Writes refused rows to FILE.rejected.csv or .jsonl, in the working directory where the file's own folder can't be
    written to. No file is made while there is nothing to write. Raises `OSError` where neither can."""

    def __init__(self, path: Path, form: str, header: Sequence[str]) -> None:
        """`path` is the file imported, `form` its `Reader.form`, `header` its columns."""
        self.path = path.with_name(f"{path.name}.rejected.{form}")
        self.count = 0
        self._form = form
        self._header = [column for column in header if column not in ADDED]
        self._file: IO[str] | None = None

    def add(self, refused: Iterable[Malformed]) -> None:
        for item in refused:
            self._file = self._file or self._opened()
            self.count += 1
            line = item.line if isinstance(item, Refused) else 0
            cells, text = _split(item.raw)
            if self._form == "jsonl":
                whole = cells | dict(zip(ADDED, (line, item.reason, text), strict=True))
                self._file.write(msgspec.json.encode(whole).decode() + "\n")
            else:
                csv.writer(self._file).writerow(
                    [line, item.reason, text, *(cells.get(column, "") for column in self._header)]
                )

    def _opened(self) -> IO[str]:
        try:
            file = self.path.open("w", encoding="utf-8", newline="")
        except OSError:  # that folder is not ours to write to
            self.path = Path.cwd() / self.path.name
            file = self.path.open("w", encoding="utf-8", newline="")
        if self._form == "csv":
            csv.writer(file).writerow([*ADDED, *self._header])
        return file

    def __enter__(self) -> Rejections:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def _split(raw: bytes) -> tuple[dict[str, Any], str]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any]), ""
    except UNDECODABLE:
        return {}, raw.decode("utf-8", "backslashreplace")
