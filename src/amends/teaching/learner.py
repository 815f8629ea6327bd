"""The worker that has brands learn when their people said something."""

from __future__ import annotations

import time
from datetime import datetime

import structlog

from amends.teaching.learn import learn
from amends.teaching.lessons import due

log = structlog.get_logger()
PAUSE = 5.0  # seconds between two looks
REST = 9  # times as long as learning took: it takes a tenth of a core at most


def learn_once(now: datetime) -> int:
    """Have each brand learn that has something to. How many."""
    brands = due(now)
    for brand_id in brands:
        heads = learn(brand_id, now)
        log.info("a brand learnt from its corrections", brand=brand_id, heads=len(heads))
    return len(brands)


def once(now: datetime) -> float:
    """A pass. How many seconds to wait before the next."""
    began = time.perf_counter()
    learn_once(now)
    return max(PAUSE, REST * (time.perf_counter() - began))
