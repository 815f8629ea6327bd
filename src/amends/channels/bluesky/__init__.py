"""Bluesky, and every network that speaks the AT Protocol with Bluesky's records.

`parse` and `jetstream` turn payloads into posts, `feeds` and `channel` fetch them, `sending` puts replies there.
"""

from __future__ import annotations

from amends.channels.bluesky.channel import connect
from amends.channels.bluesky.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
