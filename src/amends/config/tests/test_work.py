from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from amends.config.work import keep, loops, tidy_once


async def test_a_loop_that_fails_is_logged_and_started_again():
    stop, runs = asyncio.Event(), []

    async def loop(stop: asyncio.Event) -> None:
        runs.append(1)
        if len(runs) < 3:
            raise ValueError("broken")
        stop.set()

    with capture_logs() as logged:
        await asyncio.wait_for(keep("demo", loop, stop, shortest=0.001), 10)
    assert len(runs) == 3
    assert [line["loop"] for line in logged] == ["demo", "demo"]


async def test_a_stopped_loop_is_not_started_again():
    stop, began, runs = asyncio.Event(), asyncio.Event(), []

    async def loop(stop: asyncio.Event) -> None:
        runs.append(1)
        began.set()
        await stop.wait()

    task = asyncio.create_task(keep("demo", loop, stop, shortest=0.001))
    await began.wait()
    stop.set()
    await asyncio.wait_for(task, 10)
    assert runs == [1]


def test_work_and_listening_are_parted_as_asked():
    assert set(loops(listen=True, work=False)) == {"listen"}
    assert "listen" not in loops(listen=False, work=True)
    assert {"listen", "deliver", "sweep", "tidy"} <= set(loops(listen=True, work=True))


@pytest.mark.django_db
def test_tidying_forgets_what_has_served_its_time_and_no_more(now):
    from datetime import timedelta

    from amends.accounts.actions import link_owner, make_link, make_user
    from amends.accounts.models import SignInLink
    from amends.events.models import Event

    user = make_user("alice@example.com")
    make_link(user, now - timedelta(hours=1))
    fresh = make_link(user, now)
    Event.objects.create(brand=1, data="{}", at=now - timedelta(days=8))
    Event.objects.create(brand=1, data="{}", at=now - timedelta(days=6))
    tidy_once(now)
    assert SignInLink.objects.count() == 1
    assert link_owner(fresh, now) == user
    assert [event.at for event in Event.objects.filter(at__lt=now)] == [now - timedelta(days=6)]
