"""How often the search was asked, by all sources of this process together: it counts by the address that asks."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

from amends.channels.base import RetryLater

MOST = 8000  # of the 10,000 that an address may ask in an hour: others may ask from there as well
HOUR = 3600.0


class Meter:
    def __init__(self) -> None:
        self._asked: deque[float] = deque()

    def count(self) -> None:
        """One more. Raises `RetryLater` where it is too many."""
        now = asyncio.get_running_loop().time()
        while self._asked and self._asked[0] <= now - HOUR:
            self._asked.popleft()
        if len(self._asked) >= MOST:
            wait = timedelta(seconds=max(self._asked[MOST // 10] + HOUR - now, 1))
            raise RetryLater(
                "Hacker News was searched as often as it allows within an hour; it goes on by itself.", wait
            )
        self._asked.append(now)
