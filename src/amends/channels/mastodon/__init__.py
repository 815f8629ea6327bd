"""Mastodon, and the servers of the fediverse that speak its client API: GoToSocial, Pleroma and Akkoma, Takahē, and
those of the Misskey family that have it.

`server` asks a server what it can, `parse` turns payloads into posts, `polling`, `watch` and `streaming` fetch them,
`sending` puts replies there, `login` connects an account.
"""

from __future__ import annotations

from amends.channels.mastodon.channel import connect
from amends.channels.mastodon.login import LOGIN
from amends.channels.mastodon.manifest import MANIFEST

__all__ = ["LOGIN", "MANIFEST", "connect"]
