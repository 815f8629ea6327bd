"""How far a post will travel, how much it matters, and so how long it may wait."""

from amends.reach.base import Facts, Place, Priority, Reason, Spread, Views
from amends.reach.priority import answer_by, needs_answer, place, priority_of, stand
from amends.reach.silence import silent, update_rate
from amends.reach.views import expect_views
from amends.reach.words import number, span, tell

__all__ = [
    "Facts",
    "Place",
    "Priority",
    "Reason",
    "Spread",
    "Views",
    "answer_by",
    "expect_views",
    "needs_answer",
    "number",
    "place",
    "priority_of",
    "silent",
    "span",
    "stand",
    "tell",
    "update_rate",
]
