"""The worker that has brands learn when their people said something."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import structlog
from django.db import close_old_connections

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


def _pass() -> float:
    """How many seconds it took."""
    close_old_connections()
    began = time.perf_counter()
    learn_once(datetime.now(UTC))
    return time.perf_counter() - began


async def run(stop: asyncio.Event) -> None:
    """Go on until `stop`."""
    while not stop.is_set():
        took = await asyncio.to_thread(_pass)
        try:
            await asyncio.wait_for(stop.wait(), max(PAUSE, REST * took))
        except TimeoutError:
            continue
