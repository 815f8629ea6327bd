"""The desk's own CSS and JavaScript, under an address that changes with their content.

The small stylesheets are joined into one, and every file is answered with a year's caching: a browser asks once for
each release, and never mixes two. Nothing is built beforehand.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

FOLDER = Path(__file__).parent / "static" / "desk"
FIRST = ("tokens", "base")  # what the components build on; they follow by name
LAST = ("layout",)  # what may hide a component on a small screen


@dataclass(frozen=True)
class Asset:
    """One file as it is answered."""

    kind: str
    body: bytes
    packed: bytes


@dataclass(frozen=True)
class Assets:
    """All of them. `digest` stands for their content."""

    digest: str
    files: dict[str, Asset]


def _asset(name: str, body: bytes) -> Asset:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(f"{kind}; charset=utf-8", body, gzip.compress(body, mtime=0))


def read(folder: Path = FOLDER) -> Assets:
    """The folder's scripts and icons as they are, its stylesheets as one `desk.css`."""
    sheets = {path.stem: path for path in sorted((folder / "css").glob("*.css"))}
    order = [*FIRST, *(name for name in sheets if name not in FIRST + LAST), *LAST]
    bodies = {"desk.css": b"\n".join(sheets[name].read_bytes() for name in order)}
    bodies |= {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".js", ".svg")}
    digest = hashlib.sha256(b"\0".join(name.encode() + body for name, body in bodies.items())).hexdigest()[:12]
    return Assets(digest, {name: _asset(name, body) for name, body in bodies.items()})


_once = cache(read)


def assets() -> Assets:
    """Read once a process; at every request while debugging, so that an edit shows."""
    return read() if settings.DEBUG else _once()
