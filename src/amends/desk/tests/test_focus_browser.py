"""Where the hands are after something was done, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio
from django.utils import timezone
from playwright.async_api import Page

from amends.cases import actions
from amends.cases.models import Case
from amends.desk.tests.at_desk import Desk, says
from amends.desk.tests.test_live import inside
from amends.replies.models import Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BOX = "#answer textarea"


@pytest_asyncio.fixture(loop_scope="session")
async def following(desk: Desk, hear: Callable[..., Any], mention: Callable[..., Any]) -> Case:
    """The case that comes after it in the queue."""
    await inside(hear)(mention("9", author="carl", minutes=-4))
    return await inside(Case.objects.get)(handle__name="carl")


async def refreshed(page: Page, desk: Desk, case: Case) -> None:
    """The live stream has brought the header anew."""
    await inside(actions.set_priority)(desk.member, case.pk, "low", timezone.now())
    await says(page, "#facts", "Low")


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)
        if key == "s":
            await page.wait_for_selector(".choice:focus")


async def focused(page: Page, where: str) -> None:
    await page.wait_for_function("(id) => document.activeElement.closest('[id]')?.id === id", arg=where)


@pytest.mark.parametrize("keys", [["s", "Enter"], ["e"], ["r", "Escape", "e"]])
async def test_after_a_case_is_done_with_the_next_one_is_at_hand(
    desk: Desk, case: Case, following: Case, keys: list[str]
) -> None:
    page = await desk.open(f"cases/{case.pk}/")
    await press(page, *keys)
    await page.wait_for_selector("[data-undo]")
    await focused(page, f"row-{following.pk}")
    await refreshed(page, desk, case)
    await focused(page, f"row-{following.pk}")


async def test_after_the_last_case_the_heading_has_the_focus(desk: Desk, case: Case) -> None:
    other = await inside(Case.objects.exclude(pk=case.pk).get)()
    await inside(actions.resolve)(desk.member, other.pk, timezone.now())
    page = await desk.open(f"cases/{case.pk}/")
    await page.keyboard.press("e")
    await says(page, "#facts", "Resolved")
    await focused(page, "case-title")
    await refreshed(page, desk, case)
    await focused(page, "case-title")


@pytest.mark.parametrize("keys", [["s", "Enter"], ["e"]])
async def test_what_was_done_is_undone(desk: Desk, case: Case, keys: list[str]) -> None:
    page = await desk.open(f"cases/{case.pk}/")
    await press(page, *keys)
    await says(page, "#toasts", "Undo")
    await page.keyboard.press("z")
    await says(page, "#toasts", "Open again.")
    await focused(page, "case-title")
    await page.wait_for_selector("#case-header [data-hotkey=s]")
    assert (await inside(Case.objects.get)(pk=case.pk)).state == "open"
    assert await page.locator("[data-undo]").count() == 0


async def test_undoing_leaves_another_open_case_alone(desk: Desk, case: Case, following: Case) -> None:
    page = await desk.open(f"cases/{case.pk}/")
    await page.keyboard.press("e")
    await focused(page, f"row-{following.pk}")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(f"#case[data-case='{following.pk}']")
    await page.click("[data-undo]")
    await says(page, "#toasts", "Open again.")
    assert (await inside(Case.objects.get)(pk=case.pk)).state == "open"
    assert await page.get_attribute("#case", "data-case") == str(following.pk)
    assert await page.locator("#case-header [data-hotkey=s]").count() == 1


async def test_a_long_answer_comes_back_whole(desk: Desk, case: Case) -> None:
    long = "\n".join("👩‍👩‍👧 <b>Sorry</b> & é" for _ in range(1000))
    page = await desk.open(f"cases/{case.pk}/")
    await page.fill(BOX, "Short")
    await page.press(BOX, "Control+Enter")
    await says(page, "#outgoing", "Short")
    await inside(Reply.objects.update)(text=long)
    await page.click("text=Take back")
    await page.wait_for_function("() => document.querySelector('#answer textarea').value !== ''")
    assert await page.input_value(BOX) == long
    assert await page.evaluate("document.activeElement.name") == "text"
    assert await page.locator("#taken-back").count() == 0


@pytest.mark.parametrize("answering", [False, True])
async def test_a_long_case_scrolls_inside_itself(
    desk: Desk, case: Case, hear: Callable[..., Any], mention: Callable[..., Any], answering: bool
) -> None:
    posts = [
        mention(f"l{n}", f"@meridianair still nothing, number {n} " * 5, root="at://1", parent="at://1", minutes=n)
        for n in range(60)
    ]
    await inside(hear)(*posts, at=timezone.now())
    await inside(actions.add_note)(desk.member, case.pk, "Found at belt 4.\n" * 30, timezone.now())
    page = await desk.open(f"cases/{case.pk}/")
    if answering:
        await page.fill(BOX, "A line of an answer\n" * 60)
    assert await page.evaluate("document.querySelector('#thread').scrollHeight > innerHeight")
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert await page.evaluate("() => { scrollTo(0, 500); return scrollY; }") == 0
