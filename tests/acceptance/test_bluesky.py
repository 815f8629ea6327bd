"""The whole loop on a real Bluesky network: a mention becomes a case on the screen, and the answer stands under it."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.house import House
from tests.peers.bluesky import Account, BlueskyNetwork, Ref

pytestmark = [pytest.mark.peer, pytest.mark.browser, pytest.mark.xdist_group("acceptance"), pytest.mark.timeout(300)]

NOTE_ROWS = """
window.came = {};
const note = () => {
  for (const row of document.querySelectorAll("#list > li"))
    window.came[row.querySelector(".text").textContent.trim()] ??= Date.now() / 1000;
};
addEventListener("DOMContentLoaded", () => {
  note();
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
});
"""
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def air(bluesky_network: BlueskyNetwork) -> Account:
    """The brand's own account."""
    return bluesky_network.create_account("meridianair", "Meridian Air")


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    """A browser in which the operator has just signed in, by the link that `amends up` printed."""
    house.up()
    link = re.search(r"http://\S+/sign-in/\S+", house.said)
    assert link, house.said
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(NOTE_ROWS)
        page.goto(link[0])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/start")
        yield page
        browser.close()


def begin(page: Page, air: Account, query: str, settings: Mapping[str, str]) -> None:
    """Fill in the first page, and connect the network."""
    page.fill("[name=name]", "Meridian Air")
    page.fill("[name=handle-0]", f"@{air.handle}")
    page.fill("[name=query]", query)
    for tick in page.locator("[name^=use-]").all():
        tick.uncheck()
    page.get_by_role("button", name="Begin to listen").click()
    page.wait_for_url("**/b/meridian-air/settings/listening")
    page.get_by_role("link", name="Bluesky").click()
    page.get_by_text("Advanced").click()
    for name, value in settings.items():
        page.fill(f"[name=bluesky-{name}]", value)
    page.get_by_role("button", name="Try and connect").click()
    page.get_by_text("The first posts come within a minute.").wait_for()
    page.get_by_role("link", name="Queue", exact=True).first.click()
    page.wait_for_url("**/b/meridian-air/")


def write(network: BlueskyNetwork, text: str) -> tuple[Ref, float]:
    """A new customer's post, and when the network's API first showed it."""
    number = next(numbers)
    customer = network.create_account(f"passenger{number}", f"Passenger {number}")
    post = network.post(customer, text)
    network.until(lambda: network.shows(post))
    return post, time.time()


def came(page: Page, text: str) -> float:
    """When the row of this post came onto the screen."""
    return float(page.wait_for_function("text => window.came[text]", arg=text, timeout=20_000).json_value())


def test_a_mention_becomes_an_answered_case(house: House, page: Page, bluesky_network: BlueskyNetwork, air: Account):
    begin(page, air, f"@{air.handle} OR suitcase", bluesky_network.settings(air))
    house.until(lambda: house.count("sources_coverage"))  # the first poll is done: from here on it is everyday work
    waits = []
    for bag in ("red", "green", "blue"):
        text = f"@{air.handle} where is my {bag} suitcase? Nobody answers the phone!"
        post, shown = write(bluesky_network, text)
        waits.append(came(page, text) - shown)
    print(f"from the network's API to the screen: {', '.join(f'{wait:.2f}' for wait in sorted(waits))} s")

    answer = "Your suitcase is found, and comes to you tomorrow morning."
    page.locator("#list > li", has_text=text).get_by_role("link").click()
    page.locator("#thread .body", has_text=text).wait_for()
    page.keyboard.press("r")
    page.keyboard.type(answer)
    page.keyboard.press("Control+Enter")
    bluesky_network.until(lambda: bluesky_network.thread(post))
    ours = page.locator("#thread .body", has_text=answer)
    ours.wait_for()
    house.until(lambda: house.count("replies_reply WHERE state = 'sent'"))
    page.wait_for_function("document.querySelectorAll('#outgoing > li').length === 0")
    [reply] = bluesky_network.thread(post)
    assert (reply["author"], reply["text"]) == (air.did, answer)
    # The search brings our own post back as well. Another post is heard after it, and still it stands once.
    later, _ = write(bluesky_network, "And where is my suitcase?")
    house.until(lambda: house.count("conversations_post WHERE text = 'And where is my suitcase?'"))
    assert ours.count() == 1
    assert page.input_value("#answer textarea") == ""
    assert [one["uri"] for one in bluesky_network.thread(post)] == [reply["uri"]]
    assert bluesky_network.thread(later) == []
    page.reload()
    assert ours.count() == 1


def test_what_is_written_anywhere_is_heard_without_an_account(
    house: House, page: Page, bluesky_network: BlueskyNetwork, air: Account
):
    """From the live stream, through the bridge that stands for Jetstream here."""
    begin(page, air, '"meridian airways"', bluesky_network.anonymous())
    house.until(lambda: house.count("sources_source WHERE lease_until IS NOT NULL"))
    waits = []
    for number in range(2):
        write(bluesky_network, f"I like zebras, {number}")
        text = f"Meridian Airways lost my suitcase again, time number {number}. Terrible!"
        _, shown = write(bluesky_network, text)
        waits.append(came(page, text) - shown)
    print(f"from the network's API to the screen, by the stream: {', '.join(f'{wait:.2f}' for wait in waits)} s")
    assert page.locator("#list > li").count() == 2
    page.locator("#list > li").first.get_by_role("link").click()
    page.get_by_text("Connect one under Settings, Listening.").wait_for()
