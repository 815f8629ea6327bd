"""Connecting a network that takes its time, in a real browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from amends.channels import registry
from amends.channels.base import Base, Can, Checked, Manifest
from amends.desk.tests.at_desk import Desk, says
from amends.desk.tests.test_live import inside
from amends.sources.models import Source

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# A page that is being left can't be asked any more: what it said is looked up on the next one.
REMEMBER = """() => {
  const status = document.querySelector("form [role=status]");
  const said = () => [status.textContent, document.querySelector("button[aria-busy=true]")?.textContent.trim()];
  new MutationObserver(() => { sessionStorage.said ??= said().join("|"); }).observe(status, { childList: true });
}"""

MANIFEST = Manifest(name="slow", label="Slow", about="It takes its time.", can=frozenset({Can.POLL}))


class Slow(Base):
    manifest = MANIFEST
    asked = 0
    may_answer = threading.Event()

    async def check(self) -> Checked:
        type(self).asked += 1
        await asyncio.to_thread(self.may_answer.wait)
        return Checked(note="Here at last.")


@pytest.fixture
def slow() -> Iterator[type[Slow]]:
    Slow.asked = 0
    Slow.may_answer.clear()
    registry.channels()["slow"] = registry.Entry(MANIFEST, lambda settings, http: Slow())
    yield Slow
    Slow.may_answer.set()
    del registry.channels()["slow"]


async def test_a_page_that_waits_for_a_network_says_so_and_asks_it_once(desk: Desk, slow: type[Slow]) -> None:
    page = await desk.open("settings/listening/connect/slow")
    await page.evaluate(REMEMBER)
    await page.locator("#label").focus()
    for _ in range(3):
        await page.keyboard.press("Enter")
    slow.may_answer.set()
    await page.wait_for_url("**/settings/listening#source-*")
    await says(page, "#channels", "Here at last.")
    said = await page.evaluate("sessionStorage.said")
    assert said == "Asking Slow. It may take up to 20 seconds.|Try and connect"
    assert (slow.asked, await inside(Source.objects.filter(channel="slow").count)()) == (1, 1)
