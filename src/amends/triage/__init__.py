"""What a post says: its language, its sentiment and how strongly it is felt."""

from amends.triage.base import Judgement, Mark, Triage

__all__ = ["Judgement", "Mark", "Triage"]
