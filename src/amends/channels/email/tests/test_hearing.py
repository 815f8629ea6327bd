from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amends.channels.base import BadData, LogInAgain, Rejected, RetryLater
from amends.channels.email import connect, hearing, imap
from amends.channels.email.cursor import Cursor, Place
from amends.channels.email.tests.server import ADDRESS, PASSWORD, Box, Imap


def mail(name: str, text="Where is my bag?", sender="alice@customer.test") -> bytes:
    return f"From: {sender}\r\nTo: {ADDRESS}\r\nMessage-ID: <{name}@x.test>\r\n\r\n{text}".encode()


async def take(channel, cursor="", until=lambda batch: False):
    """(batches, cursor) until a batch is such, or all folders were heard once."""
    batches = []
    async with asyncio.timeout(5), aclosing(channel.stream(cursor, ())) as stream:
        async for batch in stream:
            batches.append(batch)
            cursor = batch.cursor or cursor
            if until(batch) or any(period.feed == "INBOX" for period in batch.covered):
                break
    return batches, cursor


def heard(batches) -> list[str]:
    return [post.id.partition("@")[0].strip("<") for batch in batches for post in batch.posts]


async def test_mail_is_given_oldest_first_and_then_as_it_comes(server, http):
    for name in ("a", "b"):
        await server.deliver(mail(name))
    found = []
    async with asyncio.timeout(5), aclosing(connect(server.settings(), http).stream("", ())) as stream:
        async for batch in stream:
            found += heard([batch])
            if found == ["a", "b"] and batch.covered:
                await server.deliver(mail("c"))
            if found == ["a", "b", "c"]:
                break
    assert any(line == "IDLE" for line in server.commands)
    assert all(line.startswith("EXAMINE") for line in server.commands if "INBOX" in line)


async def test_without_idle_it_looks_again_and_again(server, http, monkeypatch):
    server.capabilities = "IMAP4rev1 AUTH=PLAIN"
    naps = []

    async def nap(seconds):
        naps.append(seconds)
        await server.deliver(mail("later"))

    monkeypatch.setattr("amends.channels.email.imap.asyncio.sleep", nap)
    async with asyncio.timeout(5), aclosing(connect(server.settings(), http).stream("", ())) as stream:
        async for batch in stream:
            if heard([batch]):
                break
    assert naps[0] <= 20


@pytest.mark.parametrize(
    "capabilities", ["IMAP4rev1 IDLE", "IMAP4rev1 IDLE AUTH=PLAIN", "IMAP4rev1 AUTH=PLAIN SASL-IR"]
)
async def test_it_logs_in_as_the_server_offers(server, http, capabilities):
    server.capabilities = capabilities
    await server.deliver(mail("a"))
    batches, _ = await take(connect(server.settings(), http))
    assert heard(batches) == ["a"]
    wrong = connect(server.settings(password='wr"ong\\'), http)
    with pytest.raises(LogInAgain):
        await take(wrong)


async def test_the_cursor_goes_on_where_it_was_and_covers_without_a_gap(server, http):
    await server.deliver(mail("a"))
    channel = connect(server.settings(), http)
    first, cursor = await take(channel)
    assert (await take(channel, cursor))[0][0].posts == ()
    await server.deliver(mail("b"))
    second, cursor = await take(channel, cursor)
    assert heard(second) == ["b"]
    before, after = ([p for b in found for p in b.covered if p.feed == "INBOX"] for found in (first, second))
    assert before[-1].end >= after[0].start
    assert before[0].start < datetime.now(UTC) - timedelta(days=2)


async def test_a_cursor_that_can_not_be_read_begins_anew(server, http):
    await server.deliver(mail("a"))
    for cursor in ("nonsense", "7", '{"folders": 1}', '{"folders": {"INBOX": {"validity": "x"}}}'):
        assert heard((await take(connect(server.settings(), http), cursor))[0]) == ["a"]


async def test_a_mailbox_that_was_numbered_anew_is_read_again(server, http):
    await server.deliver(mail("a"))
    channel = connect(server.settings(), http)
    _, cursor = await take(channel)
    box = server.boxes["INBOX"] = Box(validity=99)
    box.add(mail("a"))
    box.add(mail("b"))
    batches, cursor = await take(channel, cursor)
    assert heard(batches) == ["a", "b"]
    assert msgspec.json.decode(cursor, type=Cursor).folders["INBOX"].validity == 99


async def test_old_mail_is_left_alone_at_first(server, http):
    old = server.boxes["INBOX"].add(mail("old"))
    old.received = datetime.now(UTC) - timedelta(days=30)
    await server.deliver(mail("new"))
    assert heard((await take(connect(server.settings(), http)))[0]) == ["new"]
    assert heard((await take(connect(server.settings(days="60"), http)))[0]) == ["old", "new"]


async def test_an_empty_mailbox_begins_at_its_end(server, http):
    _, cursor = await take(connect(server.settings(), http))
    place = msgspec.json.decode(cursor, type=Cursor).folders["INBOX"]
    assert (place.validity, place.next) == (1, 1)


async def test_answers_in_the_sent_folder_are_heard_and_drafts_are_not(server, http):
    server.boxes["Sent"].add(mail("sent", sender=f"Bob <{ADDRESS}>"))
    server.boxes["Sent"].add(mail("draft", sender=ADDRESS), ["\\Draft"])
    server.boxes["INBOX"].add(mail("deleted"), ["\\Deleted"])
    batches, cursor = await take(connect(server.settings(), http))
    [post] = [post for batch in batches for post in batch.posts]
    assert (post.id, post.author.id, post.author.display) == ("<sent@x.test>", ADDRESS, "Bob")
    places = msgspec.json.decode(cursor, type=Cursor).folders
    assert (places["Sent"].next, places["INBOX"].next) == (3, 2), "and never asked for again"


