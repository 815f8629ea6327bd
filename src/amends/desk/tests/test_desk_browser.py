"""The desk in a real browser: nothing written is lost, nothing jumps, everybody can use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from django.utils import timezone
from playwright.async_api import Browser

from amends.accounts.access import Member
from amends.cases import actions
from amends.cases.models import Case
from amends.channels.base import Kind, Visibility
from amends.channels.length import length
from amends.desk.tests.at_desk import Desk, says
from amends.desk.tests.test_live import inside
from amends.replies.actions import save_draft
from amends.replies.models import Draft, Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BOX = "#answer textarea"
PAGES = ("", "?view=mine", "search?q=suitcase", "search?q=a+AND+(", "outbox", "settings/listening", "settings/people")
PAGES += ("settings/targets", "settings/taught", "settings/audit", "settings/listening/connect/bluesky")


CONTRAST = {"runOnly": ["color-contrast"]}
LOOKS: dict[Any, dict[int, Any]] = {"light": {1440: None, 390: CONTRAST}, "dark": {390: None, 1000: CONTRAST}}


@pytest.mark.parametrize("scheme", LOOKS)
async def test_everybody_can_use_every_page(browser: Browser, desk: Desk, case: Case, scheme: Any) -> None:
    """What depends on the colours alone is looked at in all; the rest at one width of each."""
    desk.context = context = await browser.new_context(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    await desk.sign_in()
    page = await context.new_page()
    for path in (*PAGES, f"cases/{case.pk}/", f"cases/{case.pk}/#customer"):
        await page.goto(desk.base + path)
        for width, rules in LOOKS[scheme].items():
            await page.set_viewport_size({"width": width, "height": 844})
            found = (await Axe().run(page, options=rules)).response["violations"]
            assert not [(one["id"], [node["html"] for node in one["nodes"]]) for one in found], (path, width)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is too wide"
    await context.close()


async def test_what_is_half_written_survives_a_crash_and_another_tab(desk: Desk, case: Case) -> None:
    page = await desk.open(f"cases/{case.pk}/")
    await page.keyboard.press("r")
    await page.keyboard.type("We are sorry")
    await says(page, "#saved", "Saved")
    assert (await inside(Draft.objects.get)()).text == "We are sorry"
    await page.route("**/draft", lambda route: route.abort())
    await page.keyboard.type(", Ann")
    await page.close()  # nobody could be told
    page = await desk.open(f"cases/{case.pk}/")
    assert await page.input_value(BOX) == "We are sorry, Ann"
    await says(page, "#saved", "Saved")
    assert await page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('amends.draft')).length") == 0


async def test_what_was_begun_on_two_devices_is_all_there(desk: Desk, case: Case) -> None:
    page = await desk.open(f"cases/{case.pk}/")
    await page.route("**/draft", lambda route: route.abort())
    await page.evaluate("() => { window.fetch = () => new Promise(() => {}); }")
    await page.fill(BOX, "Written on the train.")
    await page.close()
    await inside(save_draft)(desk.member, case.pk, "Written at the desk.", None, timezone.now())
    page = await desk.open(f"cases/{case.pk}/")
    both = await page.input_value(BOX)
    assert "Written on the train." in both
    assert "Written at the desk." in both


async def test_a_lost_session_keeps_the_words_and_goes_on_after_signing_in(desk: Desk, case: Case) -> None:
    page = await desk.open(f"cases/{case.pk}/")
    await page.fill(BOX, "We have found it.")
    await says(page, "#saved", "Saved")
    await desk.context.clear_cookies(name="sessionid")
    await page.press(BOX, "Control+Enter")
    await says(page, "#toasts", "You are signed out")
    assert await page.input_value(BOX) == "We have found it."
    await desk.sign_in()
    await page.press(BOX, "Control+Enter")
    await says(page, "#outgoing", "We have found it.")
    assert await page.input_value(BOX) == ""
    assert await inside(Reply.objects.count)() == 1


async def test_what_happens_elsewhere_never_touches_the_box(
    desk: Desk, case: Case, hear: Callable[..., Any], mention: Callable[..., Any], bob: Member
) -> None:
    page = await desk.open(f"cases/{case.pk}/")
    await page.wait_for_function("document.body.dataset.live && document.querySelector('#case').dataset.case")
    await page.fill(BOX, "My own words")
    await inside(actions.add_note)(bob, case.pk, "Found at belt 4", timezone.now())
    await says(page, "#thread", "Found at belt 4")
    later = mention("3", "@meridianair hello?", root="at://1", parent="at://1", minutes=-1)
    await inside(hear)(later, at=timezone.now())
    await says(page, "#thread", "hello?")
    await inside(actions.assign)(desk.member, case.pk, bob.user.pk, timezone.now())
    await says(page, "#case-header", "Bob Baker")
    await inside(actions.show_presence)(bob, case.pk, "typing", timezone.now())
    await says(page, "#present", "Bob Baker is writing an answer")
    assert await page.input_value(BOX) == "My own words"
    assert await page.evaluate("document.activeElement.name") == "text"


async def test_a_new_case_takes_its_place_unless_somebody_is_reading(
    desk: Desk, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    page = await desk.open()
    await inside(hear)(mention("4", author="carl", minutes=-90), at=timezone.now())
    await says(page, "#list", "Carl")
    first = "document.querySelector('#list li').id"
    before = await page.evaluate(first)
    await page.hover("#list li:first-child")
    hurry = [mention(f"b{n}", "@meridianair HELP!!!", author=f"b{n}", minutes=-600) for n in range(5)]
    await inside(hear)(*hurry, at=timezone.now())
    await says(page, "#arrivals", "5 new")
    assert await page.evaluate(first) == before
    await page.keyboard.press(".")
    assert await page.locator("#list li").count() == 8
    assert await page.is_hidden("#arrivals")


async def test_the_hands_stay_on_the_keys(desk: Desk, case: Case) -> None:
    page = await desk.open()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#case[data-case]")
    opened = int(await page.get_attribute("#case", "data-case") or 0)
    await page.keyboard.press("a")
    await says(page, "#case-header", "Alice Archer")
    await page.keyboard.press("n")
    await page.keyboard.type("Called the desk, @al")
    await page.keyboard.press("Enter")  # takes the colleague that is offered
    await page.keyboard.press("Control+Enter")
    await says(page, "#thread", "Called the desk, @alice")
    await page.keyboard.press("Escape")
    await page.keyboard.press("e")
    await says(page, "#facts", "Resolved")
    assert (await inside(Case.objects.get)(pk=opened)).state == "resolved"
    await page.keyboard.press("?")
    assert await page.is_visible("#keys")


async def test_an_answer_goes_where_the_tab_says(
    desk: Desk, case: Case, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    private = mention("7", "It is me", visibility=Visibility.PRIVATE, kind=Kind.DIRECT, addressed=True, minutes=-2)
    await inside(hear)(private, at=timezone.now())
    page = await desk.open(f"cases/{case.pk}/")
    assert await page.locator("#reply [aria-selected=true] .words").inner_text() == "In private"
    await page.click("#reply [role=tab]:has-text('In public')")
    await page.keyboard.type("Out in the open")
    await says(page, "#saved", "Saved")
    await page.keyboard.press("Escape")
    await page.keyboard.press("n")
    await page.keyboard.press("Escape")
    await page.keyboard.press("r")  # back to the way that was chosen
    assert await page.locator("#reply [aria-selected=true] .words").inner_text() == "In public"
    await page.keyboard.press("Control+Enter")
    await says(page, "#outgoing", "Out in the open")
    assert (await inside(Reply.objects.select_related("to").get)()).to.visibility == "public"


async def test_it_works_without_scripts(browser: Browser, desk: Desk, case: Case) -> None:
    desk.context = await browser.new_context(java_script_enabled=False)
    await desk.sign_in()
    page = await desk.open(f"cases/{case.pk}/")
    await page.fill(BOX, "A plain answer")
    await page.click("#answer button.primary")
    assert "A plain answer" in await page.inner_text("#outgoing")
    await page.fill("#note textarea", "A plain note")
    await page.click("#note button.primary")
    assert "A plain note" in await page.inner_text("#thread")
    await desk.context.close()


async def test_a_length_is_counted_as_the_network_counts(desk: Desk, case: Case) -> None:
    page = await desk.open(f"cases/{case.pk}/")
    await page.fill(BOX, "👩‍👩‍👧é")
    assert await page.inner_text("#count") == "2 of 500"
    await page.fill(BOX, "x" * 501)
    await says(page, "#findings", "1 too many")
    counted = await page.evaluate(
        """async () => { const { length } = await import(document.querySelector('script[src$="main.js"]').src
        .replace('main.js', 'length.js')); return ["graphemes", "codepoints", "bytes", "utf16"].map((unit) =>
        length("👩‍👩‍👧é", unit)) }"""
    )
    assert counted == [length("👩‍👩‍👧é", unit) for unit in ("graphemes", "codepoints", "bytes", "utf16")]


async def test_on_a_phone_every_button_is_in_reach_and_no_key_is_named(
    browser: Browser, desk: Desk, case: Case
) -> None:
    await inside(actions.assign)(desk.member, case.pk, desk.member.user.pk, timezone.now())
    desk.context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    await desk.sign_in()
    page = await desk.open(f"cases/{case.pk}/")
    rows = """() => new Set([...document.querySelectorAll("#case-header .actions > *")].map((one) =>
        Math.round(one.getBoundingClientRect().top))).size"""
    assert await page.evaluate(rows) == 1
    for menu in await page.locator("#case-header details").all():
        await menu.locator("summary").click()
        panel = await menu.locator(".panel").bounding_box()
        assert panel is not None
        assert panel["x"] >= 0
        assert panel["x"] + panel["width"] <= 390
    for path in (f"cases/{case.pk}/", "", "?view=mine", "settings/audit"):
        await page.goto(desk.base + path)
        assert not await page.evaluate(
            "() => [...document.querySelectorAll('kbd')].some((key) => key.checkVisibility())"
        )
    inside_screen = "() => document.querySelector('.sub a:last-child').getBoundingClientRect().right <= innerWidth"
    assert await page.evaluate(inside_screen)
    assert await page.evaluate(
        "() => { const bar = document.querySelector('.sub'); return bar.scrollWidth <= bar.clientWidth; }"
    )
    await desk.context.close()


async def test_a_title_is_cut_only_where_the_case_is_too_narrow_for_it(desk: Desk, case: Case) -> None:
    page = await desk.open(f"cases/{case.pk}/")
    title = (
        "() => { const title = document.getElementById('case-title'); return title.scrollHeight - title.clientHeight; }"
    )
    assert await page.evaluate(title) == 0
    await page.evaluate(
        "() => { document.getElementById('case-title').textContent = 'The first words of a post '.repeat(4); }"
    )
    assert await page.evaluate(title) == 0
