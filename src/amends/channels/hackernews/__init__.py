"""Hacker News: stories and comments found by its search, and what becomes of them.

`parse` makes posts of what the two interfaces tell, `searching` and `watch` ask them.
"""

from __future__ import annotations

from amends.channels.hackernews.channel import connect
from amends.channels.hackernews.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
