"""Whatever a company runs itself: its systems post signed JSON or mail to the webhook door, and get the answers posted.

`signature` is what both sides sign with, `parse` and `mail` read what comes, `sending` posts the answers.
"""

from __future__ import annotations

from amends.channels.inbound.channel import connect
from amends.channels.inbound.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
