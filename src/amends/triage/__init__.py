"""What a post says: its language, what is felt in it and how strongly, what it is about."""

from functools import cache

from amends.triage.base import Depth, Judgement, Mark, Triage

__all__ = ["Depth", "Judgement", "Mark", "Triage", "load"]


@cache
def load() -> Triage:
    """The models that come with Amends, loaded once a process."""
    from amends.triage.shipped import Shipped

    return Shipped.load()
