"""The e-mail channel against Postfix and Dovecot."""

from __future__ import annotations

import asyncio
import imaplib
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import pytest

from amends.channels.base import Author, Channel, File, LogInAgain, Outgoing, Post, Rejected, Rule
from amends.channels.email import connect
from amends.channels.http import Http
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Heard, Network
from tests.peers.mail import PASSWORD, MailServers, servers

pytestmark = [pytest.mark.peer, pytest.mark.xdist_group("mail")]


class Mailbox(Network):
    """A mailbox of its own. `through`: the server that is reached by `address`; the other one is reached straight."""

    def __init__(self, servers: MailServers, through: str) -> None:
        self.servers, self.through = servers, through
        self.support = servers.address("support")
        self.customer = self.support.replace("support", "alice").replace("brand", "customer")
        self.address = f"tcp://127.0.0.1:{servers.imap if through == 'imap' else servers.smtp}"

    async def write(self, text: str) -> str:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"Alice <{self.customer}>", self.support, "A question"
        mail["Date"], mail["Message-ID"] = format_datetime(datetime.now(UTC)), make_msgid(domain="customer.test")
        mail.set_content(text)
        await asyncio.to_thread(self.servers.write, mail)
        return str(mail["Message-ID"])

    async def replies(self, text: str) -> int:
        mails = await asyncio.to_thread(self.servers.received, self.customer)
        return sum(text in mail.get_body(("plain",)).get_content() for mail in mails)

    async def end_sessions(self) -> None:
        await asyncio.to_thread(self.servers.kick, self.support)


class TestHearing(ChannelContract):
    """Faults are between it and Dovecot."""

    name = "email"
    recorded = False
    through = "imap"

    @pytest.fixture(autouse=True)
    def started(self, mail_servers: MailServers) -> None:
        self.servers = mail_servers

    @asynccontextmanager
    async def network(self) -> AsyncIterator[Mailbox]:
        yield Mailbox(self.servers, self.through)

    def settings(self, network: Mailbox) -> dict[str, str]:
        reached = {self.through: network.address.removeprefix("tcp://")}
        return self.servers.settings(network.support, plus="yes", **reached)


@pytest.mark.usefixtures("mail_servers")  # skipped where they are not installed
async def test_a_server_that_is_killed_is_heard_again() -> None:
    ground = TestHearing()
    with servers() as ground.servers:  # its own: Postfix holds lines to Dovecot that break with it
        async with ground.network() as network, ground.connected(network) as channel:
            first = await network.write(f"{ground.word} 1")
            heard = await ground.hear(channel, network, Heard(), lambda heard: first in heard.posts)
            await asyncio.to_thread(ground.servers.restart)
            second = await network.write(f"{ground.word} 2")
            await ground.hear(channel, network, heard, lambda heard: second in heard.posts)
            outgoing = ground.reply(channel, heard.posts[second], "We are back.", 1)
            for _ in range(3):  # it may be asked to come again
                if await ground.attempt(channel, outgoing):
                    break
            assert await network.replies("We are back.") == 1


class TestSending(TestHearing):
    """Faults are between it and Postfix."""

    through = "smtp"
    silent = frozenset({
        Rule.RESUMES, Rule.ONCE, Rule.BACKFILLS, Rule.LOGS_IN, Rule.CHAOS, Rule.SECRETS, Rule.LIMITS,
    })  # fmt: skip


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    door = Http(allow_private=True)
    yield door
    await door.close()


@pytest.fixture
def mailbox(mail_servers: MailServers) -> Mailbox:
    return Mailbox(mail_servers, "imap")


@pytest.fixture
def channel(mailbox: Mailbox, http: Http) -> Channel:
    return connect(mailbox.servers.settings(mailbox.support, plus="yes", signature="Brand Care\nAt your service"), http)


async def hear(channel: Channel, *wanted: str, cursor: str = "") -> tuple[dict[str, Post], str]:
    """Everything until these ids are heard."""
    found: dict[str, Post] = {}
    async with asyncio.timeout(20), aclosing(channel.stream(cursor, ())) as batches:
        async for batch in batches:
            found |= {post.id: post for post in batch.posts}
            cursor = batch.cursor or cursor
            assert not batch.malformed
            if set(wanted) <= found.keys():
                return found, cursor
    raise AssertionError


def reply_to(channel: Channel, post: Post, text: str, salt: int, files: tuple[File, ...] = ()) -> Outgoing:
    now = datetime.now(UTC)
    return Outgoing(
        key=channel.new_key(now, salt), text=text, created=now, to=post.id, root=post.thread, to_author=post.author,
        to_context=post.context, visibility=post.visibility, subject=post.subject, files=files,
    )  # fmt: skip


