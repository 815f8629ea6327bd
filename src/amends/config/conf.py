"""What an operator may set: parsed once, loudly.

Sources, the earlier wins: environment (`AMENDS_PORT`), a file named by the environment (`AMENDS_SECRET_KEY_FILE`),
`amends.toml` (in `AMENDS_HOME`, or the file that `AMENDS_CONFIG` names). A wrong value stops the start with its name,
what is wrong and an example.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


class WrongSetting(Exception):
    """A setting that can't be used. The message names it, tells the problem and gives an example."""

    def __init__(self, name: str, problem: str, example: str) -> None:
        super().__init__(f"{name}: {problem} Example: {name}={example}")


@dataclass(frozen=True)
class Conf:
    """Every setting, parsed. Documented in docs/reference/settings.md, which a test holds against this class."""

    home: Path
    database: dict[str, Any]
    secret_key: str
    credential_keys: tuple[str, ...]
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


def _text(_name: str, value: str) -> str:
    return value


def _flag(name: str, value: str) -> bool:
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("", "0", "false", "no", "off"):
        return False
    raise WrongSetting(name, f"'{value}' is neither yes nor no.", "yes")


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    def parse(name: str, value: str) -> int:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise WrongSetting(name, f"'{value}' is not a whole number from {low} to {high}.", str(max(low, 1)))
        return int(value)

    return parse


def _level(name: str, value: str) -> str:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise WrongSetting(name, f"'{value}' is no log level.", "INFO")
    return value.upper()


def _url(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise WrongSetting(name, f"'{value}' is not the address of a site.", "https://desk.example.com")
    return value.rstrip("/")


def database(name: str, value: str, home: Path) -> dict[str, Any]:
    """Django's DATABASES entry for a URL: `sqlite:///path` or `postgresql://user:password@host:port/name`."""
    example = "postgresql://amends:secret@localhost/amends"
    if not value or value.startswith("sqlite://"):
        path = Path(value.removeprefix("sqlite://").removeprefix("/")) if value else home / "amends.sqlite3"
        if value and not path.name:
            raise WrongSetting(name, "the path is missing.", "sqlite:////var/lib/amends/amends.sqlite3")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(path if path.is_absolute() else home / path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-32000;",
            },
            "CONN_MAX_AGE": None,
        }
    parts = urlsplit(value)
    if parts.scheme not in ("postgres", "postgresql"):
        raise WrongSetting(name, f"'{parts.scheme or value}' is not a database that Amends knows.", example)
    if not parts.path.strip("/"):
        raise WrongSetting(name, "the name of the database is missing.", example)
    try:
        port = parts.port
    except ValueError as error:
        raise WrongSetting(name, f"{error}.", example) from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


class Given:
    """The values given, by their plain names, each with the name under which it was given."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.home = Path(environ.get("AMENDS_HOME") or Path.home() / ".amends").expanduser().absolute()
        file = environ.get("AMENDS_CONFIG")
        path = Path(file) if file else self.home / "amends.toml"
        if file and not path.is_file():
            raise WrongSetting("AMENDS_CONFIG", f"there is no file {path}.", "/etc/amends.toml")
        try:
            self.table: dict[str, Any] = tomllib.loads(path.read_text()) if path.is_file() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise WrongSetting("amends.toml", f"{path} can't be read: {error}.", "port = 8000") from None
        known = {field.name for field in fields(Conf)} | {"database_url"}
        for name in self.table.keys() - known:
            raise WrongSetting("amends.toml", f"there is no setting '{name}' ({path}).", "port = 8000")

    def get(self, name: str, default: str = "") -> tuple[str, str]:
        """(the name to blame, the value) of one setting."""
        key = "DATABASE_URL" if name == "database_url" else f"AMENDS_{name.upper()}"
        if key in self.environ:
            return key, self.environ[key].strip()
        if file := self.environ.get(f"{key}_FILE"):
            try:
                return f"{key}_FILE", Path(file).read_text().strip()
            except OSError as error:
                raise WrongSetting(f"{key}_FILE", f"{error}.", "/run/secrets/amends") from None
        if name in self.table:
            value = self.table[name]
            return name, ("yes" if value else "no") if isinstance(value, bool) else str(value)
        return key, default


def _made_once(home: Path, name: str) -> str:
    """A secret of our own, made at the first start and kept under AMENDS_HOME/keys, readable by the owner alone."""
    path = home / "keys" / name
    if not path.exists():
        from cryptography.fernet import Fernet

        value = Fernet.generate_key().decode() if name == "credentials" else secrets.token_urlsafe(48)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as out:
                out.write(value + "\n")
        except FileExistsError:
            pass  # another process of ours was first
        except OSError as error:
            raise WrongSetting("AMENDS_HOME", f"{home} can't be written: {error}.", "/var/lib/amends") from None
    return path.read_text().strip()


def load(environ: Mapping[str, str] = os.environ) -> Conf:
    """All settings from the environment and amends.toml. Raises `WrongSetting`; makes the keys if there are none."""
    given = Given(environ)
    parse: list[tuple[str, Callable[[str, str], Any], str]] = [
        ("url", _url, ""),
        ("host", _text, "127.0.0.1"),
        ("port", _whole(1, 65535), "8000"),
        ("debug", _flag, "no"),
        ("log_level", _level, "INFO"),
        ("log_json", _flag, "no"),
        ("email_url", _text, ""),
        ("email_from", _text, "amends@localhost"),
        ("allow_private", _flag, "no"),
        ("raw_days", _whole(0, 3650), "30"),
        ("workers", _whole(1, 64), "8"),
    ]
    values: dict[str, Any] = {}
    for name, reader, default in parse:
        key, value = given.get(name, default)
        values[name] = reader(key, value) if value or name != "url" else ""
    values["url"] = values["url"] or f"http://{values['host']}:{values['port']}"
    key, value = given.get("database_url")
    values["database"] = database(key, value, given.home)
    values["secret_key"] = given.get("secret_key")[1] or _made_once(given.home, "secret")
    key, value = given.get("credential_keys")
    values["credential_keys"] = tuple((value or _made_once(given.home, "credentials")).replace(",", " ").split())
    return Conf(home=given.home, **values)
