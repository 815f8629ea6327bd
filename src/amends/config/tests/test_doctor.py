from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from amends.config.doctor import examine
from amends.sources.models import Source, State
from amends.sources.secrets import seal

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def house(db: None, tmp_path, settings):
    """A home with both keys."""
    settings.CONF = replace(settings.CONF, home=tmp_path)
    (tmp_path / "keys").mkdir()
    for name in ("secret", "credentials"):
        (tmp_path / "keys" / name).touch(mode=0o600)
    return tmp_path


def found(name: str, level: str = "") -> list[str]:
    return [one.text for one in examine(NOW) if one.name == name and (not level or one.level == level)]


def source(brand, **more) -> Source:
    return Source.objects.create(
        brand=brand, channel="demo", created=NOW, **{"label": "Radio", "next_at": NOW, "state": State.ACTIVE, **more}
    )


def test_a_new_house_is_well(house):
    assert [one for one in examine(NOW) if one.level == "fail"] == []
    if connection.vendor == "sqlite":
        assert found("integrity", "ok") == ["SQLite finds the file sound."]


def test_every_failure_says_what_to_do(alice, house):
    (house / "keys" / "secret").chmod(0o644)
    source(alice.brand, state=State.LOGIN, problem="the password was refused")
    source(alice.brand, state=State.FAILING, problem="no answer", failures=3)
    for one in examine(NOW):
        assert one.level == "ok" or one.do, one


def test_a_key_that_others_can_read_fails(house):
    (house / "keys" / "credentials").chmod(0o640)
    (told,) = [one for one in examine(NOW) if one.name == "keys" and one.level == "fail"]
    path = house / "keys" / "credentials"
    assert (told.text, told.do) == (f"Others on this machine can read {path}.", f"chmod 600 {path}")


def test_a_database_that_others_can_read_is_a_warning_and_its_cure_cures(house):
    if connection.vendor != "sqlite":
        pytest.skip("a server keeps its files itself")
    database = Path(connection.settings_dict["NAME"])
    database.chmod(0o644)
    (told,) = [one for one in examine(NOW) if one.name == "privacy"]
    assert (told.level, str(database) in told.do.split()) == ("warn", True)
    subprocess.run(shlex.split(told.do), check=True)
    assert database.stat().st_mode & 0o777 == 0o600
    assert found("privacy") == []


def test_credentials_under_a_lost_key_are_named(alice, house):
    source(alice.brand, credentials=seal({"password": "x"}))
    source(alice.brand, label="Lost", credentials=Fernet(Fernet.generate_key()).encrypt(b"{}"))
    assert found("credentials", "fail") == ["Meridian Air, Lost: no key opens them."]
    assert found("credentials", "ok") == ["The keys open the credentials of 1 accounts."]


def test_a_newer_database_fails(house):
    MigrationRecorder(connection).record_applied("cases", "0099_later")
    assert found("migrations", "fail") == ["A newer version of Amends made cases.0099_later."]


@pytest.mark.parametrize(
    ("state", "level", "said"),
    [
        ({}, "ok", "listens"),
        ({"state": State.PAUSED}, "ok", "is paused"),
        ({"state": State.LOGIN, "problem": "wrong password"}, "fail", "was refused: wrong password"),
        ({"state": State.FAILING, "problem": "no answer", "failures": 3}, "warn", "fails since 3 attempts: no answer"),
        ({"silent_since": NOW - timedelta(hours=2)}, "warn", "is silent since 2026-03-02 10:00 UTC"),
        ({"next_at": NOW - timedelta(hours=1)}, "warn", "should have been asked at 11:00 UTC"),
    ],
)
def test_each_state_of_a_channel_is_told(alice, house, state, level, said):
    source(alice.brand, **state)
    (text,) = found("channels", level)
    assert said in text


def test_a_slip_of_the_pen_in_the_environment_is_a_warning(house, monkeypatch):
    monkeypatch.setenv("AMENDS_PROT", "8001")
    assert found("settings", "warn") == ["AMENDS_PROT is no setting of Amends."]


def test_a_database_that_cannot_be_written_is_told_and_nothing_else_asked(house):
    if connection.vendor != "sqlite":
        pytest.skip("a read-only SQLite file is a matter of SQLite")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    try:
        names = [one.name for one in examine(NOW)]
        assert found("database", "fail")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")
    assert names[-1] == "database"
