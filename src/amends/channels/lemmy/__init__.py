"""Lemmy: the communities that a server knows, of its own and of others, with or without an account there.

`parse` turns views into posts, `feeds` reads lists back to what is known, `polling` says which lists, `session` logs
in, and `sending` puts comments and messages there.
"""

from __future__ import annotations

from amends.channels.lemmy.channel import connect
from amends.channels.lemmy.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
