from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser

import msgspec
import pytest

from amends.channels.base import Act, Author, Can, File, LogInAgain, Outgoing, Rejected, RetryLater, Unclear
from amends.channels.email import connect
from amends.channels.email.parse import Context
from amends.channels.email.tests.server import ADDRESS, PASSWORD, Server
from amends.channels.http import Http

QUESTION = "<question@customer.test>"
CONTEXT = Context("alice@customer.test", "A question", (QUESTION,))


def outgoing(text="We are sorry.", context=CONTEXT, **more) -> Outgoing:
    given = {
        "key": "20260302T091500123456-17", "created": datetime(2026, 3, 2, 9, 15, tzinfo=UTC), "to": QUESTION,
        "root": "mail:r6wsljexuvaaaess", "to_context": msgspec.json.encode(context).decode(), "subject": "A question",
        "to_author": Author(id="alice@customer.test", display="Alice Ärcher"),
    }  # fmt: skip
    return Outgoing(text=text, **(given | more))


def mail(content: bytes):
    return BytesParser(policy=policy.default).parsebytes(content)


def drafts(server) -> list[bool]:
    return ["\\Draft" in one.flags for one in server.boxes["Sent"].mails]


async def test_the_same_reply_is_the_same_mail_at_every_attempt(server, http):
    channel = connect(server.settings(signature="Brand Care"), http)
    files = (File("a.pdf", "application/pdf", b"%PDF"), File("b", "nonsense", b"x"))
    first, again = outgoing(files=files), outgoing(files=files)
    sent = await channel.send(first)
    server.boxes["Sent"].mails.clear()
    assert await channel.send(again) == sent
    (_, one), (_, other) = server.accepted
    assert one == other
    [_, kept] = [one, *(stored.content for stored in server.boxes["Sent"].mails)]
    assert kept == one, "the copy is what was sent"
    assert sent.id == "<amends.20260302T091500123456-17.r6wsljexuvaaaess@brand.test>"
    assert sent.at == first.created


@pytest.mark.parametrize("encoded", ["=?utf-8?q?=0D=0AX-Evil:_1?=", "=?utf-8?b?DQpYLUV2aWw6IDENCg0KUGF5IG1lIQ==?="])
async def test_nothing_that_a_customer_names_begins_a_header(server, http, encoded):
    """The very same words, decoded, would end the header that they stand in."""
    given = outgoing(
        to=f"<{encoded}>",
        to_context=msgspec.json.encode(Context("alice@customer.test", encoded, (f"<x@{encoded}>",))).decode(),
        to_author=Author(id="alice@customer.test", display=f"Alice {encoded}"),
        subject=f"Bag {encoded}",
        files=(File(f"{encoded}.txt", f"text/{encoded}", b"x"),),
    )
    await connect(server.settings(name=f"Brand {encoded}"), http).send(given)
    [(_, content)] = server.accepted
    assert b"\nX-Evil" not in content
    assert b"Pay me" not in content
    assert "Bag = ?utf-8?" in mail(content)["subject"]


async def test_all_that_a_mail_program_needs_is_in_it(server, http):
    await connect(server.settings(plus="yes"), http).send(
        outgoing("Guten Tag,\n.\nheute & <morgen>\n\nGruß", lang="de")
    )
    [(to, content)] = server.accepted
    made = mail(content)
    assert (to, str(made["to"])) == ("alice@customer.test", "Alice Ärcher <alice@customer.test>")
    assert str(made["from"]) == f"Brand Care <{ADDRESS}>"
    assert str(made["reply-to"]) == "Brand Care <support+case-r6wsljexuvaaaess@brand.test>"
    assert (made["subject"], made["in-reply-to"], made["references"]) == ("Re: A question", QUESTION, QUESTION)
    assert str(made["date"]) == "Mon, 02 Mar 2026 09:15:00 +0000"
    assert made["content-language"] == "de"
    assert content.isascii(), "nothing that an old server could break"
    assert made.get_body(("plain",)).get_content().replace("\r\n", "\n") == "Guten Tag,\n.\nheute & <morgen>\n\nGruß\n"
    assert "<p>Guten Tag,<br>.<br>heute &amp; &lt;morgen&gt;</p><p>Gruß</p>" in made.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    ("subject", "answered"),
    [
        ("A question", "Re: A question"),
        ("RE: A question", "RE: A question"),
        ("AW: Eine Frage", "AW: Eine Frage"),
        ("Re[2]: A question", "Re[2]: A question"),
        ("", "Re:"),
        ("two\r\nBcc: lines@b.test", "Re: two Bcc: lines@b.test"),
    ],
)
async def test_a_subject_is_answered_once(server, http, subject, answered):
    await connect(server.settings(), http).send(outgoing(subject=subject, context=Context("alice@customer.test")))
    made = mail(server.accepted[0][1])
    assert (made["subject"], made["bcc"]) == (answered, None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"act": Act.LIKE}, "only write back"),
        ({"context": Context("a@b.test", refuse="A program wrote this.")}, "A program wrote this"),
        ({"context": Context(ADDRESS)}, "this very mailbox"),
        ({"context": Context("support+case-r6wsljexuvaaaess@brand.test")}, "this very mailbox"),
        ({"context": Context(), "to_author": None}, "no address"),
        ({"context": Context("a@b\r\nRCPT TO:<x@y>")}, "no address"),
        ({"context": Context("ä@b.test")}, "no address"),
        ({"text": "x" * 100_001}, "100,000"),
        ({"files": tuple(File("f", "text/plain", b"") for _ in range(11))}, "at most 10"),
        ({"files": (File("film.mp4", "video/mp4", b"x" * 10_000_001),)}, "film.mp4 has more than 10 MB"),
        ({"files": tuple(File("f", "text/plain", b"x" * 9_000_000) for _ in range(3))}, "20 MB together"),
    ],
)
async def test_what_is_not_offered_does_not_leave(server, http, change, reason):
    channel = connect(server.settings(), http)
    with pytest.raises(Rejected, match=reason):
        await channel.send(outgoing(**change))
    assert not server.accepted
    assert not server.boxes["Sent"].mails


