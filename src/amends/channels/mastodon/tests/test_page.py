"""The page tells the code's own numbers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from amends.channels.mastodon import MANIFEST, polling, streaming, watch
from amends.channels.mastodon.cursor import FIRST
from amends.channels.mastodon.manifest import NAMED

PAGE = (Path(__file__).parents[1] / "page.md").read_text(encoding="utf-8")


def test_its_parts_are_there_in_order():
    found = [line[3:] for line in PAGE.splitlines() if line.startswith("## ")]
    assert found == [
        "What it hears", "Answering", "What a post holds", "What access it needs", "Known quirks",
    ]  # fmt: skip


def test_the_numbers_are_those_of_the_code():
    assert f"on a server of 500 characters a reply has {MANIFEST.limits.text}" in PAGE and NAMED == 32
    assert "up to ten posts" in PAGE and MANIFEST.limits.parts == 10
    assert "up to 40" in PAGE and polling.TAGS == 40 and streaming.TAGS == 10
    assert "every 30 s" in PAGE and timedelta(seconds=30) == polling.OFTEN == watch.EVERY
    assert "3 s a term" in PAGE and timedelta(seconds=3) == polling.APART
    assert "a poll every minute" in PAGE and timedelta(minutes=1) == streaming.SURE
    assert "every ten seconds" in PAGE and timedelta(seconds=10) == MANIFEST.poll_every
    assert "looks back one day" in PAGE and timedelta(days=1) == FIRST
    assert "the last ten minutes (of notifications two, of the public timeline one)" in PAGE
    assert [timedelta(minutes=n) for n in (10, 2, 1)] == [polling.LATE, polling.AT_ONCE, polling.BRIEF]
    assert "The forty newest posts" in PAGE and watch.MOST == 40
