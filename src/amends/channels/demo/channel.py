"""The demo day as a channel: what is due is polled, and answers go nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from amends.channels.base import (
    Author,
    BadData,
    Base,
    Batch,
    Can,
    Checked,
    Limits,
    Manifest,
    Outgoing,
    Period,
    Query,
    Rule,
    Sent,
    Setting,
)
from amends.channels.demo.replay import NETWORK, due

BRAND = "Meridian Air"
HANDLES = ("meridianair", "baggage@meridian-air.example")
QUERIES = {
    "The name": '("meridian air" OR @meridianair OR #meridianair OR メリディアン航空) NOT "meridian air conditioning"',
    "Flights and gates": (
        "meridian NEAR/4 flight* OR meridian NEAR/4 gate OR meridian NEAR/4 flug OR meridian NEAR/4 vuelo"
    ),
}

SPEED = 40.0  # a day in thirty-six minutes: a desk that fills, and does not overwhelm

MANIFEST = Manifest(
    name=NETWORK,
    label="Demo day",
    about="A day of a fictional airline, replayed live. Nothing comes from a network and nothing leaves this machine.",
    can=frozenset(
        {
            Can.POLL,
            Can.REPLY,
            Can.DIRECT,
            Can.FIND,
            Can.EDITS,
            Can.DELETIONS,
            Can.ENGAGEMENT,
            Can.BACKFILL,
            Can.ANONYMOUS,
        }
    ),
    limits=Limits(text=500, counts="graphemes"),
    settings=(
        Setting(
            name="start",
            label="Start",
            help="The instant at which the desk opens, e.g. 2026-11-22T09:00:00Z.",
            pattern=r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})",
        ),
        Setting(
            name="speed",
            label="Speed",
            help="How many times faster than life: 40 makes the day last 36 minutes.",
            required=False,
            default=f"{SPEED:g}",
            pattern=r"[1-9]\d{0,4}(?:\.\d+)?",
        ),
    ),
    poll_every=timedelta(seconds=1),
    pace=(60, timedelta(minutes=1)),
    access="Nothing. It is fiction.",
    lacks=dict.fromkeys(
        (
            Rule.RESUMES,
            Rule.BACKFILLS,
            Rule.EDITS,
            Rule.DELETIONS,
            Rule.PACED,
            Rule.REPLIES_ONCE,
            Rule.LIMITS,
            Rule.HEALTH,
            Rule.CHAOS,
            Rule.PROXY,
            Rule.RECORDED,
            Rule.REAL,
            Rule.ONCE,
        ),
        "It is fiction: there is no network.",
    ),
)


class DemoChannel(Base):
    """One replay. Answers are accepted and kept while this object lives, so that looking them up tells the truth; one
    forgotten may be sent again and is still the same answer, since its id is made of its key."""

    manifest = MANIFEST

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._sent: dict[str, Sent] = {}

    async def check(self) -> Checked:
        _, speed = self._replay()
        return Checked(
            account=Author(id=HANDLES[0], name=HANDLES[0], display=BRAND),
            note=f"A day in {round(24 * 60 / speed)} minutes. Answers stay on this machine.",
        )

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:  # noqa: ARG002 - all of the day is given
        start, speed = self._replay()
        while (batch := due(cursor, start, speed, now)).cursor != (cursor or "0"):
            cursor = batch.cursor or ""
            yield batch
        yield Batch(covered=(Period("day", min(start, now), now),))

    async def send(self, outgoing: Outgoing) -> Sent:
        return self._sent.setdefault(outgoing.key, Sent(id=f"{NETWORK}:reply:{outgoing.key}", at=outgoing.created))

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return self._sent.get(outgoing.key)

    def _replay(self) -> tuple[datetime, float]:
        """When the day starts and how fast it passes."""
        try:
            start = datetime.fromisoformat(self._settings["start"].strip())
            speed = float(self._settings.get("speed", "").strip() or SPEED)
        except (KeyError, ValueError) as wrong:
            raise BadData(f"The demo day needs a start such as 2026-11-22T09:00:00Z ({wrong}).") from None
        return start.astimezone(UTC), speed


def connect(settings: Mapping[str, str], http: Any) -> DemoChannel:  # noqa: ARG001 - nothing here goes out
    return DemoChannel(settings)


def opening(start: datetime) -> Batch:
    """What has happened before a day that starts now begins to play, so that nobody meets an empty desk."""
    start = start.replace(microsecond=0)
    return due("", start, SPEED, start)
