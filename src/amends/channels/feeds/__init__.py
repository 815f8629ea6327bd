"""Feeds of news sites, blogs and forums: RSS, Atom and JSON Feed, asked politely or pushed by WebSub.

`xmlfeed` and `jsonfeed` read documents, `parse` makes posts of them, `client` and `polling` fetch them, `push` is
WebSub.
"""

from __future__ import annotations

from amends.channels.feeds.channel import connect
from amends.channels.feeds.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
