from __future__ import annotations

import errno
import sqlite3

import pytest
from django.db import OperationalError, connection

from amends.cli.failures import told


def test_a_full_sqlite_file_is_told(tmp_path):
    """SQLite's own error for a disk that is full, as its page limit gives it too."""
    database = sqlite3.connect(tmp_path / "full.sqlite3")
    database.execute("CREATE TABLE t (x)")
    database.execute("PRAGMA max_page_count = 3")
    with pytest.raises(sqlite3.OperationalError) as full:
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert told(full.value).startswith("The disk is full: nothing more was written")


@pytest.mark.django_db
def test_a_full_disk_is_told_through_djangos_wrapping():
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's message")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count")
        before = cursor.fetchone()[0]
        cursor.execute("CREATE TABLE t (x)")
        cursor.execute("PRAGMA max_page_count = 3")
        try:
            with pytest.raises(OperationalError) as full:
                cursor.execute("INSERT INTO t VALUES (zeroblob(100000000))")
        finally:
            cursor.execute(f"PRAGMA max_page_count = {before}")
    assert "The disk is full" in told(full.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
        (OperationalError("unable to open database file"), "belong to the user that runs amends"),
        (OperationalError("attempt to write a readonly database"), "belong to the user that runs amends"),
        (OperationalError("database is locked"), "Another program holds the database"),
        (OperationalError('connection to server at "127.0.0.1", port 1 failed'), "The database can't be reached"),
    ],
)
def test_failures_outside_the_program_say_what_to_do(error, said):
    assert said in told(error)


def test_a_failure_of_the_program_is_left_to_its_traceback():
    assert told(ValueError("a bug")) == ""
    assert told(OperationalError("no such table: cases_case")) == ""
