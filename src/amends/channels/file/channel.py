"""A file that another program writes to, as a channel: every poll reads what has been added."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from amends.channels.base import (
    BadData,
    Base,
    Batch,
    Can,
    Checked,
    Kind,
    Manifest,
    Period,
    Query,
    Setting,
)
from amends.channels.file.columns import NAMES
from amends.channels.file.reader import Reader
from amends.channels.file.rows import Choices

QUIET = timedelta(minutes=1)  # a file untouched for so long is finished, so that its last row is whole

MANIFEST = Manifest(
    name="file",
    label="File",
    about="Reads posts from a CSV or JSONL file on this machine, again whenever the file has grown.",
    can=frozenset({Can.POLL, Can.BACKFILL, Can.ANONYMOUS}),
    settings=(
        Setting(
            name="path",
            label="File",
            help="The whole path of a .csv, .tsv, .txt, .jsonl or .ndjson file on this machine; .gz is fine too.",
            pattern=r"/.+\.(?i:csv|tsv|txt|jsonl|ndjson)(?i:\.gz)?",
        ),
        Setting(
            name="columns",
            label="Columns",
            help="Only those not found by their names, e.g. text=Verbatim, created=Received on.",
            required=False,
            pattern=rf"\s*(?:{'|'.join(NAMES)})\s*=[^,=]*(?:,\s*(?:{'|'.join(NAMES)})\s*=[^,=]*)*",
        ),
        Setting(name="network", label="Network", help="Where the posts are from.", required=False, default="file"),
        Setting(
            name="kind",
            label="Kind",
            help="What the rows are: post, review, direct or mail.",
            required=False,
            default="post",
            pattern="|".join(Kind),
        ),
        Setting(name="encoding", label="Encoding", help="Where it is not UTF-8, e.g. cp1252.", required=False),
        Setting(name="timezone", label="Time zone", help="Of times that name none.", required=False, default="UTC"),
        Setting(
            name="date_format",
            label="Date format",
            help="dmy, mdy, ymd, or a pattern such as %d.%m.%Y %H:%M.",
            required=False,
        ),
        Setting(
            name="stars_of",
            label="Best rating",
            help="The most stars or points there are.",
            required=False,
            default="5",
            pattern=r"\d{1,4}(?:\.\d+)?",
        ),
        Setting(
            name="only_matching",
            label="Only what matches",
            help="yes: keep only rows that the brand's queries match. no: all rows are about the brand.",
            required=False,
            default="no",
            pattern="yes|no",
        ),
    ),
    access="A file on this machine that the server's user may read; only an operator connects it. It costs nothing.",
    local=True,
)


class FileChannel(Base):
    """One file. A row already read is not read again; a file that was replaced is read from its beginning."""

    manifest = MANIFEST

    def __init__(self, settings: Mapping[str, str]) -> None:
        given = {
            setting.name: settings.get(setting.name, "").strip() or setting.default for setting in MANIFEST.settings
        }
        self._path = Path(given["path"])
        self._encoding = given["encoding"]
        self._columns = chosen_columns(given["columns"])
        self._choices = Choices(
            network=given["network"],
            kind=Kind(given["kind"]),
            zone=given["timezone"],
            date_format=given["date_format"],
            stars_of=float(given["stars_of"]),
            only_matching=given["only_matching"] == "yes",
        )

    async def check(self) -> Checked:
        reader = await asyncio.to_thread(self._open, "", growing=True)
        reader.close()
        found = ", ".join(f"{field} from '{column}'" for field, column in reader.columns.items())
        return Checked(note=f"{reader.form.upper()} of {reader.size:,} bytes: {found}.")

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:  # noqa: ARG002 - a file can't be searched; every row is given
        reader = await asyncio.to_thread(self._open, cursor, growing=now - self._changed() < QUIET)
        try:
            batches = reader.batches()
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                yield batch
            if reader.ended_early:
                raise BadData(reader.ended_early)
            heard = Period("file", min(_heard(cursor) or reader.changed, now), now)
            yield Batch(cursor=f"{reader.cursor}:{int(now.timestamp())}", covered=(heard,))
        finally:
            reader.close()

    def _open(self, cursor: str, *, growing: bool) -> Reader:
        return Reader(self._path, self._choices, self._columns, encoding=self._encoding, cursor=cursor, growing=growing)

    def _changed(self) -> datetime:
        try:
            return datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
        except OSError:  # opening it says what is wrong
            return datetime.min.replace(tzinfo=UTC)


def connect(settings: Mapping[str, str], http: Any) -> FileChannel:  # noqa: ARG001 - nothing here goes out
    return FileChannel(settings)


def chosen_columns(text: str) -> dict[str, str]:
    """{field: column} of "text=Verbatim, created=Received on"."""
    pairs = (pair.partition("=") for pair in text.split(",") if pair.strip())
    return {field.strip(): column.strip() for field, _, column in pairs}


def _heard(cursor: str) -> datetime | None:
    """Until when an earlier poll had read everything."""
    told = cursor.split(":")[4:]
    return datetime.fromtimestamp(int(told[0]), UTC) if told and told[0].isdecimal() else None
