"""What the steps of parsing tell each other when a query is wrong: where, why, and what could stand there instead."""

from __future__ import annotations


class Fault(Exception):
    """From `start` until `end` the query is wrong for this reason. With `instead` in that place it may be right.

    `instead` is None where no repair can be guessed. `at` is where to point, when that is not `start`.
    """

    def __init__(self, reason: str, start: int, end: int, instead: str | None, *, at: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.start = start
        self.end = end
        self.instead = instead
        self.at = start if at is None else at

    def mend(self, text: str) -> str:
        """The query with the repair, or ""."""
        if self.instead is None:
            return ""
        return " ".join((text[: self.start] + self.instead + text[self.end :]).split())
