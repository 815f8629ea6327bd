"""Alice at her desk, in a browser that nobody kills while what serves it is: she answers every open case, and presses
Send again, with the same words, whenever the line broke and she cannot know.

`python -m tests.torture.agent SERVICE` makes her desk: tables, Alice, her brand, and two sources that hear the same
network, so that two processes take in the same posts at the same time. It prints a link that signs her in.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event

import httpx2

from amends.config.start import begin, link_address


def prepare(service: str) -> None:
    conf = begin("agent")
    from amends.accounts.actions import make_brand, make_link, make_user
    from amends.config import schema
    from amends.sources.actions import add_query, connect, set_own_handles
    from tests.torture.channel import NAME

    schema.migrate()
    now = datetime.now(UTC)
    alice = make_brand(make_user("alice@air.example", "Alice Archer", operator=True), "Air", now)
    set_own_handles(alice, [(NAME, "air")], now)
    add_query(alice, "Name", "@air", now)
    for label in ("One", "Two"):
        connect(alice, NAME, label, {"service": service}, now)
    print(link_address(conf, make_link(alice.user, now)))


class Agent:
    """`promised`: the words of each answer of which the desk has said that it is on its way."""

    def __init__(self, desk: str, link: str) -> None:
        self.promised: set[str] = set()
        self.gone = Event()
        self.broken = 0  # how often the line broke while an answer was under way
        self.browser = httpx2.Client(base_url=desk, follow_redirects=True, timeout=20)
        page = self.browser.get(link)
        form = dict(re.findall(r'name="(csrfmiddlewaretoken)" value="([^"]+)"', page.text))
        self.browser.post(link, data=form).raise_for_status()

    def work(self, waiting: Callable[[], Sequence[int]]) -> None:
        """Answer the cases that wait until she is `gone`."""
        number = 0
        while not self.gone.is_set():
            for case in waiting():
                number += 1
                self.answer(case, f"We look for it, and this is answer {number}.")
            time.sleep(0.05)

    def answer(self, case: int, words: str) -> None:
        """Send until the desk says that it has the answer. That it was sent a moment ago says so too, the second
        time."""
        again = False
        while not self.gone.is_set():
            headers = {"HX-Request": "true", "X-CSRFToken": self.browser.cookies["csrftoken"]}
            try:
                told = self.browser.post(f"/b/air/cases/{case}/answer", data={"text": words}, headers=headers)
            except httpx2.TransportError:
                self.broken += not again
                again = True
                time.sleep(0.05)
                continue
            assert told.status_code == 200 or (again and "sent a moment ago" in told.text), told.text
            self.promised.add(words)
            return


if __name__ == "__main__":
    prepare(sys.argv[1])
