"""Bluesky, and every network that speaks the AT Protocol with Bluesky's records.

`parse`, `jetstream` and `messages` turn payloads into posts; `polling`, `streaming` and `hearing` fetch them; `sending`
answers in public and `telling` in private.
"""

from __future__ import annotations

from amends.channels.bluesky.channel import connect
from amends.channels.bluesky.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
