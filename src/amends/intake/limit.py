"""How often each source may be called. In memory, so a limit for each web process. Pure but for what it remembers."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta


class Limiter:
    """`burst` calls at once, and `rate` a second for as long as one likes. Good for several threads."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, float(burst)
        self._left: dict[int, tuple[float, datetime]] = {}
        self._lock = threading.Lock()

    def wait(self, key: int, now: datetime) -> timedelta | None:
        """Take one of what `key` may; or how long until there is one."""
        with self._lock:
            left, at = self._left.get(key, (self._burst, now))
            left = min(self._burst, left + max((now - at).total_seconds(), 0.0) * self._rate)
            taken = left >= 1
            self._left[key] = (left - 1 if taken else left, now)
        return None if taken else timedelta(seconds=(1 - left) / self._rate)
