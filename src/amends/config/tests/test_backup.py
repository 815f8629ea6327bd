from __future__ import annotations

import gzip
import io
import sqlite3
import tarfile
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection

from amends.config import backup, running
from amends.config.backup import BackupFailed
from amends.config.conf import load
from amends.config.restore import restore, unpack, verify
from amends.events.models import Event
from amends.events.transaction import write
from amends.events.types import BrandChanged

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def conf(db: None, tmp_path: Path):
    """The settings of a house whose database is the tests' own and whose home is new."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's dump is tried by tests/test_keep.py")
    home = tmp_path / "home"
    made = load({"AMENDS_HOME": str(home), "AMENDS_CREDENTIAL_KEYS": ""})
    (home / "amends.toml").write_text("port = 8001\n")
    return replace(made, database={**settings.CONF.database, "NAME": connection.settings_dict["NAME"]})


@pytest.fixture
def elsewhere(tmp_path: Path):
    """An empty house, its keys not yet made."""
    return load({"AMENDS_HOME": str(tmp_path / "elsewhere")}, make_keys=False)


def count(path: str | Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM events_event").fetchone()[0]


def write_events(stop: threading.Event, written: list[int]) -> None:
    try:
        while not stop.is_set():
            with write(NOW) as tx:
                for _ in range(20):
                    tx.tell(1, BrandChanged(what="test"))
            written.append(20)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_backup_taken_while_others_write_is_whole(conf, elsewhere, tmp_path):
    stop, written = threading.Event(), []
    writer = threading.Thread(target=write_events, args=(stop, written))
    writer.start()
    while len(written) < 5:
        pass
    before = sum(written)
    manifest = backup.make(conf, tmp_path / "b.tar.gz", NOW)
    stop.set()
    writer.join()
    assert verify(tmp_path / "b.tar.gz", conf.credential_keys) == 0
    assert restore(elsewhere, tmp_path / "b.tar.gz", NOW, force=False) is None
    restored = count(elsewhere.database["NAME"])
    assert before <= restored <= sum(written)
    assert restored % 20 == 0, "a transaction was torn"
    assert sum(written) == Event.objects.count()
    assert sorted(manifest.parts) == ["amends.sqlite3", "amends.toml", "keys/credentials", "keys/secret"]
    for name in ("secret", "credentials"):
        assert (elsewhere.home / "keys" / name).read_text() == (conf.home / "keys" / name).read_text()
        assert (elsewhere.home / "keys" / name).stat().st_mode & 0o777 == 0o600
    assert (elsewhere.home / "amends.toml").read_text() == "port = 8001\n"


@pytest.mark.django_db(transaction=True)
def test_what_is_there_is_moved_aside_only_when_told(conf, elsewhere, tmp_path):
    backup.make(conf, tmp_path / "b.tar.gz", NOW)
    restore(elsewhere, tmp_path / "b.tar.gz", NOW, force=False)
    with pytest.raises(BackupFailed, match="There is data already"):
        restore(elsewhere, tmp_path / "b.tar.gz", NOW, force=False)
    Path(elsewhere.database["NAME"]).write_bytes(b"precious")
    aside = restore(elsewhere, tmp_path / "b.tar.gz", NOW, force=True)
    assert (aside / "amends.sqlite3").read_bytes() == b"precious"
    assert (aside / "keys" / "secret").exists()
    assert count(elsewhere.database["NAME"]) == 0


@pytest.mark.django_db(transaction=True)
def test_a_running_house_is_not_restored_into(conf, elsewhere, tmp_path):
    backup.make(conf, tmp_path / "b.tar.gz", NOW)
    with running.alone(elsewhere.home), pytest.raises(running.StillRunning, match="stop it first"):
        restore(elsewhere, tmp_path / "b.tar.gz", NOW, force=False)


@pytest.mark.django_db(transaction=True)
def test_credentials_that_the_keys_do_not_open_spoil_a_backup(conf, tmp_path):
    from amends.accounts.models import Brand
    from amends.sources.models import Source

    brand = Brand.objects.create(name="Meridian", slug="meridian")
    known = Fernet(conf.credential_keys[0]).encrypt(b"{}")
    Source.objects.create(brand=brand, channel="demo", credentials=known, created=NOW, next_at=NOW)
    backup.make(conf, tmp_path / "good.tar.gz", NOW)
    assert verify(tmp_path / "good.tar.gz", ()) == 1
    strange = Fernet(Fernet.generate_key()).encrypt(b"{}")
    Source.objects.create(brand=brand, channel="demo", credentials=strange, created=NOW, next_at=NOW)
    backup.make(conf, tmp_path / "bad.tar.gz", NOW)
    with pytest.raises(BackupFailed, match="keys do not open the credentials"):
        verify(tmp_path / "bad.tar.gz", ())


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_damage_is_found(conf, tmp_path):
    good = tmp_path / "b.tar.gz"
    backup.make(conf, good, NOW)
    whole = good.read_bytes()
    damaged = {
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "no archive": b"not a backup",
        "changed": repacked(whole, "amends.sqlite3", lambda data: data[:5000] + b"XXXX" + data[5004:]),
        "key changed": repacked(whole, "keys/secret", lambda data: b"x" * len(data)),
        "something else": repacked(whole, "amends.toml", lambda data: data, name="../../etc/passwd"),
    }
    for kind, data in damaged.items():
        bad = tmp_path / "bad.tar.gz"
        bad.write_bytes(data)
        (tmp_path / kind).mkdir()
        with pytest.raises(BackupFailed):
            unpack(bad, tmp_path / kind)


def repacked(whole: bytes, member: str, change, name: str = "") -> bytes:
    """The archive with one member's content changed, its manifest as it was."""
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(gzip.decompress(whole))) as old,
        tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as new,
    ):
        for entry in old:
            data = old.extractfile(entry).read()
            if entry.name == member:
                data, entry.name = change(data), name or entry.name
                entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_newer_versions_backup_is_refused_before_anything_is_touched(conf, elsewhere, tmp_path):
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder(connection).record_applied("cases", "0099_later")
    try:
        backup.make(conf, tmp_path / "b.tar.gz", NOW)
    finally:
        MigrationRecorder(connection).record_unapplied("cases", "0099_later")
    with pytest.raises(BackupFailed, match="newer Amends"):
        restore(elsewhere, tmp_path / "b.tar.gz", NOW, force=False)
    assert not Path(elsewhere.database["NAME"]).exists()


@pytest.mark.django_db
def test_a_place_that_is_not_there_is_told(conf, tmp_path):
    with pytest.raises(BackupFailed, match="There is no folder"):
        backup.make(conf, tmp_path / "nowhere" / "b.tar.gz", NOW)


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_its_owners_alone(conf, tmp_path):
    backup.make(conf, tmp_path / "b.tar.gz", NOW)
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".amends")] == []
