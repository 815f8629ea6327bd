"""New keys for what is kept of connected accounts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from amends.config.rotate import put, rotate
from amends.config.values import Unfit
from amends.sources.models import Source
from amends.sources.secrets import seal, unseal


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    """A file with one key, which the settings lead to."""
    path = tmp_path / "credentials"
    put(path, (Fernet.generate_key().decode(),))
    settings.CONF = replace(settings.CONF, keys_file=path)
    return path


def test_a_new_key_takes_the_place_of_the_old_one(source: Source, file: Path, settings: Any) -> None:
    before = file.read_text()
    Source.objects.update(credentials=seal({"password": "hush"}))
    assert rotate(settings.CONF, settle=0) == 1
    source.refresh_from_db()
    assert unseal(bytes(source.credentials)) == {"password": "hush"}
    assert len(file.read_text().split()) == 1
    assert file.read_text() != before
    assert file.stat().st_mode & 0o077 == 0
    Fernet(file.read_text().strip()).decrypt(bytes(source.credentials))


def test_what_no_key_opens_is_told_and_no_key_is_lost(source: Source, file: Path, settings: Any) -> None:
    before = file.read_text().strip()
    Source.objects.update(credentials=Fernet(Fernet.generate_key()).encrypt(b"{}"), label="Old account")
    with pytest.raises(Unfit, match="Old account"):
        rotate(settings.CONF, settle=0)
    assert before in file.read_text()


def test_keys_of_the_settings_are_only_put_to_use(source: Source, settings: Any) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    settings.CONF = replace(settings.CONF, keys_file=None, credential_keys=(old,))
    Source.objects.update(credentials=seal({"password": "hush"}))
    settings.CONF = replace(settings.CONF, credential_keys=(new, old))
    assert rotate(settings.CONF, settle=0) == 1
    assert rotate(settings.CONF, settle=0) == 0
    settings.CONF = replace(settings.CONF, credential_keys=(new,))
    source.refresh_from_db()
    assert unseal(bytes(source.credentials)) == {"password": "hush"}
