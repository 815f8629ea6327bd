"""Answers that did not leave, on a telephone in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from amends.cases.models import Case
from amends.desk.tests.at_desk import Desk
from amends.desk.tests.test_live import inside
from amends.replies.actions import approve
from amends.replies.models import Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WHY = "mastodon.example broke off after it was sent."


@pytest.mark.parametrize("state", ["failed", "uncertain"])
@pytest.mark.parametrize("width", [390, 1440])
async def test_why_it_did_not_leave_can_be_read(desk: Desk, case: Case, state: str, width: int) -> None:
    reply = await inside(approve)(desk.member, case.pk, "We are looking into it.", None, datetime.now(UTC))
    await inside(Reply.objects.filter(pk=reply.pk).update)(state=state, problem=WHY, next_at=None)
    page = await desk.open(f"cases/{case.pk}/")
    await page.set_viewport_size({"width": width, "height": 844})
    told = page.locator("#outgoing li > :first-child")
    assert WHY in await told.inner_text()
    box = await told.bounding_box()
    assert box is not None
    assert box["width"] > 250
    for button in await page.locator("#outgoing .button").all():
        place = await button.bounding_box()
        assert place is not None
        assert place["x"] + place["width"] <= width
