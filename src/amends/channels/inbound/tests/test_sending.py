from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from amends.channels.base import Act, Author, BadData, Can, LogInAgain, Outgoing, Rejected, Visibility
from amends.channels.http import Http
from amends.channels.inbound import connect
from amends.channels.inbound.tests.server import SECRET, System, call, signed
from amends.channels.testing.loopback import Reply, serving

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
REPLY = Outgoing(
    key="k1", text="We have found it.", created=NOW, to="shop:1001", root="shop:900", lang="en", subject="Re: Lost",
    to_author=Author(id="shop:42", name="ann"), visibility=Visibility.PRIVATE,
)  # fmt: skip


@asynccontextmanager
async def connected(address, **settings):
    http = Http(allow_private=True, timeout=2)
    try:
        yield connect({"system": "shop", "secret": SECRET, "address": address, **settings}, http)
    finally:
        await http.close()


async def test_the_system_gets_its_own_ids_and_all_that_it_needs():
    async with System().running() as system, connected(f"{system.address}/answers?from=amends") as channel:
        sent = await channel.send(REPLY)
        assert system.taken["k1"] == {
            "type": "reply", "key": "k1", "text": "We have found it.", "created": "2026-03-02T12:00:00Z", "to": "1001",
            "root": "900", "author": {"id": "42", "name": "ann"}, "visibility": "private", "subject": "Re: Lost",
            "lang": "en",
        }  # fmt: skip
    assert (sent.id, sent.url, sent.at) == ("shop:answer-k1", "https://shop.example/answers/k1", NOW)


async def test_a_look_up_keeps_what_the_address_asks_for():
    asked = []

    def answering(request):
        asked.append(request.query)
        return Reply({"id": 7}, 200)

    async with serving(answering) as address, connected(f"{address}/?from=amends", lookup="yes") as channel:
        assert (await channel.find(REPLY)).id == "shop:7"
    assert asked == [{"from": ["amends"], "key": ["k1"]}]


async def test_who_we_are_there():
    async with System().running() as system, connected(system.address) as channel:
        assert (await channel.check()).account == Author(id="shop:care", name="care", display="Customer care")
        assert system.pings == 1
    async with serving(lambda _: Reply(b"OK")) as address, connected(address) as channel:
        assert (await channel.check()).account is None


async def test_while_a_secret_is_changed_both_are_used():
    new = "the-new-secret-of-the-shop-987654"
    async with System().running() as system:
        async with connected(system.address, secret=new, old_secret=SECRET) as channel:
            await channel.check()
            assert channel.receive(call(b"[]", new), datetime.now(UTC)) == channel.receive(
                call(b"[]"), datetime.now(UTC)
            )
        async with connected(system.address, secret=new, old_secret="none") as channel:
            with pytest.raises(LogInAgain, match="Enter the same signing secret"):
                await channel.check()
            with pytest.raises(Rejected):
                channel.receive(call(b"[]", "none"), datetime.now(UTC))


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"[]", b'{"url": "https://shop.example"}', b'{"id": ""}', b'{"id": true}']
)
async def test_an_answer_without_an_id_is_no_promise(body):
    async with serving(lambda _: Reply(body)) as address, connected(address) as channel:
        with pytest.raises(BadData):
            await channel.send(REPLY)


async def test_what_it_is_not_asked_to_do():
    async with System().running() as system, connected(system.address, length="20") as channel:
        assert channel.limits.text == 20
        for changed in ({"act": Act.LIKE}, {"text": "x" * 21}, {"parts": ("a", "b")}):
            outgoing = Outgoing(**{"key": "k", "text": "Sorry.", "created": NOW, **changed})
            with pytest.raises(Rejected):
                await channel.send(outgoing)
    assert not system.taken


async def test_without_an_address_it_only_listens():
    async with connected("") as channel:
        assert channel.can == {Can.RECEIVE, Can.EDITS, Can.DELETIONS, Can.ENGAGEMENT}
        assert "can't answer" in (await channel.check()).note
        with pytest.raises(LogInAgain, match="enter the address"):
            await channel.send(REPLY)


async def test_whoever_looks_at_the_address_is_told_how_it_is_used():
    async with connected("") as channel:
        assert b"Amends-Signature" in channel.greet(call(b""), NOW)
        assert SECRET not in repr(channel)
    assert signed(b"", at=0).startswith("t=0,v1=")
