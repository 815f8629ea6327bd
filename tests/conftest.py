from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import House, database
from tests.peers.bluesky import bluesky_network

__all__ = ["bluesky_network"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The real thing on a home of its own, on the database that the tests run on."""
    with database(os.environ.get("DATABASE_URL", "")) as url:
        made = House(tmp_path, url)
        try:
            yield made
        finally:
            made.close()