async def test_other_folders_are_heard_in_every_round(server, http, monkeypatch):
    monkeypatch.setattr(hearing, "ROUND", 0.05)
    server.boxes["Shop"] = Box(3)
    found = []
    async with asyncio.timeout(5), aclosing(connect(server.settings(folders="INBOX\nShop"), http).stream("", ())) as s:
        async for batch in s:
            found += heard([batch])
            if not found and any(period.feed == "INBOX" for period in batch.covered):
                server.boxes["Shop"].add(mail("a"))
            if found == ["a"]:
                break
    assert sum(line.startswith("STATUS") for line in server.commands) >= 2


async def test_a_folder_that_is_not_there_is_told(server, http):
    with pytest.raises(Rejected, match=r"no folder 'Shop'.*There are: INBOX, Sent"):
        await take(connect(server.settings(folders="Shop"), http))


async def test_a_mail_that_the_server_can_not_give_stops_no_other(server, http):
    for name in ("a", "b", "c"):
        await server.deliver(mail(name))
    asked = server.refuse

    class Broken(dict):
        def get(self, command):
            fetched = server.commands[-1]
            broken = command == "UID FETCH" and "BODY" in fetched and "2" in fetched.split(" ")[2].split(",")
            return "NO [SERVERBUG] It is corrupt" if broken else asked.get(command)

    server.refuse = Broken()
    batches, cursor = await take(connect(server.settings(), http))
    assert heard(batches) == ["a", "c"]
    [malformed] = [one for batch in batches for one in batch.malformed]
    assert (malformed.reason, malformed.raw) == ("127.0.0.1 refused: It is corrupt.", b"uid 2")
    assert msgspec.json.decode(cursor, type=Cursor).folders["INBOX"].next == 4


async def test_mail_is_held_in_memory_a_little_at_a_time(server, http, monkeypatch):
    monkeypatch.setattr(hearing, "TOGETHER", 1000)
    monkeypatch.setattr(hearing, "LARGEST", 2000)
    monkeypatch.setattr(hearing, "LISTED", 4)
    for number in range(6):
        await server.deliver(mail(f"m{number}", "x" * (300 if number != 2 else 5000)))
    batches, _ = await take(connect(server.settings(), http))
    assert [len(batch.posts) for batch in batches if batch.posts] == [2, 1, 1, 2]
    [large] = [post for batch in batches for post in batch.posts if post.id == "<m2@x.test>"]
    assert "only its beginning was read" in large.text


@pytest.mark.parametrize("flood", [b"* LIST () NIL a\r\n", b"* X {99}\r\n" + b"x" * 99 + b"\r\n", b"{9}\r\nxxxxxxxxx"])
async def test_a_server_without_an_end_is_not_read_for_ever(server, http, monkeypatch, flood):
    """Many small answers, or one of many pieces, fill the memory as well as a large one."""
    monkeypatch.setattr(imap, "LARGEST", 100_000)
    server.refuse["LIST"] = "OK"
    say = Imap.say
    monkeypatch.setattr(Imap, "say", lambda line, text: say(line, flood * 1000 if str(text).endswith(" OK") else text))
    with pytest.raises(BadData, match="at once"):
        await connect(server.settings(), http).check()


async def test_a_server_that_never_ends_its_answer_is_left(server, http, monkeypatch):
    """Others wait until there is room to read their mails."""
    monkeypatch.setattr(imap, "ANSWER", 0.05)
    server.refuse["LIST"] = "OK"
    say = Imap.say
    never = b"* OK Still looking\r\n"
    monkeypatch.setattr(Imap, "say", lambda line, text: say(line, never if str(text).endswith(" OK") else text))
    with pytest.raises(RetryLater, match="too long"):
        await connect(server.settings(), http).check()


async def test_a_server_that_is_busy_is_asked_later(server, http):
    server.refuse["AUTHENTICATE"] = "NO [UNAVAILABLE] The user database is away"
    with pytest.raises(RetryLater, match="The user database is away"):
        await connect(server.settings(), http).check()
    server.refuse["AUTHENTICATE"] = f"NO [ALERT] What is {PASSWORD}?"
    with pytest.raises(LogInAgain, match="app password") as error:
        await connect(server.settings(), http).check()
    assert PASSWORD not in str(error.value)


async def test_many_mailboxes_are_followed_without_a_thread_for_each(server, http):
    await take(connect(server.settings(), http))
    threads = threading.active_count()
    following = [asyncio.create_task(first_of(connect(server.settings(), http))) for _ in range(200)]
    async with asyncio.timeout(20):
        await server.idling(200)
        await server.deliver(mail("a"))
        assert await asyncio.gather(*following) == ["a"] * 200
    assert threading.active_count() < threads + 40, "those in which mails are read are shared"


async def first_of(channel) -> str:
    async with aclosing(channel.stream("", ())) as stream:
        async for batch in stream:
            if batch.posts:
                return heard([batch])[0]
    raise AssertionError


def test_places_are_kept_as_they_are():
    cursor = Cursor({"INBOX": Place(1, 2, 3.5)})
    assert msgspec.json.decode(cursor.text(), type=Cursor) == cursor
