"""What another writer thwarted is done again: a deadlock is nobody's mistake, and the database has undone our part.

On PostgreSQL two transactions that wait for each other's rows are both in the right; the server ends one of them and
asks for it to be tried again. On SQLite whoever writes is alone, and none of this happens.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import OperationalError, connection

DEADLOCK, SERIALIZATION = "40P01", "40001"  # PostgreSQL's manual, appendix A: class 40, transaction rollback
TRIES = 5
PAUSE = 0.05  # seconds before the second try, doubled each time; less by chance, so that two do not meet again

log = structlog.get_logger(__name__)
Result = TypeVar("Result")


def again(action: Callable[[], Result]) -> Result:
    """Do `action`, and do it again, some times, when the database ended it for another's sake. It must open its write
    itself, remember nothing of a try that failed, and do nothing outside the database. Raises what it raises."""
    pause = PAUSE
    for left in range(TRIES - 1, -1, -1):
        try:
            return action()
        except OperationalError as error:
            state = getattr(error.__cause__, "sqlstate", None)
            # Within a wider transaction only the whole can be tried again, by whoever opened it.
            if state not in (DEADLOCK, SERIALIZATION) or not left or connection.in_atomic_block:
                raise
            log.warning("another writer was in the way: trying again", sqlstate=state, tries_left=left)
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
            pause *= 2
    raise AssertionError("the last try returns or raises")
