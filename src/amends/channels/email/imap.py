"""A small IMAP client (RFC 3501, with IDLE, SASL-IR, UIDPLUS and SPECIAL-USE where a server has them).

One connection is one task's; hundreds of idle ones cost a socket and some kilobytes each.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from amends.channels.base import BadData, LogInAgain, Rejected, RetryLater
from amends.channels.email.account import Account
from amends.channels.email.mailboxes import Folder, decoded, encoded
from amends.channels.email.responses import LITERAL, Response, names, number
from amends.channels.http import Http
from amends.channels.wire import Wire

LARGEST = 40 << 20  # bytes of an answer, for each of whose parts
EACH = 200  # are counted besides
ANSWER = 900.0  # seconds for the whole of it: a large mail at 30 kB/s
# Codes of a refused log-in that say the server is not ready (RFC 5530), rather than that the password is wrong.
BUSY = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED"})


class Refused(Rejected):
    """The server's NO or BAD. `code` is its own word for it ("TRYCREATE"), "" if it has none."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Selected(NamedTuple):
    validity: int
    next: int  # the uid that the next mail will get


class Imap:
    """A connection that is logged in. `grown`: mail has come into the open folder since `search` was last asked."""

    def __init__(self, wire: Wire, account: Account) -> None:
        self._wire, self._account = wire, account
        self._count = self._exists = 0
        self.capabilities: frozenset[str] = frozenset()
        self.grown = False
        self.open = ""

    def __repr__(self) -> str:
        return f"Imap({self._account.address} at {self._wire.host})"

    async def folders(self) -> list[Folder]:
        found = []
        for response in await self._ask(b'LIST "" "*"'):
            values = response.values()[2:]
            if response.word() == "LIST" and len(values) >= 3 and isinstance(values[2], bytes):
                delimiter = values[1].decode("ascii", "replace") if isinstance(values[1], bytes) else ""
                found.append(Folder(decoded(values[2]), delimiter, names(values[0])))
        return found

    async def select(self, folder: str, *, write: bool = False) -> Selected:
        """Open a folder. Raises `Refused` where there is none of that name."""
        self.open, self._exists = "", 0
        answers = await self._ask((b"SELECT " if write else b"EXAMINE ") + encoded(folder))
        told = {code: argument for code, argument, _ in (one.said() for one in answers if one.word() == "OK")}
        self.open = folder
        return Selected(_int(told.get("UIDVALIDITY", "")), _int(told.get("UIDNEXT", "")))

    async def status(self, folder: str) -> Selected:
        """How a folder stands that is not open."""
        for response in await self._ask(b"STATUS " + encoded(folder) + b" (UIDVALIDITY UIDNEXT)"):
            if response.word() == "STATUS":
                held = next((value for value in reversed(response.values()) if isinstance(value, list)), [])
                told = {
                    str(name, "ascii", "replace").upper(): number(value)
                    for name, value in zip(held[::2], held[1::2], strict=False)
                }
                return Selected(told.get("UIDVALIDITY", 0), told.get("UIDNEXT", 0))
        raise BadData(f"{self._wire.host} did not say how the folder {folder} stands.")

    async def search(self, criteria: str) -> list[int]:
        """The uids that fit, in order. `criteria` are of ASCII."""
        self.grown = False
        found: set[int] = set()
        for response in await self._ask(b"UID SEARCH " + criteria.encode("ascii", "replace")):
            if response.word() == "SEARCH":
                found.update(number(value) for value in response.values()[2:])
        return sorted(found - {0})

    async def fetch(self, uids: Iterable[int], what: str) -> dict[int, dict[str, object]]:
        """{uid: {name: value}} of those that are still there."""
        asked = b"UID FETCH " + ",".join(map(str, uids)).encode() + b" (UID " + what.encode() + b")"
        found: dict[int, dict[str, object]] = {}
        for response in await self._ask(asked):
            if response.number()[1] == "FETCH":
                fields = response.fields()
                if uid := number(fields.get("UID")):
                    found.setdefault(uid, {}).update(fields)
        return found

    async def create(self, folder: str) -> None:
        await self._ask(b"CREATE " + encoded(folder))

    async def append(self, folder: str, mail: bytes, flags: str) -> None:
        await self._ask(b"APPEND " + encoded(folder) + b" (" + flags.encode() + b") ", mail)

    async def store(self, uids: Iterable[int], change: str) -> None:
        """Change flags: `-FLAGS (\\Draft)`."""
        await self._ask(b"UID STORE " + ",".join(map(str, uids)).encode() + b" " + change.encode())

    async def remove(self, uids: Sequence[int]) -> None:
        """Delete these alone. A server that can't (it has no UIDPLUS) keeps them, marked as deleted."""
        await self.store(uids, "+FLAGS.SILENT (\\Deleted)")
        if "uidplus" in self.capabilities:
            await self._ask(b"UID EXPUNGE " + ",".join(map(str, uids)).encode())

    async def wait(self, seconds: float) -> None:
        """Until mail comes into the open folder, or so long. Without IDLE, look once in a while."""
        if self.grown:
            return
        if "idle" not in self.capabilities:
            await asyncio.sleep(min(seconds, 20))
            await self._ask(b"NOOP")
            return
        mark = self._mark()
        await self._wire.send(mark + b" IDLE\r\n")
        while not (response := await self._response()).line.startswith(b"+"):
            if response.line.startswith(mark):
                raise BadData(f"{self._wire.host} says that it can wait for mail, and does not.")
            self._notice(response)
        end = asyncio.get_running_loop().time() + seconds
        with suppress(TimeoutError):
            while not self.grown:
                left = end - asyncio.get_running_loop().time()
                self._notice(Response((await self._wire.line(max(left, 0.001)),)))
        await self._wire.send(b"DONE\r\n")
        await self._finish(mark)

    async def log_out(self) -> None:
        """Say goodbye, without waiting for an answer."""
        with suppress(RetryLater):
            await self._wire.send(self._mark() + b" LOGOUT\r\n")
        self.close()

    def close(self) -> None:
        self._wire.close()

    # Connecting.

    async def greet(self, security: str) -> None:
        """The server's greeting, and encryption where it is still to come."""
        greeting = Response((await self._wire.line(),))
        if greeting.word() not in ("OK", "PREAUTH"):
            raise RetryLater(f"{self._wire.host} takes no connection now{_words(greeting)} Trying again.")
        if security == "starttls":
            await self._ask(b"STARTTLS")
            await self._wire.secure()
        if not self._wire.private:
            raise Rejected(f"The password would go to {self._wire.host} unencrypted: choose tls or starttls.")
        await self._learn()

    async def log_in(self) -> None:
        """Raises `LogInAgain` where the password is refused, `RetryLater` where the server is busy."""
        user, password = self._account.user, self._account.password
        try:
            if "auth=plain" in self.capabilities:
                token = b64encode(f"\0{user}\0{password}".encode())
                if "sasl-ir" in self.capabilities:
                    await self._ask(b"AUTHENTICATE PLAIN " + token)
                else:
                    await self._ask(b"AUTHENTICATE PLAIN", then=token)
            elif "logindisabled" in self.capabilities:
                raise Rejected(f"{self._wire.host} takes no passwords{self._hint()}")
            else:
                await self._ask(b"LOGIN " + _quoted(user) + b" " + _quoted(password))
        except Refused as error:
            if error.code in BUSY:
                raise RetryLater(str(error)) from error
            raise LogInAgain(f"{self._wire.host} refuses the password{self._hint()}") from error
        await self._learn()

    def _hint(self) -> str:
        return f" for {self._account.address}. {self._account.provider.advice}"

    async def _learn(self) -> None:
        for response in await self._ask(b"CAPABILITY"):
            if response.word() == "CAPABILITY":
                self.capabilities = names(response.values()[2:])

    # Asking and answering.

    async def _ask(self, command: bytes, literal: bytes | None = None, then: bytes | None = None) -> list[Response]:
        """The untagged answers to a command. `literal` is its end; `then` answers what the server asks. Raises
        `Refused`."""
        mark = self._mark()
        if literal is None:
            await self._wire.send(mark + b" " + command + b"\r\n")
        else:
            await self._wire.send(mark + b" " + command + b"{%d}\r\n" % len(literal))
            then = literal
        return await self._finish(mark, then)

    async def _finish(self, mark: bytes, then: bytes | None = None) -> list[Response]:
        try:
            async with asyncio.timeout(ANSWER):
                return await self._answer(mark, then)
        except TimeoutError as error:
            raise RetryLater(f"{self._wire.host} takes too long to answer. Connecting again.") from error

    async def _answer(self, mark: bytes, then: bytes | None) -> list[Response]:
        found: list[Response] = []
        held = 0
        while True:
            response = await self._response()
            held += EACH + sum(map(len, response.pieces))
            if held > LARGEST:
                raise self._endless()
            if response.line.startswith(b"+"):
                if then is None:
                    raise BadData(f"{self._wire.host} asked for more than was to be said.")
                await self._wire.send(then + b"\r\n")
                then = None
            elif response.line.startswith(mark + b" "):
                if response.word() != "OK":
                    raise Refused(f"{self._wire.host} refused{self._scrubbed(_words(response))}", response.said()[0])
                return found
            else:
                self._notice(response)
                found.append(response)

    async def _response(self) -> Response:
        pieces = [await self._wire.line()]
        while literal := LITERAL.search(pieces[-1]):
            size = int(literal[1])
            if size + sum(EACH + len(piece) for piece in pieces) > LARGEST:
                raise self._endless()
            pieces += [await self._wire.exactly(size), await self._wire.line()]
        return Response(tuple(pieces))

    def _endless(self) -> BadData:
        return BadData(f"{self._wire.host} sent more than {LARGEST >> 20} MB at once.")

    def _notice(self, response: Response) -> None:
        """What a server may say at any time."""
        count, what = response.number()
        if what == "EXISTS":
            self.grown = self.grown or count > self._exists
            self._exists = count
        elif what == "EXPUNGE":
            self._exists -= 1
        elif response.line.upper().startswith(b"* BYE"):
            raise RetryLater(
                f"{self._wire.host} ended the connection{self._scrubbed(_words(response))} Connecting again."
            )

    def _mark(self) -> bytes:
        self._count += 1
        return b"A%d" % self._count

    def _scrubbed(self, words: str) -> str:
        return words.replace(self._account.password, "[hidden]") if self._account.password else words


async def logged_in(http: Http, account: Account) -> Imap:
    """A connection to the account's IMAP server. To be closed by the caller."""
    server = account.imap
    imap = Imap(await http.dial(server.host, server.port, secure=server.security == "tls"), account)
    try:
        await imap.greet(server.security)
        await imap.log_in()
    except BaseException:  # whatever it was, and a cancellation too, the line must not stay open
        imap.close()
        raise
    return imap


def _words(response: Response) -> str:
    words = response.said()[2].strip()[:300]
    return f": {words.rstrip('.')}." if words else "."


def _quoted(text: str) -> bytes:
    return b'"' + text.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _int(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
