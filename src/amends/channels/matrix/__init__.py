"""Matrix: the rooms and direct messages of one account on any homeserver, over the client-server API.

`sync` and `parse` turn events into posts, `hearing` follows them, `sending` puts answers into rooms.
"""

from __future__ import annotations

from amends.channels.matrix.channel import connect
from amends.channels.matrix.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
