"""What an operator may set: parsed once, loudly.

Sources, the earlier wins: environment (`AMENDS_PORT`), a file named by the environment (`AMENDS_SECRET_KEY_FILE`),
`amends.toml` (in `AMENDS_HOME`, or the file that `AMENDS_CONFIG` names). An empty value is none. A wrong value stops
the start with its name, what is wrong and an example.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

from amends.config import values
from amends.config.keys import made_once
from amends.config.values import WrongSetting

__all__ = ["Conf", "WrongSetting", "load", "unknown"]


@dataclass(frozen=True)
class Conf:
    """Every setting, parsed. Documented in docs/reference/settings.md, which a test holds against this class."""

    home: Path
    database: dict[str, Any]
    secret_key: str
    credential_keys: tuple[str, ...]
    keys_file: Path | None  # where they stand, when we made them ourselves
    url: str
    host: str
    port: int
    debug: bool
    log_level: str
    log_json: bool
    email_url: str
    email_from: str
    allow_private: bool
    raw_days: int
    workers: int

    @property
    def sqlite(self) -> bool:
        return str(self.database["ENGINE"]).endswith("sqlite3")

    @property
    def public(self) -> bool:
        """Whether the operator has said at what address others reach this site."""
        return self.url != _local(self.host, self.port)


# The settings that are read alike: name, reader, default. The others are read by name in `load`.
PLAIN: tuple[tuple[str, Callable[[str, str], Any], str], ...] = (
    ("host", values.host, "127.0.0.1"),
    ("port", values.whole(1, 65535), "8000"),
    ("debug", values.flag, "no"),
    ("log_level", values.level, "INFO"),
    ("log_json", values.flag, "no"),
    ("email_from", values.mail_address, "amends@localhost"),
    ("allow_private", values.flag, "no"),
    ("raw_days", values.whole(0, 3650), "30"),
    ("workers", values.whole(1, 64), "8"),
)
NOT_SETTINGS = ("AMENDS_HOME", "AMENDS_CONFIG", "AMENDS_PARENT")


def names() -> set[str]:
    """The settings' names in amends.toml."""
    return {field.name for field in fields(Conf)} - {"home", "database", "keys_file"} | {"database_url"}


def variable(name: str) -> str:
    """The environment's name of a setting."""
    return "DATABASE_URL" if name == "database_url" else f"AMENDS_{name.upper()}"


def unknown(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like settings of ours and are none: slips of the pen."""
    known = {variable(name) for name in names()}
    known |= {f"{name}_FILE" for name in known} | set(NOT_SETTINGS)
    return sorted(name for name in environ if name.startswith("AMENDS_") and name not in known)


class Given:
    """The values given, by their plain names, each with the name under which it was given."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.home = Path(environ.get("AMENDS_HOME") or Path.home() / ".amends").expanduser().absolute()
        file = environ.get("AMENDS_CONFIG")
        path = Path(file).expanduser() if file else self.home / "amends.toml"
        if file and not path.is_file():
            raise WrongSetting("AMENDS_CONFIG", f"there is no file {path}.", "/etc/amends.toml")
        try:
            self.table: dict[str, Any] = tomllib.loads(path.read_text()) if path.is_file() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise WrongSetting("amends.toml", f"{path} can't be read: {error}.", "port = 8000") from None
        for name in sorted(self.table.keys() - names()):
            raise WrongSetting("amends.toml", f"there is no setting '{name}' ({path}).", "port = 8000")

    def get(self, name: str, default: str = "") -> tuple[str, str]:
        """(the name to blame, the value) of one setting."""
        key = variable(name)
        if given := self.environ.get(key, "").strip():
            return key, given
        if file := self.environ.get(f"{key}_FILE"):
            try:
                return f"{key}_FILE", Path(file).read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                raise WrongSetting(f"{key}_FILE", f"{error}.", "/run/secrets/amends") from None
        if name in self.table:
            return name, _plain(name, self.table[name]) or default
        return key, default


def _plain(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)
    if isinstance(value, str | int):
        return str(value).strip()
    raise WrongSetting(name, "it must be a text, a number, or true or false.", '"text"')


def load(environ: Mapping[str, str] = os.environ, *, make_keys: bool = True) -> Conf:
    """All settings from the environment and amends.toml. Raises `WrongSetting`.

    Makes the home, and the keys where there are none; without `make_keys` those are then empty.
    """
    given = Given(environ)
    read = {name: reader(*given.get(name, default)) for name, reader, default in PLAIN}
    key, address = given.get("url")
    read["url"] = values.site(key, address) if address else _local(read["host"], read["port"])
    key, server = given.get("email_url")
    read["email_url"] = values.mail_server(key, server) if server else ""
    key, address = given.get("database_url")
    read["database"] = values.database(key, address, given.home)
    try:
        given.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WrongSetting("AMENDS_HOME", f"{given.home} can't be made: {error.strerror}.", "/var/lib/amends") from None
    made = partial(made_once, given.home, make=make_keys)
    key, secret = given.get("secret_key")
    secret = secret or made("secret")
    read["secret_key"] = values.secret_key(key, secret) if secret else ""
    key, secret = given.get("credential_keys")
    read["keys_file"] = None if secret else given.home / "keys" / "credentials"
    secret = secret or made("credentials")
    read["credential_keys"] = values.fernet_keys(key, secret) if secret else ()
    return Conf(home=given.home, **read)


def _local(host: str, port: int) -> str:
    """Where a browser on this machine finds us when we listen on `host`."""
    name = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104 - compared
    return f"http://{name}:{port}"
