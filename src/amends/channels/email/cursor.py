"""Where each folder was heard to."""

from __future__ import annotations

import msgspec

from amends.channels.cursors import Saved


class Place(msgspec.Struct):
    """Up to below the uid `next` everything was heard, as long as the folder's uids keep their `validity`. `heard`:
    until when, in epoch seconds."""

    validity: int
    next: int
    heard: float


class Cursor(Saved, msgspec.Struct):
    """Every folder's place by its name."""

    folders: dict[str, Place] = {}
