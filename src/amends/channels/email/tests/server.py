"""A mail server that is none: a simulator of IMAP (RFC 3501, with IDLE, SASL-IR, UIDPLUS, SPECIAL-USE) and of SMTP
(RFC 5321) on loopback, written after those documents, with one mailbox. What is sent to `ADDRESS` lands in its INBOX.

`tests/peers` has the same tests against Postfix and Dovecot.
"""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesHeaderParser

ADDRESS, PASSWORD = "support@brand.test", "correct horse battery"


@dataclass
class Stored:
    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)
    received: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Box:
    validity: int = 1
    next: int = 1
    mails: list[Stored] = field(default_factory=list)

    def add(self, content: bytes, flags=()) -> Stored:
        self.mails.append(Stored(self.next, content, set(flags)))
        self.next += 1
        return self.mails[-1]


class Server:
    """`capabilities` may be changed; `refuse` maps a command's first word to what is answered instead of doing it."""

    def __init__(self) -> None:
        self.boxes = {"INBOX": Box(), "Sent": Box(7)}
        self.uses = {"Sent": "\\Sent"}
        self.capabilities = "IMAP4rev1 IDLE SASL-IR UIDPLUS AUTH=PLAIN"
        self.extensions = ["SIZE 30000000", "AUTH PLAIN LOGIN", "8BITMIME"]
        self.refuse: dict[str, str] = {}
        self.commands: list[str] = []
        self.accepted: list[tuple[str, bytes]] = []  # (to, mail) that SMTP took
        self.before_answer = lambda: None  # called when SMTP has a whole mail, before it says so
        self.news = asyncio.Event()
        self.waiting, self.waits = 0, asyncio.Event()
        self.lines: set[asyncio.StreamWriter] = set()
        self.imap_port = self.smtp_port = 0

    @asynccontextmanager
    async def running(self):
        imap = await asyncio.start_server(self._serve(Imap), "127.0.0.1", 0, limit=1 << 26)
        smtp = await asyncio.start_server(self._serve(Smtp), "127.0.0.1", 0, limit=1 << 26)
        self.imap_port, self.smtp_port = (one.sockets[0].getsockname()[1] for one in (imap, smtp))
        try:
            yield self
        finally:
            imap.close()
            smtp.close()
            self.break_off()

    def settings(self, **more):
        return {
            "address": ADDRESS, "password": PASSWORD, "name": "Brand Care", "imap_security": "none",
            "smtp_security": "none", "imap": f"127.0.0.1:{self.imap_port}", "smtp": f"127.0.0.1:{self.smtp_port}",
        } | more  # fmt: skip

    async def deliver(self, content: bytes, folder="INBOX", flags=()) -> Stored:
        made = self.boxes[folder].add(content, flags)
        self.news.set()
        self.news = asyncio.Event()
        return made

    async def idling(self, count):
        """Until so many wait for mail."""
        while self.waiting < count:
            self.waits.clear()
            await self.waits.wait()

    def break_off(self):
        for writer in list(self.lines):
            writer.transport.abort()

    def _serve(self, kind):
        async def one(reader, writer):
            self.lines.add(writer)
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await kind(self, reader, writer).serve()
            self.lines.discard(writer)
            writer.close()

        return one


