"""Files as people really have them, by the command that takes them in."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.house import House

HEAD = "id,author,created,text\n"


@pytest.fixture
def ready(house: House) -> House:
    """A house with a brand, Air."""
    assert house.run("migrate").returncode == 0
    house.run("user", "add", "olga@example.com", "--operator")
    return house


def bring(house: House, file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    done = house.run("import", str(file), "--brand", "Air", "--make-brand", *more)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="what can be read of a file does not hang on the database")
def test_each_kind_of_bad_input_is_told_and_costs_nothing_else(ready: House, tmp_path: Path):
    latin = tmp_path / "latin.csv"
    latin.write_bytes((HEAD + "1,rené,2026-03-02,Où est ma valise?\n").encode("cp1252"))
    done = bring(ready, latin)
    assert done.returncode == 1
    assert "is not in UTF-8" in done.stderr
    assert "--encoding cp1252" in done.stderr
    assert "1 accepted" in bring(ready, latin, "--encoding", "cp1252").stdout

    whole = gzip.compress((HEAD + "".join(f"g{n},a{n},2026-03-02,Text {n * 7919}\n" for n in range(2000))).encode())
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    done = bring(ready, cut)
    assert done.returncode == 0
    assert "is not whole: the compressed data breaks off" in done.stderr
    early = ready.count("conversations_post") - 1
    assert 0 < early < 2000
    cut.write_bytes(whole)
    assert f"{2000 - early:,} accepted, {early:,} known already, 0 rejected" in bring(ready, cut).stdout

    odd = tmp_path / "odd.csv"
    odd.write_text(HEAD + f"o1,a,2026-03-02,{'x' * 2_000_000}\no2,b,2026-03-02,Nul\0l\no3,c,2026-03-02,Plain\n")
    done = bring(ready, odd)
    assert "3 rows: 2 accepted, 0 known already, 1 rejected." in done.stdout
    assert "null characters" in done.stderr
    assert "2,000,000 characters" in (tmp_path / "odd.csv.rejected.csv").read_text()

    nothing = tmp_path / "nothing.csv"
    nothing.write_text("colour,size\nred,3\n")
    done = bring(ready, nothing)
    assert done.returncode == 1
    assert "--text COLUMN" in done.stderr


def test_an_interrupted_import_is_taken_up_again(ready: House, tmp_path: Path):
    rows = 6000
    file = tmp_path / "many.csv"
    file.write_text(HEAD + "".join(f"m{n},a{n},2026-03-02,Suitcase {n} never came\n" for n in range(rows)))
    process = ready.start("import", str(file), "--brand", "Air", "--make-brand")
    ready.until(lambda: ready.count("conversations_post") > 0 or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130, ready.said
    assert "what is here already is not doubled" in ready.said
    assert "Traceback" not in ready.said
    kept = ready.count("conversations_post")
    assert 0 < kept < rows
    done = bring(ready, file)
    assert f"{rows - kept:,} accepted, {kept:,} known already, 0 rejected" in done.stdout
    assert ready.count("conversations_post") == rows
    assert ready.count("cases_case") == rows
