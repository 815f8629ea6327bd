"""Discourse: any forum that runs it, with or without an account there.

`parse` turns a forum's posts into posts, `polling` reads what was written and `watching` what became of it, `inbox`
what is addressed to the account, `hook` what the forum calls to tell, and `sending` puts replies there.
"""

from __future__ import annotations

from amends.channels.discourse.channel import connect
from amends.channels.discourse.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
