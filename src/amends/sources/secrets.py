"""Credentials at rest: sealed with Fernet keys that live in AMENDS_HOME/keys or the environment, never in the database.

Several keys may be given, newest first: the first seals, all open, so that keys can be changed without an outage.
"""

from __future__ import annotations

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Sealed(Exception):
    """Credentials that none of the keys opens. The message says what to do."""


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CONF.credential_keys])


def seal(values: dict[str, str]) -> bytes:
    """Encrypt a form's secret fields. An empty dict is empty bytes."""
    return _keys().encrypt(msgspec.json.encode(values)) if values else b""


def unseal(sealed: bytes) -> dict[str, str]:
    """The secret fields again. Raises `Sealed`."""
    if not sealed:
        return {}
    try:
        return msgspec.json.decode(_keys().decrypt(bytes(sealed)), type=dict[str, str])
    except InvalidToken:
        raise Sealed(
            "These credentials were stored under another key. Put the old key back (keys/credentials in AMENDS_HOME, "
            "or AMENDS_CREDENTIAL_KEYS), or connect the account anew."
        ) from None
