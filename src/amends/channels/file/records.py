"""The records of a CSV or JSONL file: its lines put together and split into cells, or the reason why they can't be."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from amends.channels.file.lines import Line, Lines
from amends.channels.file.source import UnreadableFile

FIELD_MAX = 4 * 1024 * 1024  # characters of one CSV cell: more is a quote that was never closed
DELIMITERS = ",;\t|"
_RETURN = "\ud800"  # stands for a carriage return inside a line, which the CSV parser refuses; no text contains it
_DEPTH = 4  # how deep JSON objects are stepped into

csv.field_size_limit(FIELD_MAX)  # for the whole process; the default of 131,072 refuses long posts


class Record(NamedTuple):
    line: int  # where it begins
    last: int  # where it ends
    end: int  # bytes of the unpacked file up to there
    whole: bool  # no more of it can come
    cells: dict[str, Any]
    text: str  # as it came
    flaw: str = ""  # why there are no cells


def records(lines: Lines, delimiter: str = "") -> CsvRecords | JsonRecords:
    """The records of the file, in the form its head shows. Raises `UnreadableFile`."""
    start = lines.head.lstrip()
    if start.startswith("["):
        name = lines.source.path.name
        raise UnreadableFile(f"{name} is one JSON list; write one object a line: jq -c '.[]' {name}")
    if not start:
        raise UnreadableFile(f"{lines.source.path.name} is empty.")
    if start.startswith("{"):
        return JsonRecords(lines)
    if "\n" not in start and start.count("\r") > 1:
        raise UnreadableFile(f"{lines.source.path.name} ends its lines in carriage returns; save it with newlines.")
    delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter) or sniffed(lines.head)
    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise UnreadableFile(f"'{delimiter}' cannot part cells; a delimiter is one character, or the word tab.")
    return CsvRecords(lines, delimiter)


def sniffed(head: str) -> str:
    """The delimiter that splits most of the first lines into as many cells as the header has."""
    lines = head.splitlines(keepends=True)[:100]
    if lines[0].lower().startswith("sep=") and len(lines[0].strip("\r\n")) == 5:
        return lines[0][4]

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            return 0, 0
        width = len(rows[0])
        return (sum(len(row) == width for row in rows), width) if width > 1 else (0, 0)

    return max(DELIMITERS, key=fit)


class CsvRecords:
    """The records of a CSV file. A stray quote costs the line where its record begins; the lines after it, which the
    quote had swallowed, are read anew."""

    form = "csv"

    def __init__(self, lines: Lines, delimiter: str) -> None:
        self._feed = _Feed(lines)
        self._reader = csv.reader(self._feed, delimiter=delimiter, strict=True)
        self.header: tuple[str, ...] = ()
        while not self.header:
            taken, row, flaw = self._next()
            if flaw or not taken:
                raise UnreadableFile(
                    f"The first line of {lines.source.path.name} must name the columns{flaw and ', but ' + flaw}."
                )
            if any(row) and not taken[0].text.lower().startswith("sep="):  # Excel's hint
                self.header = _distinct([cell.replace(_RETURN, "\r") for cell in row])

    def __iter__(self) -> Iterator[Record]:
        while True:
            taken, row, flaw = self._next()
            if not taken:
                return
            if not flaw and not any(row):
                continue
            width = len(self.header)
            if not flaw and (len(row) < width or any(row[width:])):
                flaw = f"it has {len(row)} cells and the header has {width}"
            flaw = next((line.flaw for line in taken if line.flaw), flaw)
            yield Record(
                line=taken[0].number,
                last=taken[-1].number,
                end=taken[-1].end,
                whole=taken[-1].whole and not (flaw and self._feed.ended),
                cells={} if flaw else self._cells(row),
                text="".join(line.text for line in taken),
                flaw=flaw,
            )

    def _cells(self, row: list[str]) -> dict[str, str]:
        return {name: cell.replace(_RETURN, "\r") for name, cell in zip(self.header, row, strict=False)}

    def _next(self) -> tuple[list[Line], list[str], str]:
        """The lines of the next record, its cells, and why there are none. No lines at the end."""
        self._feed.taken = []
        try:
            row = next(self._reader, [])
        except csv.Error as wrong:
            first, *rest = self._feed.taken
            self._feed.again.extendleft(reversed(rest))
            return [first], [], f"a quote in it is not closed, or not doubled ({wrong})"
        return self._feed.taken, row, ""


class _Feed:
    """Gives the CSV reader its lines and remembers which it took."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.again: deque[Line] = deque()
        self.taken: list[Line] = []
        self.ended = False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else self._lines.next()
        self.ended = line is None
        if line is None:
            raise StopIteration
        self.taken.append(line)
        body = line.text.rstrip("\r\n")
        return body.replace("\r", _RETURN) + line.text[len(body) :] if "\r" in body else line.text


class JsonRecords:
    """The records of a JSONL file: one object a line, objects in it flattened to dotted names."""

    form = "jsonl"

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        columns: dict[str, None] = {}
        for text in lines.head.split("\n")[:1_000]:
            columns.update(dict.fromkeys(_object(text)[0]))
        self.header = tuple(columns)

    def __iter__(self) -> Iterator[Record]:
        while (line := self._lines.next()) is not None:
            if not line.text.strip():
                continue
            cells, flaw = _object(line.text)
            flaw = line.flaw or flaw
            yield Record(
                line.number, line.number, line.end, line.whole, {} if flaw else cells, line.text.rstrip("\r\n"), flaw
            )


def _object(text: str) -> tuple[dict[str, Any], str]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as wrong:
        return {}, f"it is not JSON ({wrong})"
    if not isinstance(found, dict):
        return {}, "it is not a JSON object"
    return (_flat(found) if any(isinstance(value, dict) for value in found.values()) else found), ""


def _flat(found: Mapping[str, Any], prefix: str = "", depth: int = 1) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, value in found.items():
        if isinstance(value, dict) and depth < _DEPTH:
            cells |= _flat(value, f"{prefix}{name}.", depth + 1)
        else:
            cells[prefix + name] = value
    return cells


def _distinct(names: list[str]) -> tuple[str, ...]:
    """The names of the columns, each once: a repeated one gets its number."""
    count: dict[str, int] = {}
    columns = []
    for name in (name.strip() for name in names):
        count[name] = count.get(name, 0) + 1
        columns.append(name if count[name] == 1 else f"{name} ({count[name]})")
    return tuple(columns)
