"""The live stream through a real server: who hears what, what is told again, when a stream ends."""

from __future__ import annotations

import asyncio
import socket

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import connection

from amends.accounts.models import Brand, Membership, User
from amends.desk.hub import MOST
from amends.desk.live import REPLAY
from amends.desk.tests.live_site import listen, running_site, signed_in
from amends.events import queries
from amends.events.models import Event
from amends.events.transaction import write
from amends.events.types import AccessChanged, CaseChanged, PostChanged, Present

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    """Alice and Bob work for Aurora, Charlie for another airline; all are signed in."""

    def __init__(self) -> None:
        self.aurora = Brand.objects.create(name="Aurora", slug="aurora")
        self.other = Brand.objects.create(name="Borealis", slug="borealis")
        self.alice, self.bob, self.charlie = (
            User.objects.create_user(f"{name}@example.com", "correct horse battery")
            for name in ("alice", "bob", "charlie")
        )
        for user, brand in ((self.alice, self.aurora), (self.bob, self.aurora), (self.charlie, self.other)):
            Membership.objects.create(user=user, brand=brand)
        self.cookies = {user.pk: signed_in(user) for user in (self.alice, self.bob, self.charlie)}
        self.tell(changed(0))

    def tell(self, *events, brand: Brand | None = None) -> int:
        with write() as tx:
            for event in events:
                tx.tell(brand.pk if brand else self.aurora.pk, event)
        return queries.head()


def changed(case: int, version: int = 1) -> CaseChanged:
    return CaseChanged(case=case, version=version, state="open", priority="normal", answer_by=1)


@pytest.fixture
def world(transactional_db) -> World:
    return World()


@pytest.fixture
def site(world):
    with running_site() as running:
        yield running


@pytest.fixture
def ear(site, world):
    """Open the stream as somebody."""

    async def as_user(user: User, query: str = "", **headers: str):
        return await listen(site.port, world.cookies[user.pk], query, **headers)

    return as_user


async def hears_from_now(ear):
    """Wait until the stream stands: its first frame says from which id on it hears all."""
    first = await ear.next()
    assert first.retry is not None
    return ear


def inside(action):
    """`action`, done in a thread with a connection of its own."""

    def do(*args, **kwargs):
        try:
            return action(*args, **kwargs)
        finally:
            connection.close()

    return sync_to_async(do, thread_sensitive=False)


async def test_alice_and_bob_hear_their_brand_and_charlie_does_not(world, ear):
    alice, bob, charlie = [await hears_from_now(await ear(user)) for user in (world.alice, world.bob, world.charlie)]
    number = await inside(world.tell)(changed(7))
    for listener in (alice, bob):
        heard = await listener.event()
        assert (heard.id, heard.facts["type"], heard.facts["case"]) == (number, "case", 7)
        assert heard.facts["brand"] == world.aurora.pk
    own = await inside(world.tell)(changed(8), brand=world.other)
    assert (await charlie.event()).id == own


async def test_the_headers_keep_it_fresh_and_to_ourselves(world, ear):
    alice = await ear(world.alice)
    assert alice.status == 200
    assert alice.headers["content-type"] == "text/event-stream"
    assert alice.headers["cache-control"] == "no-store"
    assert alice.headers["x-accel-buffering"] == "no"
    assert not [name for name in alice.headers if name.startswith("access-control")]


async def test_a_brand_of_others_does_not_exist(world, ear):
    assert (await ear(world.charlie, f"?brand={world.aurora.pk}")).status == 404
    assert (await ear(world.charlie, "?brand=999999")).status == 404
    assert (await ear(world.charlie, "?brand=aurora")).status == 404


async def test_one_brand_of_several_can_be_asked_for(world, ear):
    await inside(Membership.objects.create)(user=world.alice, brand=world.other)
    alice = await hears_from_now(await ear(world.alice, f"?brand={world.other.pk}"))
    await inside(world.tell)(changed(1))
    await inside(world.tell)(changed(2), brand=world.other)
    assert (await alice.event()).facts["case"] == 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 400),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://["}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"method": "POST", "content_length": "0"}, 405),
        ({"method": "HEAD"}, 204),
    ],
)
async def test_who_is_turned_away_at_the_door(world, ear, headers, status):
    assert (await ear(world.alice, **headers)).status == status


async def test_nobody_and_made_up_sessions_are_signed_out(site):
    assert (await listen(site.port)).status == 401
    assert (await listen(site.port, "sessionid=abcdefghijklmnopqrstuvwxyz012345")).status == 401
    assert (await listen(site.port, "sessionid=abc", method="HEAD")).status == 401


async def test_what_was_missed_is_told_again_in_order(world, ear):
    first = await inside(world.tell)(changed(1))
    await inside(world.tell)(changed(2), changed(3))
    await inside(world.tell)(changed(9), brand=world.other)
    asked = await ear(world.alice, f"?after={first}")
    returned = await ear(world.alice, "?after=0", last_event_id=str(first))
    for again in (asked, returned):
        assert [(await again.event()).facts["case"] for _ in range(2)] == [2, 3]
    number = await inside(world.tell)(changed(4))
    assert [(await again.event()).id for again in (asked, returned)] == [number, number]


async def test_events_written_while_one_joins_are_heard_once_each(world, ear):
    start = await inside(world.tell)(changed(99))

    def write_many():
        for case in range(60):
            world.tell(changed(case))

    writing = asyncio.create_task(inside(write_many)())
    listeners = [await ear(world.alice, f"?after={start}") for _ in range(20)]
    await writing
    for listener in listeners:
        assert [(await listener.event()).facts["case"] for _ in range(60)] == list(range(60))


