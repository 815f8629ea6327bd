"""How far a post will travel, how much it matters, and so how long it may wait."""

from amends.reach.base import Facts, Place, Priority, Reason, Shares, Spread, Views

__all__ = ["Facts", "Place", "Priority", "Reason", "Shares", "Spread", "Views"]
