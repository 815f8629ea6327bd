"""The numbers that page.md tells are those of the code."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from amends.channels.bluesky import MANIFEST, hearing, polling, streaming, telling, watch
from amends.channels.bluesky.cursor import FIRST, OVERLAP
from amends.channels.bluesky.manifest import ALONE
from amends.channels.bluesky.parse import DELAY

PAGE = " ".join((Path(__file__).parents[1] / "page.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("words", "true"),
    [
        ("five seconds earlier", streaming.REWIND == 5_000_000),
        ("a quarter of a second", streaming.WITHIN == 0.25),
        ("with 20 terms each is searched every ten seconds", timedelta(seconds=10) == 20 * polling.APART),
        ("at most 5,000 notifications, and 10,000 posts a term", polling.PAGES == 100),
        ("Two minutes before each poll", timedelta(minutes=2) == OVERLAP),
        ("looks back one day", timedelta(days=1) == FIRST),
        ("nor more than an hour before", timedelta(hours=1) == DELAY),
        ("The 25 posts heard last", watch.AT_ONCE == 25),
        ("again every half minute", timedelta(seconds=30) == watch.EVERY),
        ("Every five seconds the chat service is asked", timedelta(seconds=5) == hearing.EVERY),
        ("it is asked again after a minute", timedelta(minutes=1) == hearing.REST),
        ("After more than a day away", timedelta(days=1) == hearing.REMEMBERED),
        ("not more than ten minutes before", timedelta(minutes=10) == telling.CLOCKS),
        ("up to 1,000 characters", ALONE.text == 1000),
        ("a thread of up to six posts", MANIFEST.limits.parts == 6),
        ("Up to four, JPEG", MANIFEST.limits.files == 4),
        ("of up to 2,000,000 bytes", MANIFEST.limits.file_bytes == 2_000_000),
    ],
)
def test_what_the_page_tells_is_so(words, true):
    assert words in PAGE
    assert true
