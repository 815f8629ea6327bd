"""A day of Meridian Air, an airline that does not exist, written for trying Amends and for showing it."""

from __future__ import annotations

from amends.channels.demo.channel import BRAND, HANDLES, MANIFEST, QUERIES, connect, opening
from amends.channels.demo.replay import day, due

__all__ = ["BRAND", "HANDLES", "MANIFEST", "QUERIES", "connect", "day", "due", "opening"]
