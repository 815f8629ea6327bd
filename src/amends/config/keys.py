"""Secrets of our own, made at the first start and kept under AMENDS_HOME/keys."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from amends.config.values import WrongSetting


def made_once(home: Path, name: str, *, make: bool = True) -> str:
    """The secret `name` ("secret" or "credentials"), made when there is none, readable by the owner alone; without
    `make` it is then "".

    Written whole beside its place and then linked into it, so that of several first starts one wins and none reads half
    a key. Raises `WrongSetting`.
    """
    path = home / "keys" / name
    try:
        if not path.exists():
            if not make:
                return ""
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile("w", dir=path.parent) as out:  # made with mode 600
                out.write(_new(name) + "\n")
                out.flush()
                os.fsync(out.fileno())
                with suppress(FileExistsError):  # another process of ours was first
                    os.link(out.name, path)
        return path.read_text().strip()
    except OSError as error:
        raise WrongSetting("AMENDS_HOME", f"{path} can't be used: {error.strerror}.", "/var/lib/amends") from None


def _new(name: str) -> str:
    if name == "credentials":
        from cryptography.fernet import Fernet

        return Fernet.generate_key().decode()
    return secrets.token_urlsafe(48)
