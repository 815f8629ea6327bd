"""Somebody who works at the desk in a browser."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Page

from amends.accounts.access import Member
from amends.desk.tests.live_site import RunningSite, signed_in
from amends.desk.tests.test_live import inside


class Desk:
    """A browser in which somebody is signed in, on the pages of Meridian Air."""

    def __init__(self, context: BrowserContext, site: RunningSite, member: Member) -> None:
        self.context, self.member = context, member
        self.root = f"http://127.0.0.1:{site.port}"
        self.base = f"{self.root}/b/{member.brand.slug}/"

    async def open(self, path: str = "") -> Page:
        page = await self.context.new_page()
        await page.goto(self.base + path)
        return page

    async def sign_in(self) -> None:
        name, _, value = (await inside(signed_in)(self.member.user)).partition("=")
        await self.context.add_cookies([{"name": name, "value": value, "url": self.root}])


async def says(page: Page, place: str, text: str) -> None:
    """The place comes to hold the text."""
    await page.wait_for_function(
        "([place, text]) => document.querySelector(place)?.textContent.includes(text)", arg=[place, text]
    )
