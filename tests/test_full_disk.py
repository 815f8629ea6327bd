"""A full disk: said clearly, and nothing lost that had been taken in."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import House

POSTS = 3_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 5 MB that is really full when it is full. Needs root, since it is mounted."""
    if os.environ.get("DATABASE_URL"):
        pytest.skip("PostgreSQL looks after its own disk")
    place = tmp_path / "disk"
    place.mkdir()
    if not shutil.which("mount") or not mounted(place, "size=5m"):
        pytest.skip("mounting a small disk takes root and leave to mount")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def mounted(place: Path, options: str) -> bool:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, check=False)
    return done.returncode == 0


def posts(house: House) -> int:
    with sqlite3.connect(house.home / "amends.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(database.execute("SELECT count(*) FROM conversations_post").fetchone()[0])


def test_an_import_onto_a_full_disk_stops_clearly_and_goes_on_later(small_disk: Path, tmp_path: Path):
    file = tmp_path / "posts.csv"
    rows = (f"{n},user{n},2026-03-02T10:00:00Z,Suitcase number {n} never came and nobody answers" for n in range(POSTS))
    file.write_text("id,author,created,text\n" + "\n".join(rows) + "\n")
    house = House(small_disk, "")
    assert house.run("migrate").returncode == 0
    house.run("user", "add", "olga@example.com", "--operator")
    stopped = house.run("import", str(file), "--brand", "Air", "--make-brand")
    assert stopped.returncode == 1
    assert "The disk is full" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    kept = posts(house)
    assert 0 < kept < POSTS
    assert subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=False).returncode == 0
    again = house.run("import", str(file), "--brand", "Air")
    assert again.returncode == 0, again.stderr
    assert f"{POSTS - kept:,} accepted, {kept:,} known already, 0 rejected" in again.stdout
    assert posts(house) == POSTS
