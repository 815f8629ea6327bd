"""Addresses that take large requests. Only whoever is signed in is shown one: nobody else makes us hold megabytes."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

LASTS = timedelta(days=7)  # a page may be open for long


def ticket() -> str:
    """The last part of such an address, after `files/`."""
    return signing.dumps("files", salt="files")


def admits(path: str) -> bool:
    """Whether the path ends in a ticket that is good."""
    before, _, last = path.rpartition("/")
    if not before.endswith("/files"):
        return False
    try:
        signing.loads(last, salt="files", max_age=LASTS)
    except signing.BadSignature:
        return False
    return True
