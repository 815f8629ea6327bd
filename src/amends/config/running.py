"""Who uses AMENDS_HOME: every process of ours shares a lock on it, and a restore needs it alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amends.config.values import Unfit


class StillRunning(Unfit):
    """Something of ours runs in this home."""


def share(home: Path) -> None:
    """Say, for as long as this process lives, that it uses the home. The kernel lets go when the process ends."""
    fcntl.flock(_open(home), fcntl.LOCK_SH)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Nothing else of ours runs in the home, or starts meanwhile. Raises `StillRunning`."""
    handle = _open(home)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise StillRunning(f"Amends is running in {home}: stop it first, then try again.") from None
    finally:
        os.close(handle)


def _open(home: Path) -> int:
    return os.open(home / ".running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
