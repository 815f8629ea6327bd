"""Reading one value of one setting. Each reader takes the name to blame and the text, and raises `WrongSetting`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MAIL_SCHEMES = ("smtp", "smtp+tls", "smtps")


class Unfit(Exception):
    """Amends can't run until somebody changes something. The message says what."""


class WrongSetting(Unfit):
    """A setting that can't be used. The message names it, tells the problem and gives an example, never a secret."""

    def __init__(self, name: str, problem: str, example: str) -> None:
        super().__init__(f"{name}: {problem} Example: {name}={example}")
        self.name = name


def flag(name: str, value: str) -> bool:
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("0", "false", "no", "off"):
        return False
    raise WrongSetting(name, f"'{value}' is neither yes nor no.", "yes")


def whole(low: int, high: int) -> Callable[[str, str], int]:
    def parse(name: str, value: str) -> int:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise WrongSetting(name, f"'{value}' is not a whole number from {low} to {high}.", str(max(low, 1)))
        return int(value)

    return parse


def level(name: str, value: str) -> str:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise WrongSetting(name, f"'{value}' is no log level: DEBUG, INFO, WARNING or ERROR.", "INFO")
    return value.upper()


def host(name: str, value: str) -> str:
    """A name or an IP address to listen on, without scheme and port."""
    bare = value.removeprefix("[").removesuffix("]")
    if "/" in bare or any(mark.isspace() for mark in bare) or (":" in bare and bare.count(":") < 2):
        raise WrongSetting(name, f"'{value}' is not a host; the port has a setting of its own.", "0.0.0.0")  # noqa: S104 - an example
    return bare


def site(name: str, value: str) -> str:
    """The address of the site, `https://desk.example.com`; without a path, since cookies and links are at the root."""
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        good = False
    if not good or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise WrongSetting(name, f"'{value}' is not the address of a site.", "https://desk.example.com")
    return value.rstrip("/")


def mail_server(name: str, value: str) -> str:
    """`smtp://`, `smtp+tls://` (STARTTLS) or `smtps://`, with user and password where the server wants them."""
    example = "smtp+tls://user:password@mail.example.com:587"
    try:
        parts = urlsplit(value)
        good = parts.scheme in MAIL_SCHEMES and parts.hostname and (parts.port or True)
    except ValueError:
        good = False
    if not good:
        raise WrongSetting(name, "this is not the address of a mail server.", example)
    return value


def mail_address(name: str, value: str) -> str:
    local, _, domain = value.rpartition("@")
    if not local or not domain or "\n" in value:
        raise WrongSetting(name, f"'{value}' is not an e-mail address.", "Amends <desk@example.com>")
    return value


def secret_key(name: str, value: str) -> str:
    if len(value) < 32:
        raise WrongSetting(name, "it must be at least 32 characters long, and random.", "$(openssl rand -base64 48)")
    return value


def fernet_keys(name: str, value: str) -> tuple[str, ...]:
    """One or more Fernet keys, the newest first: it encrypts, all of them decrypt."""
    from cryptography.fernet import Fernet

    keys = tuple(value.replace(",", " ").split())
    for number, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError:
            raise WrongSetting(
                name, f"key {number} is not 32 bytes in URL-safe base64.", "$(openssl rand -base64 32 | tr +/ -_)"
            ) from None
    if not keys:
        raise WrongSetting(name, "there is no key in it.", "$(openssl rand -base64 32 | tr +/ -_)")
    return keys


def database(name: str, value: str, home: Path) -> dict[str, Any]:
    """Django's DATABASES entry for a URL: `sqlite:///path` (relative to `home`; `sqlite:////path` is absolute) or
    `postgresql://user:password@host:port/name?sslmode=require`. "" is a SQLite file in `home`."""
    if not value or value.startswith("sqlite:"):
        return _sqlite(name, value, home)
    example = "postgresql://amends:secret@localhost/amends"
    parts = urlsplit(value)
    if parts.scheme not in ("postgres", "postgresql"):
        named = f"'{parts.scheme}' is" if parts.scheme else "this is"
        raise WrongSetting(name, f"{named} not a database that Amends knows: sqlite or postgresql.", example)
    if not parts.path.strip("/"):
        raise WrongSetting(name, "the name of the database is missing.", example)
    try:
        port = parts.port
    except ValueError:
        raise WrongSetting(name, "the port is not a number from 0 to 65535.", example) from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def _sqlite(name: str, value: str, home: Path) -> dict[str, Any]:
    path = Path(value.removeprefix("sqlite://").removeprefix("/")) if value else home / "amends.sqlite3"
    if not path.name or ":memory:" in value or (value.startswith("sqlite:") and not value.startswith("sqlite:///")):
        raise WrongSetting(
            name, "it must name a file, after three slashes, or four from the root.", "sqlite:////srv/amends.sqlite3"
        )
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