async def test_without_what_was_known_the_writers_own_address_is_answered(server, http):
    await connect(server.settings(), http).send(outgoing(to_context="{broken"))
    assert server.accepted[0][0] == "alice@customer.test"


async def test_when_the_server_breaks_off_after_the_mail_only_a_person_can_know(server, http):
    channel, reply = connect(server.settings(), http), outgoing()
    server.before_answer = lambda: False
    with pytest.raises(Unclear, match="before it said"):
        await channel.send(reply)
    assert drafts(server) == [True]
    with pytest.raises(Unclear, match="marked as a draft"):
        await channel.find(reply)
    server.boxes["Sent"].mails[0].flags.remove("\\Draft")  # as the person finds that it left
    assert (await channel.find(reply)).id == (await channel.send(reply)).id
    assert len(server.accepted) == 1


async def test_a_copy_of_a_mail_that_did_not_leave_is_used_at_the_next_attempt(server, http):
    channel, reply = connect(server.settings(), http), outgoing()
    server.before_answer = lambda: False
    with pytest.raises(Unclear):
        await channel.send(reply)
    server.before_answer = lambda: True
    await channel.send(reply)  # after a person has seen that it did not leave
    assert drafts(server) == [False]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(
    ("answer", "error", "after"),
    [
        ("450 4.2.0 Greylisted", RetryLater, timedelta(minutes=5)),
        ("421 4.3.0 Too busy", RetryLater, None),
        ("550 5.7.1 We don't want it", Rejected, None),
    ],
)
async def test_a_refusal_leaves_nothing_behind(server, http, verb, answer, error, after):
    channel, reply = connect(server.settings(), http), outgoing()
    server.refuse[verb] = answer
    with pytest.raises(error, match=answer[4:]) as raised:
        await channel.send(reply)
    assert getattr(raised.value, "after", None) == after
    assert not server.boxes["Sent"].mails
    assert await channel.find(reply) is None
    server.refuse.clear()
    await channel.send(reply)
    assert drafts(server) == [False]


async def test_a_server_that_can_not_remove_alone_keeps_it_marked(server, http):
    server.capabilities = "IMAP4rev1 AUTH=PLAIN"
    channel, reply = connect(server.settings(), http), outgoing()
    server.refuse["."] = "550 No"
    with pytest.raises(Rejected):
        await channel.send(reply)
    assert "\\Deleted" in server.boxes["Sent"].mails[0].flags
    assert await channel.find(reply) is None


async def test_that_the_copy_can_not_be_marked_changes_nothing(server, http):
    server.refuse["UID STORE"] = "NO Not now"
    assert await connect(server.settings(), http).send(outgoing())
    assert len(server.accepted) == 1


async def test_a_full_sent_folder_is_told_before_anything_leaves(server, http):
    server.refuse["APPEND"] = "NO [OVERQUOTA] The mailbox is full"
    with pytest.raises(Rejected, match=r"takes no copy.*The mailbox is full"):
        await connect(server.settings(), http).send(outgoing())
    assert not server.accepted


async def test_a_sent_folder_is_made_where_there_is_none(server, http):
    del server.boxes["Sent"]
    server.uses = {}
    await connect(server.settings(), http).send(outgoing())
    assert len(server.boxes["Sent"].mails) == 1


