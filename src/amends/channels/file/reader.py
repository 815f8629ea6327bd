"""A file read from a cursor on, as batches of posts and of rows that are none, each with the cursor that covers it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType

import msgspec

from amends.channels.base import Batch, Post
from amends.channels.file.columns import matching, recognise
from amends.channels.file.lines import Lines
from amends.channels.file.records import Record, records
from amends.channels.file.rejected import Refused
from amends.channels.file.rows import BadRow, Choices, Rows

BATCH = 500  # rows: what one transaction should hold
_REMEMBERED = 200_000  # ids whose rows are compared with later ones of the same id
_MARK = 4_096  # bytes at the beginning of a file by which it is recognised


class Reader:
    """The rows of the file at `path`.

    `columns` ({field: column}) are chosen ones; the others are recognised by their names. `cursor` is that of an
    earlier batch; where the file is no longer the one it came from, reading begins anew. `growing`: another program
    still writes to the file, so that an unfinished last row is left for later. Raises `BadData`
    here and while reading.
    """

    def __init__(
        self,
        path: Path,
        choices: Choices | None = None,
        columns: Mapping[str, str] | None = None,
        encoding: str = "",
        delimiter: str = "",
        cursor: str = "",
        growing: bool = False,
    ) -> None:
        self.path = path
        self._growing = growing
        self._lines = Lines(path, encoding)
        try:
            self._records = records(self._lines, delimiter)
            self.header, self.form = self._records.header, self._records.form
            lone = self.form == "jsonl" and not self.header  # its first line is longer than what was looked at
            self.columns = {} if lone else recognise(self.header, columns or {})
            self._chosen = tuple(sorted((columns or {}).items()))
            stat = path.stat()
            self.size = stat.st_size  # bytes on disk
            self.changed = datetime.fromtimestamp(stat.st_mtime, UTC)
            self._rows = Rows(choices or Choices(), self.changed)
            self._mark = _mark(path, min(_MARK, self.size))
            if not self._resume(cursor):
                self._lines.close()
                self._lines = Lines(path, encoding)
                self._records = records(self._lines, delimiter)
        except BaseException:
            self.close()
            raise
        self.rows = 0
        self._said: dict[str, tuple[int, int]] = {}
        self._end, self._last = self._lines.offset, self._lines.number

    @property
    def done(self) -> int:
        """Bytes of `size` that have been read."""
        return self._lines.source.done

    @property
    def notes(self) -> Counter[str]:
        """What was mended or left out on the way, and how often."""
        return self._rows.notes

    @property
    def ended_early(self) -> str:
        """Why the file gave less than it should have, and what to do; "" when it was read to its end."""
        if not self._lines.source.damage or self._growing:
            return ""
        return (
            f"{self.path.name} is not whole: {self._lines.source.damage} after line {self._last:,}, byte {self._end:,} "
            "unpacked. Everything before is read. Fetch the file again and import it again: what is here already is "
            "not doubled."
        )

    def batches(self, size: int = BATCH) -> Iterator[Batch]:
        """The rest of the file. `malformed` holds `Refused` rows."""
        found = self._items()
        while some := list(islice(found, size)):
            yield Batch(
                posts=tuple(item for item in some if isinstance(item, Post)),
                malformed=tuple(item for item in some if isinstance(item, Refused)),
                cursor=self.cursor,
            )

    @property
    def cursor(self) -> str:
        """Where the rows given so far end, and by what the file is recognised."""
        return f"{self._end}:{self._last}:{self._mark}"

    def close(self) -> None:
        self._lines.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _resume(self, cursor: str) -> bool:
        if not cursor:
            return True
        end, last, size, mark = (*cursor.split(":"), "", "", "", "")[:4]
        same = size.isdecimal() and int(size) <= self.size and _mark(self.path, int(size)) == f"{size}:{mark}"
        return same and end.isdecimal() and last.isdecimal() and self._lines.skip(int(end), int(last))

    def _items(self) -> Iterator[Post | Refused]:
        for record in self._records:
            if not record.whole and (self._growing or self._lines.source.damage):
                if not self._growing:
                    yield _refused(record, "the file breaks off in this row")
                return
            item = self._item(record)
            self._end, self._last = record.end, record.last
            self.rows += 1
            yield item

    def _item(self, record: Record) -> Post | Refused:
        if record.flaw:
            return _refused(record, record.flaw)
        is_json = self.form == "jsonl"
        columns = matching(tuple(record.cells), self._chosen) if is_json else self.columns
        raw = record.text.encode() if is_json else msgspec.json.encode(record.cells)
        try:
            post = self._rows.post(record.cells, columns, raw)
            self._refuse_taken_id(post, record.line)
        except BadRow as wrong:
            return Refused(reason=f"Line {record.line}: {wrong}.", raw=raw, line=record.line)
        return post

    def _refuse_taken_id(self, post: Post, line: int) -> None:
        """Two different posts under one id would count as one, and one of them be lost without a word."""
        said = hash((post.author.id, post.created, post.text))
        first, before = self._said.get(post.id, (line, said))
        if first == line and len(self._said) < _REMEMBERED:
            self._said[post.id] = (line, said)
        if said == before:
            if first != line:
                self.notes["rows that repeat an earlier one, which count once"] += 1
        elif post.edited is None:
            own = post.id.rpartition(":")[2]
            rounded = len(own) > 15 and own.isdecimal() and own.endswith("00")
            raise BadRow(
                f"its id {own} is that of line {first}, which says something else"
                + ("; a spreadsheet has rounded the ids, so export them again as text" if rounded else "")
                + "; choose the column of the ids with --id, or --id none"
            )


def _refused(record: Record, reason: str) -> Refused:
    return Refused(
        reason=f"Line {record.line}: {reason}.",
        raw=record.text.encode("utf-8", "backslashreplace"),
        line=record.line,
    )


def _mark(path: Path, size: int) -> str:
    with path.open("rb") as file:
        return f"{size}:{hashlib.sha256(file.read(size)).hexdigest()[:16]}"
