"""Correcting what was read, by keyboard and by thumb, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from django.utils import timezone
from playwright.async_api import Browser, Page

from amends.cases.models import Case
from amends.conversations.models import Post
from amends.desk.tests.at_desk import Desk, says
from amends.desk.tests.test_live import inside
from amends.teaching.actions import correct
from amends.teaching.labels import add
from amends.teaching.models import Correction
from amends.teaching.tests.test_labels import LACKING, PETS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ANGRY = "@meridianair you lost my suitcase, this is terrible! Call me on +44 20 7946 0958"
FEELING = '[data-reading="sentiment"] summary'


@pytest_asyncio.fixture(loop_scope="session")
async def angry(desk: Desk, hear: Callable[..., Any], mention: Callable[..., Any]) -> Case:
    await inside(hear)(mention("7", ANGRY, author="carl", minutes=-3, lang="en"))
    return await inside(Case.objects.get)(handle__name="carl")


async def menu(page: Page, summary: str) -> None:
    """Open it by the keyboard; the first of its choices has the focus."""
    await page.focus(summary)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".reading[open] .panel :is(.choice, input):focus")


async def focused(page: Page, selector: str) -> None:
    await page.wait_for_function("(selector) => document.activeElement.matches(selector)", arg=selector)


async def test_a_feeling_is_corrected_and_undone_by_keyboard(desk: Desk, angry: Case) -> None:
    page = await desk.open(f"cases/{angry.pk}/")
    await menu(page, FEELING)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")  # the second: neutral
    await says(page, "#toasts", "Noted: neutral.")
    await page.wait_for_selector('[data-reading="sentiment"] summary[title="Alice Archer said so"]')
    await focused(page, FEELING)
    await page.keyboard.press("z")
    await says(page, "#toasts", "It stands as it was read.")
    await page.wait_for_selector('[data-reading="sentiment"] summary:not([title="Alice Archer said so"])')
    assert not await inside(Correction.objects.exists)()


async def test_escape_closes_and_gives_the_hands_back(desk: Desk, angry: Case) -> None:
    page = await desk.open(f"cases/{angry.pk}/")
    await menu(page, FEELING)
    await page.keyboard.press("Escape")
    await focused(page, FEELING)
    assert await page.locator(".reading[open]").count() == 0


async def test_a_menu_that_did_not_come_can_be_opened_again(desk: Desk, angry: Case) -> None:
    page = await desk.open(f"cases/{angry.pk}/")
    await page.route("**/readings/sentiment", lambda route: route.abort())
    await page.focus(FEELING)
    await page.keyboard.press("Enter")
    await says(page, "#toasts", "The server can't be reached")
    await focused(page, FEELING)
    await page.unroute("**/readings/sentiment")
    await menu(page, FEELING)


async def test_what_was_missed_is_found_by_typing(desk: Desk, angry: Case) -> None:
    page = await desk.open(f"cases/{angry.pk}/")
    await menu(page, ".missed summary")
    await page.keyboard.type("journalist")
    assert await page.locator(".missed form:visible").count() == 1
    await page.keyboard.type("zzz")
    assert await page.locator("[data-nothing]:visible").count() == 1
    await page.keyboard.press("Enter")
    for _ in "zzz":
        await page.keyboard.press("Backspace")
    await page.keyboard.press("Enter")
    await says(page, "#thread", "press")
    await focused(page, '[data-reading="press"] summary')
    assert (await inside(Correction.objects.get)()).name == "press"


async def test_enter_takes_what_is_called_so_before_what_only_speaks_of_it(desk: Desk, angry: Case) -> None:
    await inside(add)(desk.member, "Cats", "Animals on board.", PETS, LACKING, timezone.now())
    page = await desk.open(f"cases/{angry.pk}/")
    await menu(page, ".missed summary")
    assert "application" in await page.locator(".missed form", has_text="A job advert").first.inner_text()
    await page.keyboard.type("cat")
    await page.keyboard.press("Enter")
    await says(page, "#toasts", "Noted: cats.")


async def test_why_underlines_and_lets_go(desk: Desk, angry: Case) -> None:
    page = await desk.open(f"cases/{angry.pk}/")
    await menu(page, FEELING)
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".said .weighed")
    await focused(page, FEELING)
    word = page.locator(".body .weight").first
    line = "(element) => getComputedStyle(element).textDecorationLine"
    assert await word.evaluate(line) == "underline"
    assert await word.inner_text() in await page.inner_text(".weighed")
    assert "Unhappy: for it speak" in await page.inner_text("#say")
    await menu(page, FEELING)
    await page.keyboard.press("ArrowUp")
    assert await page.get_attribute("[data-why]", "aria-pressed") == "true"
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".said .weighed", state="detached")
    assert await word.evaluate(line) == "none"


async def test_hiding_why_gives_the_hands_back_to_its_chip(desk: Desk, angry: Case) -> None:
    page = await desk.open(f"cases/{angry.pk}/")
    await menu(page, FEELING)
    await page.click("[data-why]")
    await page.focus("[data-why-off]")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".said .weighed", state="detached")
    await focused(page, FEELING)


async def test_a_double_click_says_it_once(desk: Desk, angry: Case) -> None:
    page = await desk.open(f"cases/{angry.pk}/")
    await menu(page, FEELING)
    await page.evaluate(
        """() => {
          window.sent = 0;
          addEventListener("submit", () => { window.sent += 1; }, true);
          const choice = document.querySelector(".reading[open] .choice[value=neutral]");
          const click = (detail) => new MouseEvent("click", { bubbles: true, cancelable: true, detail });
          for (const count of [1, 2]) choice.dispatchEvent(click(count));
        }"""
    )
    await says(page, "#toasts", "Noted: neutral.")
    assert await page.evaluate("window.sent") == 1


async def test_what_was_sought_is_gone_with_the_menu(desk: Desk, angry: Case) -> None:
    page = await desk.open(f"cases/{angry.pk}/")
    await menu(page, ".missed summary")
    whole = await page.locator(".missed form:visible").count()
    await page.keyboard.type("zzz")
    await page.keyboard.press("Escape")
    await menu(page, ".missed summary")
    assert await page.input_value("[data-find]") == ""
    assert await page.locator(".missed form:visible").count() == whole
    assert await page.locator("[data-nothing]:visible").count() == 0


@pytest.mark.parametrize(("what", "kept"), [("reading", False), ("answer", True)])
async def test_only_what_is_kept_is_said_to_be_kept(desk: Desk, angry: Case, what: str, kept: bool) -> None:
    page = await desk.open(f"cases/{angry.pk}/")
    if what == "reading":
        await menu(page, FEELING)
        await page.route("**/readings", lambda route: route.abort())
        await page.keyboard.press("Enter")
    else:
        await page.route("**/cases/**", lambda route: route.abort() if route.request.method == "POST" else None)
        await page.fill("#answer textarea", "We look for it.")
        await page.press("#answer textarea", "Control+Enter")
    await says(page, "#toasts", "The server can't be reached.")
    assert ("is kept on this device" in await page.inner_text("#toasts")) is kept


async def test_unfolded_posts_stay_unfolded(
    desk: Desk, angry: Case, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    more = [mention(str(key), author=f"o{key}", root="at://7", parent="at://7", minutes=-2) for key in range(70, 77)]
    await inside(hear)(*more)
    page = await desk.open(f"cases/{angry.pk}/")
    await page.click(".fold > summary")
    await menu(page, ".fold .missed summary")
    await page.keyboard.type("press")
    await page.keyboard.press("Enter")
    await page.wait_for_selector('.fold[open] [data-reading="press"]')
    await focused(page, '.fold [data-reading="press"] summary')


async def test_another_tab_sees_it_and_an_open_menu_stays(desk: Desk, angry: Case) -> None:
    page = await desk.open(f"cases/{angry.pk}/")
    await page.wait_for_function("() => document.body.dataset.live")
    post = await inside(Post.objects.get)(handle__name="carl")
    await menu(page, FEELING)
    await inside(correct)(desk.member, post.pk, "press", "yes", timezone.now())
    await page.wait_for_function(
        "() => performance.getEntriesByType('resource').some((one) => one.name.endsWith('/thread'))"
    )
    assert await page.locator(".reading[open]").count() == 1
    await page.keyboard.press("Escape")
    await page.wait_for_selector('[data-reading="press"]')


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_menus_fit_a_telephone_and_everybody_can_use_them(
    browser: Browser, desk: Desk, angry: Case, scheme: Any
) -> None:
    size: Any = {"width": 390, "height": 844}
    desk.context = await browser.new_context(
        color_scheme=scheme, bypass_csp=True, reduced_motion="reduce", viewport=size
    )
    await desk.sign_in()
    page = await desk.open(f"cases/{angry.pk}/")
    for summary in (FEELING, ".missed summary"):
        await menu(page, summary)
        box = await page.locator(".reading[open] .panel").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        found = (await Axe().run(page)).response["violations"]
        assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
    await page.keyboard.press("Escape")
    await page.click(FEELING)
    await page.click("[data-why]")
    await page.wait_for_selector(".said .weighed")
    found = (await Axe().run(page)).response["violations"]
    assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await desk.context.close()
