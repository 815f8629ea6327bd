"""A fair queue between the processes that write one SQLite file.

SQLite's own waiting is unfair: whoever polls at the right instant wins, and beside a bulk writer a small write starves.
Here a writer first takes the turn, then the write, then gives the turn to the next: while one writes, exactly one other
stands at the door, and a writer that comes back has to queue behind it. The locks are the kernel's (flock): a killed
process lets go of them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turnstile(database: str) -> Iterator[None]:
    """Hold the one right to write the SQLite file `database`. Waits as long as it takes; not re-entrant."""
    folder = Path(database).parent
    name = Path(database).name
    turn = os.open(folder / f".{name}.turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        write = os.open(folder / f".{name}.write", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
            fcntl.flock(write, fcntl.LOCK_EX)
            fcntl.flock(turn, fcntl.LOCK_UN)
            yield
        finally:
            os.close(write)
    finally:
        os.close(turn)
