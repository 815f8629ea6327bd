from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from amends.channels.base import Batch, Malformed, Rule
from amends.channels.email.parse import parse
from amends.channels.email.tests.server import ADDRESS, Server
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

FIXTURES = Path(__file__).parents[1] / "fixtures"
RECEIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Mailbox(Network):
    """The simulator as its people use it. `through`: the server that is reached by `address`; the other one is reached
    straight."""

    def __init__(self, server, through):
        self.server, self.through = server, through
        port = server.imap_port if through == "imap" else server.smtp_port
        self.address = f"tcp://127.0.0.1:{port}"

    async def write(self, text):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Alice <alice@customer.test>", ADDRESS, "A question"
        mail["Date"], mail["Message-ID"] = format_datetime(datetime.now(UTC)), make_msgid(domain="customer.test")
        mail.set_content(text)
        await self.server.deliver(mail.as_bytes())
        return mail["Message-ID"]

    async def replies(self, text):
        wanted = text.encode()
        return sum(to == "alice@customer.test" and wanted in mail for to, mail in self.server.accepted)

    async def end_sessions(self):
        self.server.break_off()


class TestEmail(ChannelContract):
    """Faults are between it and the IMAP server."""

    name = "email"
    through = "imap"
    silent = frozenset({Rule.REPLIES_ONCE})

    def payloads(self):
        return {path.name: path.read_bytes() for path in sorted(FIXTURES.glob("*.eml"))}

    def parse(self, name, payload):
        found = parse(payload, RECEIVED, ADDRESS)
        return Batch(malformed=(found,)) if isinstance(found, Malformed) else Batch(posts=(found,))

    @asynccontextmanager
    async def network(self):
        async with Server().running() as server:
            yield Mailbox(server, self.through)

    def settings(self, network):
        return network.server.settings(**{self.through: network.address.removeprefix("tcp://")})


class TestSending(TestEmail):
    """Faults are between it and the SMTP server."""

    through = "smtp"
    recorded = False
    silent = frozenset({
        Rule.RESUMES, Rule.ONCE, Rule.BACKFILLS, Rule.LOGS_IN, Rule.CHAOS, Rule.SECRETS, Rule.LIMITS,
    })  # fmt: skip