class Imap:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.box: Box | None = None
        self.seen = 0
        self.known = False

    def say(self, text):
        self.writer.write(text.encode() + b"\r\n" if isinstance(text, str) else text)

    async def serve(self):
        self.say("* OK Simulator ready.")
        while line := await self.reader.readline():
            tag, command, rest = (line.decode("utf-8", "replace").rstrip("\r\n") + "  ").split(" ", 2)
            rest = rest.strip()
            if command == "UID":
                sub, _, rest = rest.partition(" ")
                command = f"UID {sub}"
            self.server.commands.append(f"{command} {rest}".strip())
            if refusal := self.server.refuse.get(command):
                self.say(f"{tag} {refusal}")
            elif answer := await getattr(self, command.replace(" ", "_").lower())(tag, rest):
                self.say(f"{tag} {answer}")
            await self.writer.drain()
            if command == "LOGOUT":
                return

    async def capability(self, tag, rest):
        self.say(f"* CAPABILITY {self.server.capabilities}")
        return "OK done"

    async def noop(self, tag, rest):
        self.tell()
        return "OK done"

    async def logout(self, tag, rest):
        self.say("* BYE Goodbye")
        return "OK done"

    async def login(self, tag, rest):
        return self.judge(*re.findall(r'"((?:[^"\\]|\\.)*)"', rest))

    async def authenticate(self, tag, rest):
        _, _, token = rest.partition(" ")
        if not token:
            self.say("+ ")
            await self.writer.drain()
            token = (await self.reader.readline()).decode().strip()
        return self.judge(*b64decode(token).decode().split("\0")[1:])

    def judge(self, user, password):
        self.known = (user, password) == (ADDRESS, PASSWORD)
        return "OK logged in" if self.known else f"NO [AUTHENTICATIONFAILED] Not with {password}"

    async def list(self, tag, rest):
        for name in self.server.boxes:
            self.say(f'* LIST (\\HasNoChildren {self.server.uses.get(name, "")}) "/" "{name}"')
        return "OK done"

    async def create(self, tag, rest):
        self.server.boxes[rest.strip('"')] = Box()
        return "OK made"

    async def status(self, tag, rest):
        name = re.match('"(.*?)"', rest)[1]
        box = self.server.boxes[name]
        self.say(f'* STATUS "{name}" (UIDVALIDITY {box.validity} UIDNEXT {box.next})')
        return "OK done"

    async def select(self, tag, rest):
        self.box = self.server.boxes.get(rest.strip('"'))
        if self.box is None:
            return "NO [NONEXISTENT] There is no such folder"
        self.seen = len(self.box.mails)
        self.say(f"* {self.seen} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Draft)")
        self.say(f"* OK [UIDVALIDITY {self.box.validity}] UIDs valid\r\n* OK [UIDNEXT {self.box.next}] Next")
        return "OK [READ-WRITE] done"

    examine = select

    def tell(self):
        if self.box is not None and len(self.box.mails) > self.seen:
            self.seen = len(self.box.mails)
            self.say(f"* {self.seen} EXISTS")

    async def idle(self, tag, rest):
        self.say("+ idling")
        await self.writer.drain()
        done = asyncio.create_task(self.reader.readline())
        self.server.waiting += 1
        self.server.waits.set()
        while not done.done():
            self.tell()
            await self.writer.drain()
            news = asyncio.create_task(self.server.news.wait())
            await asyncio.wait({done, news}, return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
        self.server.waiting -= 1
        if not done.result():
            raise ConnectionError
        return "OK idled"

    async def uid_search(self, tag, rest):
        found = self.box.mails
        if match := re.fullmatch(r"UID (\d+):\*", rest):
            # As the RFC has it: the last mail is always in a range that ends in *.
            found = [one for one in found if one.uid >= int(match[1])] or found[-1:]
        elif match := re.fullmatch(r'UNDELETED HEADER Message-ID "(.*)"', rest):
            found = [one for one in found if "\\Deleted" not in one.flags and match[1] == self.id(one)]
        elif match := re.fullmatch(r"SINCE (\S+)", rest):
            since = datetime.strptime(match[1], "%d-%b-%Y").replace(tzinfo=UTC)
            found = [one for one in found if one.received >= since]
        self.say("* SEARCH " + " ".join(str(one.uid) for one in found))
        return "OK done"

    def id(self, mail):
        return str(BytesHeaderParser().parsebytes(mail.content)["message-id"] or "").strip()

    def chosen(self, uids):
        wanted = set(map(int, uids.split(",")))
        return [(at, one) for at, one in enumerate(self.box.mails, 1) if one.uid in wanted]

    async def uid_fetch(self, tag, rest):
        uids, _, what = rest.partition(" ")
        for at, one in self.chosen(uids):
            fields = [f"UID {one.uid}".encode()]
            if "RFC822.SIZE" in what:
                fields.append(b"RFC822.SIZE %d" % len(one.content))
            if "FLAGS" in what:
                fields.append(f"FLAGS ({' '.join(sorted(one.flags))})".encode())
            if "INTERNALDATE" in what:
                fields.append(f'INTERNALDATE "{one.received:%d-%b-%Y %H:%M:%S} +0000"'.encode())
            if found := re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", what):
                held = one.content[: int(found[1])]
                fields.append(b"BODY[]<0> {%d}\r\n%s" % (len(held), held))
            self.say(b"* %d FETCH (%s)\r\n" % (at, b" ".join(fields)))
        return "OK done"

    async def append(self, tag, rest):
        name, flags, size = re.match(r'"(.*?)" \((.*?)\) \{(\d+)\}', rest).groups()
        self.say("+ go on")
        await self.writer.drain()
        content = await self.reader.readexactly(int(size))
        await self.reader.readline()
        made = await self.server.deliver(content, name, flags.split())
        return f"OK [APPENDUID 7 {made.uid}] done"

    async def uid_store(self, tag, rest):
        uids, sign, flags = re.match(r"(\S+) ([+-])FLAGS(?:\.SILENT)? \((.*)\)", rest).groups()
        for _, one in self.chosen(uids):
            one.flags = one.flags | set(flags.split()) if sign == "+" else one.flags - set(flags.split())
        return "OK done"

    async def uid_expunge(self, tag, rest):
        gone = {one.uid for _, one in self.chosen(rest)}
        self.box.mails = [one for one in self.box.mails if one.uid not in gone]
        return "OK done"


class Smtp:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer

    def say(self, text):
        self.writer.write(text.encode() + b"\r\n")

    async def serve(self):
        self.say("220 simulator.test ready")
        to = ""
        while line := (await self.reader.readline()).decode().strip():
            verb = line.partition(" ")[0].upper()
            self.server.commands.append(line)
            if refusal := self.server.refuse.get(verb):
                self.say(refusal)
            elif verb == "EHLO":
                offered = ["simulator.test", *self.server.extensions]
                self.say(
                    "\r\n".join(f"250{' ' if at == len(offered) - 1 else '-'}{one}" for at, one in enumerate(offered))
                )
            elif verb == "AUTH":
                self.say(await self.auth(line))
            elif verb in ("MAIL", "RCPT"):
                to = line.partition("<")[2].partition(">")[0] if verb == "RCPT" else to
                self.say("250 2.1.0 Ok")
            elif verb == "DATA":
                self.say("354 go on")
                await self.take(to)
            else:
                self.say("500 What?")
            await self.writer.drain()

    async def auth(self, line):
        _, kind, *rest = line.split(" ")
        if kind == "PLAIN":
            _, user, password = b64decode(rest[0]).decode().split("\0")
        else:
            given = []
            for question in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"):
                self.say(f"334 {question}")
                await self.writer.drain()
                given.append(b64decode(await self.reader.readline()).decode())
            user, password = given
        return "235 2.7.0 Ok" if (user, password) == (ADDRESS, PASSWORD) else f"535 5.7.8 Not with {password}"

    async def take(self, to):
        await self.writer.drain()
        content = b""
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise ConnectionError
            content += line.removeprefix(b".") if line.startswith(b"..") else line
        if refusal := self.server.refuse.get("."):
            self.say(refusal)
            return
        self.server.accepted.append((to, content))
        if self.server.before_answer() is False:
            raise ConnectionError
        if to == ADDRESS:
            await self.server.deliver(content)
        self.say("250 2.0.0 Queued")
