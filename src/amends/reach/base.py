"""The values of reach: what is known of a post, how far it may go, and its place in the queue.

They hold plain numbers, strings and spans of time, so that they can be stored and told as they are.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

import msgspec

from amends.channels.base import Kind, Visibility

Reason = tuple[str | int | float, ...]
"""Why a case stands where it stands: a code, then its values. `words.tell` puts them into a sentence."""


class Priority(StrEnum):
    """How soon a case should be answered, in four steps, the soonest first."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of how a post travels, `age` after it was written. None means that the network did not say."""

    age: timedelta
    kind: Kind = Kind.POST
    visibility: Visibility = Visibility.PUBLIC
    followers: int | None = None
    reshares: int | None = None
    likes: int | None = None
    replies: int | None = None
    views: int | None = None
    growth: tuple[int, timedelta] | None = None  # reshares gained, and in how long, up to now
    promoted: bool = False


class Views(msgspec.Struct, frozen=True):
    """How many people will have seen a post when `horizon` has passed: in 80 of 100 cases from `low` to `high`, as
    often more than `likely` as fewer."""

    low: float
    likely: float
    high: float
    horizon: timedelta = timedelta(hours=24)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides the place of one post in the queue.

    `negative`, `neutral`, `positive` and `intensity` are triage's, `marks` its values of `Mark`. `views` is the
    forecast; without one the place is decided from what is written and by whom alone. `addressed`: it speaks to the
    brand, by its handle, in answer to it, or because the network says so.
    """

    negative: float = 0.0
    neutral: float = 1.0
    positive: float = 0.0
    intensity: float = 0.0
    marks: tuple[str, ...] = ()
    views: Views | None = None
    followers: int | None = None
    reshares: int | None = None
    growth: tuple[int, timedelta] | None = None  # reshares gained, and in how long, up to now
    verified: bool = False
    promoted: bool = False
    video: bool = False
    stars: float | None = None  # of 5
    private: bool = False
    addressed: bool = False
    reply: bool = False  # it answers another post


class Place(msgspec.Struct, frozen=True):
    """Where a case stands: the harm that each hour of silence is expected to do, and so how long it may wait.

    `reasons` come the weightiest first.
    """

    harm: float
    priority: Priority
    allowance: timedelta
    reasons: tuple[Reason, ...] = ()
