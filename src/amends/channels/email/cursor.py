"""Where each folder was heard to."""

from __future__ import annotations

import msgspec


class Place(msgspec.Struct):
    """Up to below the uid `next` everything was heard, as long as the folder's uids keep their `validity`. `heard`:
    until when, in epoch seconds."""

    validity: int
    next: int
    heard: float


class Cursor(msgspec.Struct):
    folders: dict[str, Place] = {}

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


def read(text: str) -> Cursor:
    """A cursor that can't be read begins anew."""
    try:
        return msgspec.json.decode(text or "{}", type=Cursor)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return Cursor()