async def test_who_missed_too_much_reloads_and_goes_on_from_there(world, ear):
    await inside(world.tell)(*[changed(case) for case in range(REPLAY + 2)])
    newest = await inside(queries.head)()
    behind = [await ear(world.alice, f"?after={newest - REPLAY - 1}")]
    behind += [await ear(world.alice, f"?after={newest + 5}"), await ear(world.alice, "?after=nonsense")]
    await inside(Event.objects.filter(id__lt=newest - 1).delete)()
    behind += [await ear(world.alice, f"?after={newest - 3}")]
    for listener in behind:
        heard = await listener.event()
        assert (heard.event, heard.id) == ("reload", newest)
    number = await inside(world.tell)(changed(5))
    assert [(await listener.event()).id for listener in behind] == [number] * 4
    within = await ear(world.alice, f"?after={newest - 2}")
    assert (await within.event()).id == newest - 1


async def test_colleagues_see_who_is_typing(world, ear):
    bob = await hears_from_now(await ear(world.bob))
    await inside(world.tell)(Present(case=1, user=world.alice.pk, name="Alice", doing="typing"))
    assert (await bob.event()).facts["doing"] == "typing"


async def test_a_removed_member_hears_nothing_more(world, ear):
    alice, bob = [await hears_from_now(await ear(user)) for user in (world.alice, world.bob)]

    def remove():
        with write() as tx:
            Membership.objects.filter(user=world.bob).delete()
            tx.tell(world.aurora.pk, AccessChanged(user=world.bob.pk))
            tx.tell(world.aurora.pk, changed(66))

    await inside(remove)()
    assert await bob.over() == []
    assert (await alice.event()).facts["case"] == 66
    again = await ear(world.bob, f"?after={bob.last}")
    assert again.status == 200
    await inside(Membership.objects.create)(user=world.bob, brand=world.other)
    await inside(world.tell)(changed(67), brand=world.aurora)
    await inside(world.tell)(changed(68), brand=world.other)
    back = await ear(world.bob, f"?after={bob.last}")
    assert (await back.event()).facts["case"] == 68


async def test_an_access_event_is_told_to_nobody(world, ear):
    start = await inside(world.tell)(changed(1))
    alice = await hears_from_now(await ear(world.alice))
    await inside(world.tell)(AccessChanged(user=world.bob.pk), brand=world.aurora)
    await inside(world.tell)(changed(2))
    assert (await alice.event()).facts["type"] == "case"
    again = await ear(world.alice, f"?after={start}")
    assert (await again.event()).facts["type"] == "case"


async def test_the_recheck_closes_who_changed_password_signed_out_or_left(world):
    with running_site(recheck=0.05) as site:
        cookies = world.cookies
        alice, bob = [
            await hears_from_now(await listen(site.port, cookies[user.pk])) for user in (world.alice, world.bob)
        ]
        charlie = await hears_from_now(await listen(site.port, cookies[world.charlie.pk]))

        def change_password():
            world.alice.set_password("another correct horse")
            world.alice.save()

        await inside(change_password)()
        assert await alice.over() == []
        assert (await listen(site.port, cookies[world.alice.pk])).status == 401
        await inside(Session.objects.filter(session_key=cookies[world.bob.pk].partition("=")[2]).delete)()
        assert await bob.over() == []
        await inside(Membership.objects.filter(user=world.charlie).delete)()
        assert await charlie.over() == []


async def test_the_recheck_leaves_the_rest_alone(world):
    with running_site(recheck=0.02) as site:
        alice = await hears_from_now(await listen(site.port, world.cookies[world.alice.pk]))
        bob = await hears_from_now(await listen(site.port, world.cookies[world.bob.pk]))
        await inside(Membership.objects.filter(user=world.bob).delete)()
        assert await bob.over() == []
        number = await inside(world.tell)(changed(1))
        assert (await alice.event()).id == number


async def test_who_reads_too_slowly_is_let_go_and_can_come_back(site, world):
    start = await inside(world.tell)(changed(1))
    slow = socket.create_connection(("127.0.0.1", site.port))
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.sendall(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {world.cookies[world.bob.pk]}\r\n\r\n".encode())
    slow.recv(10)
    alice = await hears_from_now(await listen(site.port, world.cookies[world.alice.pk]))
    flood = [PostChanged(conversation=1, post=number, what="x" * 2000) for number in range(100)]
    for _ in range(200):
        await inside(world.tell)(*flood)
        for _ in flood:
            await alice.event()
        if site.in_loop(lambda: len(site.hub.streams)) == 1:
            break
    assert site.in_loop(lambda: [stream.visitor.user for stream in site.hub.streams]) == [world.alice.pk]
    slow.close()
    back = await listen(site.port, world.cookies[world.bob.pk], f"?after={start}")
    assert (await back.event()).event == "reload"


async def test_the_hub_forgets_who_left(site, world, ear):
    alice = await hears_from_now(await ear(world.alice))
    bob = await hears_from_now(await ear(world.bob))
    await alice.close()
    while site.in_loop(lambda: len(site.hub.streams)) > 1:
        await inside(world.tell)(changed(1))
    await bob.event()
    assert [stream.visitor.user for stream in site.hub.streams] == [world.bob.pk]


async def test_one_person_does_not_take_all_the_room(site, world, ear):
    bobs = [await ear(world.bob) for _ in range(MOST)]
    assert {one.status for one in bobs} == {200}
    last = await hears_from_now(await ear(world.alice))
    assert (await ear(world.bob)).status == 429
    await inside(Membership.objects.filter(user=world.bob).delete)()
    await inside(world.tell)(AccessChanged(user=world.bob.pk), changed(1))
    await last.event()
    while site.in_loop(lambda: len(site.hub.streams)) > 1:
        await inside(world.tell)(changed(1))
        await last.event()
    assert not site.in_loop(lambda: site.hub.full(world.bob.pk))
