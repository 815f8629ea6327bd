"""Bring a backup back, and prove that one can be brought back."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from amends.config import running
from amends.config.backup import FORMAT, POSTGRES, SQLITE, BackupFailed, Manifest, part, postgres_tool
from amends.config.conf import Conf

ALLOWED = frozenset({SQLITE, POSTGRES, "keys/secret", "keys/credentials", "amends.toml"})


def unpack(archive: Path, folder: Path) -> Manifest:
    """Unpack a backup into `folder` and check each file's size and checksum. Raises `BackupFailed`."""
    again = "Take another backup, or fetch this one again."
    try:
        with tarfile.open(archive, "r:gz") as packed:
            first = packed.next()
            head = packed.extractfile(first) if first and first.name == "manifest.json" else None
            if head is None:
                raise BackupFailed(f"{archive} is not a backup of Amends: it does not begin with a manifest.")
            manifest = msgspec.json.decode(head.read(), type=Manifest)
            if manifest.format > FORMAT:
                raise BackupFailed(
                    f"{archive} was made by Amends {manifest.version}, which is newer: restore it there."
                )
            while entry := packed.next():
                if entry.name not in ALLOWED or not entry.isfile():
                    raise BackupFailed(f"{archive} holds '{entry.name}', which no backup of Amends does. {again}")
                packed.extract(entry, folder, filter="data")
    except (tarfile.TarError, EOFError, OSError, msgspec.MsgspecError) as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise
        raise BackupFailed(f"{archive} can't be read: {error}. {again}") from None
    for name, said in manifest.parts.items():
        if not (folder / name).is_file() or part(folder / name) != said:
            raise BackupFailed(f"'{name}' in {archive} is not what was backed up. {again}")
    return manifest


def check(folder: Path, manifest: Manifest, keys: tuple[str, ...]) -> int:
    """Prove an unpacked backup good: this version knows its tables, the database is whole, and `keys` open every
    credential. Returns how many accounts' credentials were opened. Raises `BackupFailed`."""
    if newer := [name for name in manifest.migrations if _unknown(name)]:
        raise BackupFailed(
            f"The backup was made by a newer Amends, {manifest.version} (it has {newer[0]}): restore it with that."
        )
    if manifest.database != "sqlite":
        return 0
    try:
        with closing(sqlite3.connect(f"file:{folder / SQLITE}?mode=ro", uri=True)) as database:
            problems = [row[0] for row in database.execute("PRAGMA integrity_check")]
            found = database.execute("SELECT credentials FROM sources_source WHERE length(credentials) > 0").fetchall()
    except sqlite3.DatabaseError as error:
        problems, found = [str(error)], []
    if problems != ["ok"]:
        raise BackupFailed(f"The database in the backup is damaged: {problems[0]}. Use an earlier backup.")
    opener = MultiFernet([Fernet(key) for key in keys])
    for (sealed,) in found:
        try:
            opener.decrypt(bytes(sealed))
        except InvalidToken:
            raise BackupFailed(
                "The keys do not open the credentials in the backup's database. Put the right key back "
                "(keys/credentials in AMENDS_HOME, or AMENDS_CREDENTIAL_KEYS); `amends doctor` names the accounts."
            ) from None
    return len(found)


def _unknown(migration: str) -> bool:
    """Whether a migration of one of our rooms is none that this version has."""
    room, _, name = migration.partition(".")
    folder = Path(__file__).parents[1] / room / "migrations"
    return folder.is_dir() and not (folder / f"{name}.py").exists()


def _own_keys(folder: Path) -> tuple[str, ...]:
    path = folder / "keys/credentials"
    return tuple(path.read_text().split()) if path.exists() else ()


def verify(archive: Path, keys: tuple[str, ...]) -> int:
    """Restore into a temporary folder beside the backup and check what came out; `keys` are for a backup without keys.
    Returns how many accounts' credentials were opened. Raises `BackupFailed`."""
    with tempfile.TemporaryDirectory(prefix=".amends-verify-", dir=archive.parent) as folder:
        manifest = unpack(archive, Path(folder))
        return check(Path(folder), manifest, _own_keys(Path(folder)) or keys)


def restore(conf: Conf, archive: Path, now: datetime, *, force: bool) -> Path | None:
    """Put the backup in place of what AMENDS_HOME has. With `force` what was there is moved aside; where to.

    Everything is unpacked and checked before anything is touched. `conf` is loaded without making keys. Raises
    `BackupFailed`, and `StillRunning` where something of ours runs in the home.
    """
    with running.alone(conf.home), tempfile.TemporaryDirectory(prefix=".restore-", dir=conf.home) as folder:
        stage = Path(folder)
        manifest = unpack(archive, stage)
        wanted = "sqlite" if conf.sqlite else "postgresql"
        if manifest.database != wanted:
            raise BackupFailed(
                f"This is a backup of a {manifest.database} database, and DATABASE_URL names a {wanted} one: change it."
            )
        check(stage, manifest, conf.credential_keys or _own_keys(stage))
        places = {name: conf.home / name for name in manifest.parts if name != POSTGRES}
        if conf.sqlite:
            places[SQLITE] = Path(conf.database["NAME"])
        there = [place for place in places.values() if place.exists()]
        if there and not force:
            raise BackupFailed(
                f"There is data already: {there[0]}. Restore into an empty AMENDS_HOME, or move it aside with --force."
            )
        if not conf.sqlite:
            _load_postgres(conf, stage / POSTGRES)
        aside = _move_aside(conf.home, there, now) if there else None
        for name, place in places.items():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (stage / name).chmod(0o600)
            shutil.move(stage / name, place)
    return aside


def _move_aside(home: Path, there: list[Path], now: datetime) -> Path:
    """Out of the way with the files there are, and with SQLite's own beside them. Where to."""
    aside = home / f"replaced-{now:%Y%m%d-%H%M%S}"
    for place in there:
        for path in (place, *(place.with_name(place.name + end) for end in ("-wal", "-shm"))):
            to = aside / (path.relative_to(home) if path.is_relative_to(home) else path.name)
            to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(FileNotFoundError):
                shutil.move(path, to)
    return aside


def _load_postgres(conf: Conf, dump: Path) -> None:
    with postgres_tool("pg_restore", conf) as (program, name, environment):
        command = [program, "--exit-on-error", "--single-transaction", "--no-owner", f"--dbname={name}", str(dump)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupFailed(
            f"pg_restore failed and changed nothing: {done.stderr.strip()} The database must be empty; make a new one "
            "and name it in DATABASE_URL."
        )