async def test_a_provider_that_files_copies_is_asked_for_them(server, http):
    channel, reply = connect(server.settings(copies="server"), http), outgoing()
    sent = await channel.send(reply)
    assert not server.boxes["Sent"].mails
    with pytest.raises(Unclear, match="look there"):
        await channel.find(reply)
    await server.deliver(server.accepted[0][1], "Sent")
    assert await channel.find(reply) == sent == await channel.send(reply)
    assert len(server.accepted) == 1


async def test_without_copies_nothing_is_looked_up(server, http):
    channel = connect(server.settings(copies="nobody"), http)
    assert Can.FIND not in channel.can
    await channel.send(outgoing())
    with pytest.raises(Rejected):
        await channel.find(outgoing())
    assert not any(line.startswith(("LIST", "AUTHENTICATE")) for line in server.commands)


@pytest.mark.parametrize("offered", [["AUTH PLAIN LOGIN"], ["AUTH LOGIN"], ["SIZE"], []])
async def test_it_logs_in_as_the_server_offers(server, http, offered):
    server.extensions = offered
    await connect(server.settings(), http).send(outgoing())
    assert len(server.accepted) == 1


async def test_a_mail_that_the_server_finds_too_large_is_told(server, http):
    server.extensions = ["SIZE 1000000", "AUTH PLAIN"]
    with pytest.raises(Rejected, match=r"has 2\.\d MB, .* takes 1\.0 MB"):
        await connect(server.settings(), http).send(outgoing(files=(File("f", "text/plain", b"x" * 2_000_000),)))


@pytest.mark.parametrize("extensions", [["AUTH PLAIN"], ["AUTH LOGIN"]])
async def test_a_password_that_only_smtp_refuses_is_told_and_not_shown(server, http, extensions):
    server.extensions, server.refuse["AUTH"] = extensions, f"535 5.7.8 {PASSWORD} is wrong"
    channel = connect(server.settings(), http)
    for call in (channel.check(), channel.send(outgoing())):
        with pytest.raises(LogInAgain, match="app password") as error:
            await call
        assert PASSWORD not in str(error.value)
    server.refuse["AUTH"] = f"454 4.7.0 Can't ask for {PASSWORD} now"
    with pytest.raises(RetryLater, match="now") as error:
        await channel.check()
    assert PASSWORD not in str(error.value)


async def test_a_password_never_travels_in_the_clear(server, monkeypatch):
    """As if the server were somewhere on the Internet."""
    from amends.channels.wire import Wire

    monkeypatch.setattr(Wire, "private", property(lambda wire: False))
    http = Http(allow_private=True, timeout=2, patience=2)
    with pytest.raises(Rejected, match="unencrypted"):
        await connect(server.settings(), http).check()
    with pytest.raises(Rejected, match="unencrypted"):
        await connect(server.settings(copies="nobody"), http).send(outgoing())
    assert not any("AUTH" in line.upper() for line in server.commands)
    await http.close()


@pytest.mark.parametrize("line", ["imap", "smtp"])
@pytest.mark.parametrize("way", ["there", "back"])
async def test_wherever_the_line_breaks_it_leaves_at_most_once_and_is_told_truly(line, way):
    """The line to one server breaks after so many bytes in one direction; then all is well."""
    fates = set()
    for limit in range(0, 4000, 97) if way == "there" else range(0, 900, 13):
        async with Server().running() as server, breaking(getattr(server, f"{line}_port"), way, limit) as port:
            http = Http(allow_private=True, timeout=2, patience=2)
            broken = connect(server.settings(**{line: f"127.0.0.1:{port}"}), http)
            well, reply = connect(server.settings(), http), outgoing()
            try:
                await broken.send(reply)
                left = True
            except RetryLater:
                left = False
                assert not server.accepted, f"after {limit} bytes it was said not to have left"
            except Unclear:
                left = None
            if left is None:
                with suppress(Unclear):
                    left = await well.find(reply) is not None
            if left is False:
                await well.send(reply)
            assert len(server.accepted) == 1 if left is not None else len(server.accepted) <= 1
            fates.add(left)
            await http.close()
    assert {True, False} <= fates
    assert (None in fates) == (line == "smtp"), "the mail itself goes to one server alone"


@asynccontextmanager
async def breaking(target: int, way: str, limit: int):
    """A line to a port of this machine that breaks after so many bytes "there" or "back"."""

    async def carry(reader, writer):
        there, onward = await asyncio.open_connection("127.0.0.1", target)

        async def pump(source, sink, left):
            with suppress(OSError):
                while left > 0 and (piece := await source.read(min(left, 65536))):
                    left -= len(piece)
                    sink.write(piece)
                    await sink.drain()

        pumps = [
            asyncio.create_task(pump(reader, onward, limit if way == "there" else 1 << 30)),
            asyncio.create_task(pump(there, writer, limit if way == "back" else 1 << 30)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for one in pumps:
            one.cancel()
        writer.close()
        onward.close()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