async def test_a_question_its_answer_and_what_comes_back_are_one_thread(mailbox, channel):
    asked = await mailbox.write("Where is my bag?")
    heard, cursor = await hear(channel, asked)
    question = heard[asked]
    files = (File("Formular für Gepäck.pdf", "application/pdf", b"%PDF-1.4 made up"),)
    text = "Wir suchen ihn <überall> & melden uns.\n\nBis bald"
    sent = await channel.send(reply_to(channel, question, text, 1, files))
    [answer] = mailbox.servers.received(mailbox.customer)
    assert (answer["subject"], answer["in-reply-to"], answer["references"]) == ("Re: A question", asked, asked)
    assert answer["from"] == f"Brand Care <{mailbox.support}>"
    assert "auto-submitted" not in answer
    words = answer.get_body(("plain",)).get_content()
    assert words.startswith(f"{text}\n\n-- \nBrand Care\nAt your service")
    html = answer.get_body(("html",)).get_content()
    assert "<p>Wir suchen ihn &lt;überall&gt; &amp; melden uns.</p><p>Bis bald</p>" in html
    [file] = answer.iter_attachments()
    assert (file.get_filename(), file.get_content()) == (files[0].name, files[0].content)
    back = EmailMessage()
    back["From"], back["To"], back["Subject"] = answer["to"], answer["reply-to"], "My bag"
    back["Message-ID"] = make_msgid(domain="phone.test")
    back.set_content("It is blue.")
    mailbox.servers.write(back)
    heard, _ = await hear(channel, str(back["Message-ID"]), sent.id, cursor=cursor)
    assert heard[str(back["Message-ID"])].thread == question.thread, "by the address alone"
    own = heard[sent.id]
    assert (own.author.id, own.thread, own.parent, own.addressed) == (mailbox.support, question.thread, asked, False)


async def test_an_answer_that_did_not_arrive_is_told_in_its_thread(mailbox, channel):
    lost = Post(
        network="email", id="<lost@customer.test>", author=Author(id="lost@customer.test"), created=datetime.now(UTC),
        root="mail:abcdefghij234567", context='{"to":"lost@customer.test","subject":"Lost"}',
    )  # fmt: skip
    sent = await channel.send(reply_to(channel, lost, "We are sorry.", 2))
    await asyncio.to_thread(mailbox.servers.settle)
    async with asyncio.timeout(20), aclosing(channel.stream("", ())) as batches:
        async for batch in batches:
            if told := [post for post in batch.posts if post.author.display == "Mail system"]:
                break
    assert told[0].text.startswith("A mail to lost@customer.test did not arrive. There is no mailbox of that name.")
    assert (told[0].thread, told[0].parent, told[0].addressed) == (lost.root, sent.id, False)
    assert told[0].returns == sent.id
    with pytest.raises(Rejected, match="reads no answers"):
        await channel.send(reply_to(channel, told[0], "Oh.", 3))


async def test_an_address_that_is_refused_at_once_is_told(mailbox, channel):
    asked = await mailbox.write("Where is my bag?")
    heard, _ = await hear(channel, asked)
    outgoing = reply_to(channel, heard[asked], "We are sorry.", 4)
    gone = Outgoing(key=outgoing.key, text="x", created=outgoing.created, to=asked, to_context='{"to":"bob@gone.test"}')
    with pytest.raises(Rejected, match="nobody of that name"):
        await channel.send(gone)
    assert await channel.find(gone) is None, "nothing is left in the Sent folder"


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_it_is_encrypted_and_the_name_is_checked(mailbox, monkeypatch, security):
    servers = mailbox.servers
    monkeypatch.setenv("SSL_CERT_FILE", str(servers.certificate))
    ports = (servers.imaps, servers.smtps) if security == "tls" else (servers.imap, servers.smtp)
    secure = {"imap_security": security, "smtp_security": security}
    named = {"imap": f"localhost:{ports[0]}", "smtp": f"localhost:{ports[1]}"}
    door = Http(allow_private=True)
    checked = await connect(servers.settings(mailbox.support, **secure, **named), door).check()
    assert checked.account == Author(id=mailbox.support, name=mailbox.support, display="Brand Care")
    assert checked.note == "Hears INBOX, Sent."
    with pytest.raises(Rejected, match=r"could not prove that it is 127\.0\.0\.1"):
        await connect(servers.settings(mailbox.support, **secure) | {"imap": f"127.0.0.1:{ports[0]}"}, door).check()
    wrong = {"password": PASSWORD + "?"}
    with pytest.raises(LogInAgain, match="app password"):
        await connect(servers.settings(mailbox.support, **secure, **named) | wrong, door).check()
    await door.close()


async def test_a_folder_with_another_alphabet_is_heard(mailbox, http):
    servers = mailbox.servers
    with imaplib.IMAP4("127.0.0.1", servers.imap) as line:
        line.login(mailbox.support, PASSWORD)
        folder = '"Entw&APw-rfe &- mehr"'
        line.create(folder)
        line.append(folder, None, None, b"From: a@customer.test\r\nMessage-ID: <f@x.test>\r\n\r\nHallo")
    channel = connect(servers.settings(mailbox.support, folders="INBOX\nEntwürfe & mehr"), http)
    heard, _ = await hear(channel, "<f@x.test>")
    assert heard["<f@x.test>"].text == "Hallo"
    wrong = connect(servers.settings(mailbox.support, folders="Nowhere"), http)
    with pytest.raises(Rejected, match=r"no folder 'Nowhere'.*Entwürfe & mehr"):
        await wrong.check()
