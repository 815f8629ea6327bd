"""Credentials at rest: sealed with Fernet keys that live in AMENDS_HOME/keys or the environment, never in the database.

Several keys may be given, newest first: the first seals, all open, so that keys can be changed without an outage.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from amends.events.transaction import write
from amends.sources.models import Source


class Sealed(Exception):
    """Credentials that none of the keys opens. The message says what to do."""


def _keys() -> list[Fernet]:
    """The keys of today, the newest first: a file of ours may be written anew while we run."""
    file = settings.CONF.keys_file
    if file is None or not file.is_file():
        return [Fernet(key) for key in settings.CONF.credential_keys]
    return _of_file(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _of_file(file: Path, _written: int) -> list[Fernet]:
    return [Fernet(key) for key in file.read_text().split()]


def seal(values: dict[str, str]) -> bytes:
    """Encrypt a form's secret fields. An empty dict is empty bytes."""
    return _keys()[0].encrypt(msgspec.json.encode(values)) if values else b""


def unseal(sealed: bytes) -> dict[str, str]:
    """The secret fields again. Raises `Sealed`."""
    if not sealed:
        return {}
    try:
        return msgspec.json.decode(MultiFernet(_keys()).decrypt(bytes(sealed)), type=dict[str, str])
    except InvalidToken:
        raise Sealed(
            "These credentials were stored under another key. Put the old key back (keys/credentials in AMENDS_HOME, "
            "or AMENDS_CREDENTIAL_KEYS), or connect the account anew."
        ) from None


def reseal(now: datetime) -> tuple[int, list[str]]:
    """Encrypt what is kept of every account with the first key: (how many were not, those that no key opens)."""
    done, closed = 0, []
    for source in Source.objects.exclude(credentials=b"").order_by("pk"):
        sealed = bytes(source.credentials)
        try:
            values = unseal(sealed)
        except Sealed:
            closed.append(str(source))
            continue
        if _by_first(sealed):
            continue
        with write(now):
            done += Source.objects.filter(pk=source.pk, credentials=sealed).update(credentials=seal(values))
    return done, closed


def _by_first(sealed: bytes) -> bool:
    try:
        _keys()[0].decrypt(sealed)
    except InvalidToken:
        return False
    return True
