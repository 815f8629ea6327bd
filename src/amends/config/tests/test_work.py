from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from amends.config.work import TIDY, keep, loops, rounds, tidy_once


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


async def test_rounds_follow_each_other_while_much_is_left_and_else_wait_until_the_end():
    stop, waits, pauses = asyncio.Event(), asyncio.Event(), [0.0, 0.0, 3600.0]
    here = asyncio.get_running_loop()

    def once(_now) -> float:
        if len(pauses) == 1:
            here.call_soon_threadsafe(waits.set)
        return pauses.pop(0)

    task = asyncio.create_task(rounds(once)(stop))
    await asyncio.wait_for(waits.wait(), 10)
    stop.set()
    await asyncio.wait_for(task, 10)
    assert not pauses


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
    assert tidy_once(now) == TIDY
    assert SignInLink.objects.count() == 1
    assert link_owner(fresh, now) == user
    assert [event.at for event in Event.objects.filter(at__lt=now)] == [now - timedelta(days=6)]
