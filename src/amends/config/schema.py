"""Whether the tables are those that this version knows, and making them so."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from amends.config.values import Unfit

MIGRATION_LOCK = 0x416D6D6967  # a number of our own among PostgreSQL's advisory locks


class WrongSchema(Unfit):
    """The database can't be used as it is. The message says what to do."""


def newer() -> list[str]:
    """Migrations that the database has and this version does not know: a newer version has been here."""
    loader = MigrationLoader(connection)
    known = set(loader.disk_migrations)
    known |= {old for migration in loader.disk_migrations.values() for old in migration.replaces}
    return sorted(f"{app}.{name}" for app, name in loader.applied_migrations if (app, name) not in known)


def pending() -> list[str]:
    """Migrations that this version brings and the database lacks."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def refuse_newer() -> None:
    """Raises `WrongSchema` where a newer version has changed the tables: this one would not understand them."""
    if unknown := newer():
        raise WrongSchema(
            f"This database was made by a newer version of Amends (it has {unknown[-1]}, which this version does not "
            "know). Install that version again, or restore a backup made before the upgrade with `amends restore`. "
            "Nothing was changed."
        )


def require() -> None:
    """Raises `WrongSchema` unless the tables are exactly this version's."""
    refuse_newer()
    if lacking := pending():
        raise WrongSchema(
            f"The database is not up to date ({len(lacking)} migrations are missing, the first is {lacking[0]}). "
            "Run `amends migrate`, or start with `amends up`, which does it."
        )


def migrate() -> int:
    """Bring the tables up to date, one process at a time; how many migrations were applied. Raises `WrongSchema`."""
    with _alone():
        refuse_newer()
        lacking = pending()
        if lacking:
            call_command("migrate", verbosity=0, interactive=False)
    return len(lacking)


@contextmanager
def _alone() -> Iterator[None]:
    """No other process migrates meanwhile. A killed one lets go: the locks are the kernel's and the connection's."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
        return
    path = Path(str(connection.settings_dict["NAME"]))
    handle = os.open(path.parent / f".{path.name}.migrate", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
