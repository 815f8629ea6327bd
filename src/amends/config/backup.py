"""One file with everything: the database as it was at one instant, the keys, the settings.

`backup` may run while Amends works: SQLite's own online copy reads one consistent state and holds up no writer.
`manifest.json` comes first in the archive: what made it, and the size and SHA-256 of each file.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from amends import __version__
from amends.config.conf import Conf
from amends.config.values import Unfit

FORMAT = 1
SQLITE, POSTGRES = "amends.sqlite3", "amends.pgdump"
KEYS = ("keys/secret", "keys/credentials")


class BackupFailed(Unfit):
    """The backup was not made, or can't be used. The message says why and what to do."""


class Part(msgspec.Struct, frozen=True):
    """One file of a backup."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What lies in a backup."""

    format: int
    version: str
    made: datetime
    database: str  # "sqlite" or "postgresql"
    migrations: list[str]
    parts: dict[str, Part]


def make(conf: Conf, target: Path, now: datetime) -> Manifest:
    """Write the backup to `target`, whole or not at all, readable by its owner alone. Raises `BackupFailed`."""
    if not target.parent.is_dir():
        raise BackupFailed(f"There is no folder {target.parent}: make it first, or choose another place.")
    with tempfile.TemporaryDirectory(prefix=".amends-backup-", dir=target.parent) as folder:
        stage = Path(folder)
        (stage / "keys").mkdir()
        if connection.vendor == "sqlite":
            copy_sqlite(Path(conf.database["NAME"]), stage / SQLITE)
        else:
            _dump_postgres(conf, stage / POSTGRES)
        for name in (*KEYS, "amends.toml"):
            if (conf.home / name).is_file():
                shutil.copyfile(conf.home / name, stage / name)
        manifest = Manifest(
            format=FORMAT,
            version=__version__,
            made=now,
            database=connection.vendor,
            migrations=sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
            parts={str(path.relative_to(stage)): part(path) for path in sorted(stage.rglob("*")) if path.is_file()},
        )
        _pack(stage, manifest, stage / "whole")
        (stage / "whole").replace(target)
    return manifest


def missing_keys(manifest: Manifest) -> list[str]:
    """Keys that came from the environment and so are not in the backup."""
    return [name for name in KEYS if name not in manifest.parts]


def copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's online backup: one consistent state, in one step, while others write."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without -wal and -shm beside it


def part(path: Path) -> Part:
    with path.open("rb") as file:
        return Part(size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _pack(stage: Path, manifest: Manifest, target: Path) -> None:
    with target.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            head = msgspec.json.format(msgspec.json.encode(manifest))
            entry = tarfile.TarInfo("manifest.json")
            entry.size, entry.mode, entry.mtime = len(head), 0o600, int(manifest.made.timestamp())
            archive.addfile(entry, io.BytesIO(head))
            for name in manifest.parts:
                archive.add(stage / name, arcname=name, recursive=False, filter=_owners_alone)
        file.flush()
        os.fsync(file.fileno())


def _owners_alone(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = 0o600, 0, 0, "", ""
    return entry


def _dump_postgres(conf: Conf, target: Path) -> None:
    with postgres_tool("pg_dump", conf) as (program, name, environment):
        command = [program, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupFailed(f"pg_dump failed: {done.stderr.strip()}")


@contextmanager
def postgres_tool(tool: str, conf: Conf) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(the program, the database's name, the environment that tells it how to connect). The password travels in the
    environment, never on the command line, which others can read. Raises `BackupFailed` where it is not installed."""
    program = shutil.which(tool)
    if program is None:
        raise BackupFailed(
            f"'{tool}' is not installed here: install PostgreSQL's client programs (Debian: postgresql-client), at "
            "least as new as the server."
        )
    database = conf.database
    told = {"PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
    environment = {**os.environ, **{name: database[key] for name, key in told.items() if database[key]}}
    options = {f"PG{name.upper()}": value for name, value in database["OPTIONS"].items()}
    yield program, str(database["NAME"]), {**environment, **options}
