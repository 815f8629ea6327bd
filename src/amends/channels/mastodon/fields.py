"""Reading Mastodon's JSON and its local ids."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from amends.channels.foreign import UNDECODABLE, Unreadable

IDENT = re.compile(r"[A-Za-z0-9_.~:-]{1,128}")
DOTS = re.compile(r"\.+")


def decode(raw: bytes | str) -> Any:
    """Any JSON. Raises `Unreadable`, also where it is nested deeper than a parser follows."""
    try:
        return msgspec.json.decode(raw)
    except (*UNDECODABLE, UnicodeEncodeError) as error:
        raise Unreadable(f"no JSON: {str(error)[:200]}") from error


def ident(value: object) -> str:
    """A local id, which goes into the paths of requests; "" for what is none. Most are digits, GoToSocial's and those
    of the Misskey family have letters, and some servers send numbers."""
    found = str(value) if type(value) is int else value if isinstance(value, str) else ""
    return found if IDENT.fullmatch(found) and not DOTS.fullmatch(found) else ""
