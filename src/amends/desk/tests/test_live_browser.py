"""The live stream in a real browser: one stream for all tabs, whoever closes, whatever breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from amends.desk.tests.live_site import running_site
from amends.desk.tests.test_live import World, changed, inside
from amends.events import queries
from amends.events.models import Event
from amends.events.transaction import write
from amends.events.types import AccessChanged

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SCRIPT = Path(__file__).parents[1] / "static" / "desk" / "live.js"
PAGE = """<!doctype html><title>A tab</title><body data-live="/live" data-event="{event}" data-brand="{brand}">
<script type="module">
  window.heard = []; window.states = [];
  document.addEventListener("amends:event", ({{ detail }}) => heard.push(detail.case ?? detail.type));
  document.addEventListener("amends:live", ({{ detail }}) => states.push(detail.state));
</script><script type="module" src="/live.js"></script>"""


@pytest.fixture
def world(transactional_db) -> World:
    return World()


class Tabs:
    """The tabs of Alice's browser."""

    def __init__(self, context, world: World, port: int) -> None:
        self.context, self.world, self.port = context, world, port
        self.own_clock = False  # whether tabs opened from now on have a clock that the test turns

    async def open(self, event: int | None = None, brand=None):
        page = await self.context.new_page()
        event = await inside(queries.head)() if event is None else event
        html = PAGE.format(event=event, brand=(brand or self.world.aurora).pk)

        async def answer(route):
            await route.fulfill(body=html, content_type="text/html")

        async def script(route):
            await route.fulfill(path=SCRIPT, content_type="text/javascript")

        if self.own_clock:
            await page.clock.install()
        await page.route("**/tab", answer)
        await page.route("**/live.js", script)
        await page.goto(f"http://127.0.0.1:{self.port}/tab")
        await page.wait_for_function("states.includes('on')")
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def tabs(browser, world):
    with running_site() as site:
        context = await browser.new_context()
        name, _, value = world.cookies[world.alice.pk].partition("=")
        await context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{site.port}"}])
        tabs = Tabs(context, world, site.port)
        tabs.site = site
        yield tabs
        await context.close()


def streams(site) -> int:
    return site.in_loop(lambda: len(site.hub.streams))


async def one_stream_is_left(tabs) -> None:
    """The server may hear of a closed tab after the next leader came: it is written to until it has."""
    while streams(tabs.site) > 1:
        await inside(tabs.world.tell)(changed(2), brand=tabs.world.other)
    assert streams(tabs.site) == 1


async def hears(page, *cases) -> None:
    """The page hears exactly these, in this order."""
    await page.wait_for_function("count => heard.length >= count", arg=len(cases))
    assert await page.evaluate("heard") == list(cases)


async def test_eight_tabs_share_one_stream_and_lose_nothing_when_the_leader_closes(tabs, world):
    pages = [await tabs.open() for _ in range(8)]
    assert streams(tabs.site) == 1
    await inside(world.tell)(changed(1), changed(2))
    for page in pages:
        await hears(page, 1, 2)
    told = [1, 2]
    while len(pages) > 1:
        await pages.pop(0).close()  # the first opened leads, then the next
        for _ in range(3):
            told.append(len(told) + 1)
            await inside(world.tell)(changed(told[-1]))
        for page in pages:
            await hears(page, *told)
        await one_stream_is_left(tabs)


async def test_a_tab_hears_its_brand_only(tabs, world):
    from amends.accounts.models import Membership

    await inside(Membership.objects.create)(user=world.alice, brand=world.other)
    aurora, other = await tabs.open(), await tabs.open(brand=world.other)
    await inside(world.tell)(changed(1))
    await inside(world.tell)(changed(2), brand=world.other)
    await hears(aurora, 1)
    await hears(other, 2)


async def test_a_tab_that_is_behind_catches_up(tabs, world):
    start = await inside(queries.head)()
    await inside(world.tell)(changed(1))
    first = await tabs.open()
    await inside(world.tell)(changed(2))
    await hears(first, 2)
    behind = await tabs.open(event=start)
    await hears(behind, 1, 2)
    await hears(first, 2)


async def test_a_server_that_comes_back_tells_what_was_missed(tabs, world):
    pages = [await tabs.open() for _ in range(2)]
    await inside(tabs.site.stop)()
    await inside(world.tell)(changed(1))
    for page in pages:
        await page.wait_for_function("states.includes('off')")
    with running_site(port=tabs.port) as again:
        for page in pages:
            await hears(page, 1)
            assert await page.evaluate("states") == ["on", "off", "on"]
        assert streams(again) == 1
        await pages[0].context.close()


async def test_all_tabs_learn_that_they_are_signed_out(tabs, world):
    pages = [await tabs.open() for _ in range(3)]

    def sign_out():
        from django.contrib.sessions.models import Session

        with write() as tx:
            Session.objects.all().delete()
            tx.tell(0, AccessChanged(user=world.alice.pk))

    await inside(sign_out)()
    for page in pages:
        await page.wait_for_function("states.at(-1) === 'signed-out'")


async def test_who_was_away_too_long_is_told_to_reload(tabs, world):
    await inside(world.tell)(changed(1), changed(2))
    newest = await inside(queries.head)()
    await inside(Event.objects.filter(id__lt=newest).delete)()
    page = await tabs.open(event=newest - 2)
    await hears(page, "reload")
    await inside(world.tell)(changed(3))
    await hears(page, "reload", 3)


async def test_without_locks_each_visible_tab_has_its_own_stream(tabs, world):
    await tabs.context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    pages = [await tabs.open() for _ in range(2)]
    assert streams(tabs.site) == 2
    await inside(world.tell)(changed(1))
    for page in pages:
        await hears(page, 1)
    hide = "Object.defineProperty(document, 'hidden', {{ value: {}, configurable: true }});"
    hide += "document.dispatchEvent(new Event('visibilitychange'))"
    await pages[0].evaluate(hide.format("true"))
    await one_stream_is_left(tabs)
    await inside(world.tell)(changed(3))
    await hears(pages[1], 1, 3)
    await hears(pages[0], 1)
    await pages[0].evaluate(hide.format("false"))
    await hears(pages[0], 1, 3)


async def test_a_leader_that_fell_silent_is_replaced(tabs, world):
    leader = await tabs.open()
    tabs.own_clock = True
    follower = await tabs.open()
    await leader.evaluate("BroadcastChannel.prototype.postMessage = () => {}")
    await inside(world.tell)(changed(1))
    await hears(leader, 1)
    assert await follower.evaluate("heard") == []
    await follower.clock.fast_forward(60_000)  # it notices the silence and asks
    await follower.clock.fast_forward(10_000)  # nobody answers
    await hears(follower, 1)
    await one_stream_is_left(tabs)
    await inside(world.tell)(changed(3))
    await hears(follower, 1, 3)
    await hears(leader, 1, 3)
