"""The desk in Debian's Chromium, with Alice signed in and two mentions heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from amends.accounts.access import Member
from amends.cases.models import Case
from amends.desk.tests.at_desk import Desk
from amends.desk.tests.live_site import running_site


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests, which have contexts of their own: starting one takes as long as a test."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        await chromium.close()


@pytest.fixture
def case(hear: Callable[..., Any], mention: Callable[..., Any]) -> Case:
    hear(mention("1"), mention("2", "Thank you @meridianair, you were wonderful!", author="ben"))
    return Case.objects.order_by("pk")[0]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(browser: Browser, alice: Member, case: Case) -> AsyncIterator[Desk]:
    with running_site() as site:
        desk = Desk(await browser.new_context(viewport={"width": 1440, "height": 900}), site, alice)
        await desk.sign_in()
        yield desk
        await desk.context.close()
