"""Posts in, backup, another machine, restore: on either database, by the commands that an operator types."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import House, database

ROWS = """id,author,created,text
1,alice,2026-03-02T10:00:00Z,My suitcase never came
2,bob,2026-03-02T10:01:00Z,"Late again, and nobody says why"
3,carol,when pigs fly,This row has no time
4,dora,2026-03-02T10:03:00Z,Thank you for the quick help
"""


@pytest.fixture
def second(tmp_path: Path) -> Iterator[House]:
    """Another machine, empty."""
    home = tmp_path / "second"
    home.mkdir()
    with database(os.environ.get("DATABASE_URL", "")) as url:
        yield House(home, url)


def test_what_was_backed_up_stands_in_another_house(house: House, second: House, tmp_path: Path):
    file = tmp_path / "posts.csv"
    file.write_text(ROWS)
    archive = tmp_path / "amends.tar.gz"
    house.run("migrate")
    added = house.run("user", "add", "olga@example.com", "--name", "Olga", "--operator")
    assert f"{house.url}/sign-in/" in added.stdout, added.stderr

    unknown = house.run("import", str(file), "--brand", "Meridian Air")
    assert unknown.returncode == 1
    assert "There is no brand 'Meridian Air'. Brands: none yet." in unknown.stderr
    first = house.run("import", str(file), "--brand", "Meridian Air", "--make-brand")
    assert first.returncode == 0, first.stderr
    assert "4 rows: 3 accepted, 0 known already, 1 rejected." in first.stdout
    rejected = tmp_path / "posts.csv.rejected.csv"
    assert str(rejected) in first.stderr
    assert "4," in rejected.read_text()
    assert "when pigs fly" in rejected.read_text()
    again = house.run("import", str(file), "--brand", "meridian-air")
    assert "4 rows: 0 accepted, 3 known already, 1 rejected." in again.stdout, again.stderr

    backup = house.run("backup", str(archive))
    assert backup.returncode == 0, backup.stderr
    assert "Verified" in backup.stdout
    restored = second.run("restore", str(archive))
    assert restored.returncode == 0, restored.stderr
    assert second.run("restore", str(archive)).returncode == 2
    assert "olga@example.com  Olga  operator  meridian-air (admin)" in second.run("user", "list").stdout
    there = second.run("import", str(file), "--brand", "meridian-air")
    assert "4 rows: 0 accepted, 3 known already, 1 rejected." in there.stdout, there.stderr

    examined = second.run("doctor", "--json")
    findings = json.loads(examined.stdout)
    assert [finding for finding in findings if finding["level"] == "fail"] == []
    assert examined.returncode == 0
    assert {"settings", "keys", "disk", "database", "migrations", "users", "outbox"} <= {
        one["name"] for one in findings
    }
