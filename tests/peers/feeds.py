"""A site with feeds, and a WebSub hub, on loopback: Python's own web server over a folder, feeds as Django writes them,
and the hub of Flask-WebSub.

`feeds_site` (a session's pytest fixture) starts both on free ports. It gives a `FeedsSite`:

    blog = site.blog("atom")        a feed of its own, "rss" or "atom", at blog.url
    blog.write("my bag")            -> the item's id
    blog.change(id, "my bag came")
    site.blog("rss", pushed=True)   one that has a hub; blog.publish() tells the hub that there is news

Mark the tests `peer` and `xdist_group("feeds")`. Where the hub is not installed the tests are skipped, or fail when
`REQUIRE_PEERS=1`.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed

from tests.peers.stores import Missing, answers, free_port, running

CACHE = Path(os.environ.get("PEERS_HOME") or Path.home() / ".cache" / "amends-peers") / "feeds"
KINDS = {"rss": Rss201rev2Feed, "atom": Atom1Feed}
numbers = itertools.count(1)


class Blog:
    """One feed: a file that the web server gives out."""

    def __init__(self, kind: str, folder: Path, url: str, hub: str) -> None:
        self.kind, self.url, self._hub = kind, url, hub
        self._file = folder / url.rpartition("/")[2]
        self._items: list[dict[str, object]] = []
        self._save()

    def write(self, text: str) -> str:
        name = f"{self.url.rpartition('.')[0]}/{len(self._items)}"
        now = datetime.now(UTC)
        self._items.insert(
            0, {"unique_id": name, "link": name, "pubdate": now, "updateddate": now, "description": text}
        )
        self._save()
        return name

    def change(self, name: str, text: str) -> None:
        item = next(item for item in self._items if item["unique_id"] == name)
        item |= {"description": text, "updateddate": datetime.now(UTC)}
        self._save()

    def publish(self) -> None:
        """Tell the hub that there is news, which it has pushed when this comes back."""
        form = {"hub.mode": "publish", "hub.topic": self.url}
        httpx2.post(f"{self._hub}/hub", data=form, timeout=20, trust_env=False).raise_for_status()

    def _save(self) -> None:
        feed = KINDS[self.kind](title="The blog", link="https://blog.example/", description="Bags", feed_url=self.url)
        for item in self._items:
            feed.add_item(title="A post", author_name="Charlie", **item)
        made = self._file.with_suffix(".new")
        made.write_text(feed.writeString("utf-8"), encoding="utf-8")
        made.replace(self._file)


class FeedsSite:
    """The running servers: see the module's text."""

    def __init__(self, folder: Path, url: str, hub: str) -> None:
        self._folder, self._url, self._hub = folder, url, hub

    def blog(self, kind: str, *, pushed: bool = False) -> Blog:
        name = f"{'pushed' if pushed else 'blog'}{next(numbers)}.xml"
        return Blog(kind, self._folder, f"{self._url}/{name}", self._hub)


@contextmanager
def site() -> Iterator[FeedsSite]:
    """The servers for the length of the block. Raises `Missing` where the hub is not installed."""
    python = CACHE / "venv" / "bin" / "python"
    if not python.exists():
        raise Missing("the WebSub hub is not installed: run tests/peers/install.sh")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amends-feeds-")))
        (home / "site").mkdir()
        ports = free_port(), free_port()
        program = Path(__file__).with_name("feeds_servers.py")
        command = [str(python), str(program), str(home), *map(str, ports)]
        stack.enter_context(running(command, lambda: all(map(answers, ports)), cwd=str(home)))
        yield FeedsSite(home / "site", *(f"http://127.0.0.1:{port}" for port in ports))


@pytest.fixture(scope="session")
def feeds_site() -> Iterator[FeedsSite]:
    stack = ExitStack()
    try:
        made = stack.enter_context(site())
    except Missing as reason:
        if os.environ.get("REQUIRE_PEERS") == "1":
            pytest.fail(f"REQUIRE_PEERS=1, and {reason}")
        pytest.skip(str(reason))
    with stack:
        yield made
