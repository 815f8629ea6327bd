"""Teaching in a real browser: a goal is tried and saved, a label added, what was learnt set aside and used again."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from django.utils import timezone
from playwright.async_api import Browser, Page

from amends.desk.tests.at_desk import Desk, says
from amends.desk.tests.test_live import inside
from amends.teaching.labels import labels
from amends.teaching.models import BrandHead, BrandThreshold
from amends.teaching.tests.test_labels import LACKING, PETS
from amends.teaching.tests.test_sureness import HUNDRED, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


TOO_SMALL = """() => [...document.querySelectorAll("main :is(a, button, summary, input, textarea)")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden")
  .filter((one) => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height) < 24)
  .map((one) => one.outerHTML)"""


async def fits_and_everybody_can_use_it(page: Page) -> None:
    assert await page.evaluate(TOO_SMALL) == []
    found = (await Axe().run(page)).response["violations"]
    assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_goal_is_tried_and_then_saved(desk: Desk) -> None:
    await inside(read)(desk.member, HUNDRED, timezone.now())
    page = await desk.open("settings/taught")
    await page.click("text=Complaint")
    await page.fill("#amount-alarms", "1")
    await page.press("#amount-alarms", "Enter")
    await says(page, "main", "At most 1 false alarm a day")
    assert not await inside(BrandThreshold.objects.exists)()
    await page.click("text=Save")
    await says(page, "main", "Every post is told by it at once.")
    assert (await inside(BrandThreshold.objects.get)()).amount == 1
    await page.click("text=Back to as shipped")
    await says(page, "main", "It is told as shipped again.")
    assert not await inside(BrandThreshold.objects.exists)()


async def test_a_long_name_leaves_room_for_what_stands_beside_it(desk: Desk) -> None:
    head = BrandHead(brand=desk.member.brand, name="w" * 60, corrections=40, made=timezone.now(), believed=True)
    await inside(head.save)()
    page = await desk.open("settings/taught")
    region = page.get_by_role("region", name="What was learnt", exact=True)
    assert await region.evaluate("(region) => region.scrollWidth <= region.clientWidth")


async def test_what_is_missing_is_told_where_one_looks(desk: Desk) -> None:
    page = await desk.open("settings/taught/labels")
    assert await page.locator("#own-having").evaluate("(area) => area.clientHeight > 140")
    await page.set_viewport_size({"width": 1440, "height": 400})
    await page.fill("#own-name", "Complaint")
    await page.fill("#own-description", "What is one already.")
    await page.fill("#own-having", PETS)
    await page.fill("#own-lacking", LACKING)
    await page.click("text=Add it")
    await page.wait_for_selector("[role=alert]:has-text('There is a label of that name.')")
    await page.wait_for_selector("#own-name:focus")
    box = await page.locator("[role=alert]").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 400


async def test_what_was_typed_is_there_after_the_network_was_lost(desk: Desk) -> None:
    page = await desk.open("settings/taught/labels")
    given = {"#own-name": "Pets", "#own-description": "Animals.", "#own-having": PETS, "#own-lacking": LACKING}
    for field, text in given.items():
        await page.fill(field, text)
    await desk.context.set_offline(True)
    await page.click("text=Add it")
    await page.wait_for_url("chrome-error://**")
    await desk.context.set_offline(False)
    await page.go_back()
    for field, text in given.items():
        assert await page.input_value(field) == text.strip()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_telephone(browser: Browser, desk: Desk, scheme: Any) -> None:
    size: Any = {"width": 390, "height": 844}
    desk.context = await browser.new_context(
        color_scheme=scheme, bypass_csp=True, reduced_motion="reduce", viewport=size
    )
    await desk.sign_in()
    head = BrandHead(brand=desk.member.brand, name="refund", corrections=40, made=timezone.now(), believed=True)
    await inside(head.save)()
    page = await desk.open("settings/taught/labels")
    await page.fill("#own-name", "Pets")
    await page.fill("#own-description", "Animals on board.")
    await page.fill("#own-having", PETS)
    await page.fill("#own-lacking", LACKING)
    await page.click("text=Add it")
    await says(page, "main", "6 examples with it, 6 without.")
    assert await inside(lambda: labels(desk.member).get().title)() == "Pets"
    await fits_and_everybody_can_use_it(page)
    page = await desk.open("settings/taught/levels/complaint")
    await fits_and_everybody_can_use_it(page)
    page = await desk.open("settings/taught")
    await page.click("text=Set aside")
    await page.click("text=Use again")
    await page.wait_for_selector("text=Set aside")
    await fits_and_everybody_can_use_it(page)
    await desk.context.close()
