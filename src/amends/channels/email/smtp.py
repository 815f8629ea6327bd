"""A small SMTP client (RFC 5321, with STARTTLS, AUTH and SIZE) that always knows whether a mail can have left.

Until the dot that ends it goes out, no server delivers a mail. After the dot only the server's answer tells.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import timedelta

from amends.channels.base import BadData, LogInAgain, Rejected, RetryLater, Unclear
from amends.channels.email.account import Account
from amends.channels.http import Http
from amends.channels.wire import Wire

MOST = 100  # lines of an answer
GREYLISTED = timedelta(minutes=5)  # servers that refuse strangers at first take them after about so long (RFC 6647)


class Smtp:
    """A connection that is logged in. `extensions`: what the server offers, in capitals, with parameters."""

    def __init__(self, wire: Wire, account: Account) -> None:
        self._wire, self._account = wire, account
        self.extensions: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Smtp({self._account.address} at {self._wire.host})"

    async def greet(self, security: str) -> None:
        """The server's greeting, and encryption where it is still to come."""
        code, said = await self._reply()
        if code != 220:
            raise RetryLater(f"{self._wire.host} takes no mail now: {said} Trying again.")
        await self._hello()
        if security == "starttls":
            await self._ask("STARTTLS")
            await self._wire.secure()
            await self._hello()
        if not self._wire.private:
            raise Rejected(f"The password would go to {self._wire.host} unencrypted: choose tls or starttls.")

    async def log_in(self) -> None:
        """Raises `LogInAgain` where the password is refused. A server in one's own network may ask for none."""
        offered = self.extensions.get("AUTH", "").upper().split()
        user, password = self._account.user, self._account.password
        if "AUTH" not in self.extensions:
            return
        if "PLAIN" in offered or "LOGIN" not in offered:
            steps = ["AUTH PLAIN " + b64encode(f"\0{user}\0{password}".encode()).decode()]
        else:
            steps = ["AUTH LOGIN", *(b64encode(one.encode()).decode() for one in (user, password))]
        code, said = 0, ""
        for step in steps:
            code, said = await self._said(step)
            if code >= 400:
                break
        if code in (421, 450, 451, 454):
            raise RetryLater(f"{self._wire.host} can't check the password now: {said} Trying again.")
        if code != 235:
            advice = self._account.provider.advice
            raise LogInAgain(f"{self._wire.host} refuses the password for {self._account.address}. {advice}")

    async def envelope(self, to: str, size: int) -> None:
        """Who sends, and to whom. Raises `Rejected` where the server refuses either, or a mail of so many bytes."""
        limit = self.extensions.get("SIZE", "")
        if limit.isdecimal() and 0 < int(limit) < size:
            raise Rejected(f"The mail has {size / 1e6:.1f} MB, {self._wire.host} takes {int(limit) / 1e6:.1f} MB.")
        await self._ask(f"MAIL FROM:<{self._account.address}>" + (f" SIZE={size}" if "SIZE" in self.extensions else ""))
        await self._ask(f"RCPT TO:<{to}>")

    async def data(self, mail: bytes) -> None:
        """The mail, whose lines end in CRLF. Raises `Unclear` when it can have left and nobody said so."""
        await self._ask("DATA", 354)
        if not mail.endswith(b"\r\n"):
            mail += b"\r\n"
        await self._wire.send(re.sub(rb"(?m)^\.", b"..", mail))
        try:
            await self._wire.send(b".\r\n")
            code, said = await self._reply()
        except (RetryLater, BadData) as error:
            raise Unclear(f"{self._wire.host} broke off before it said whether it took the mail.") from error
        self._judge(code, said, 250)

    def close(self) -> None:
        self._wire.close()

    async def _hello(self) -> None:
        name = (
            self._account.domain.encode("idna").decode() if not self._account.domain.isascii() else self._account.domain
        )
        code, said = await self._said(f"EHLO {name}", whole=True)
        self._judge(code, said, 250)
        lines = (line.strip().partition(" ") for line in said.splitlines()[1:])
        self.extensions = {word.upper(): rest for word, _, rest in lines if word}

    async def _ask(self, command: str, wanted: int = 0) -> None:
        code, said = await self._said(command)
        self._judge(code, said, wanted)

    def _judge(self, code: int, said: str, wanted: int) -> None:
        if code == wanted or (not wanted and 200 <= code < 300):
            return
        if 400 <= code < 500:
            after = GREYLISTED if code in (450, 451) else None
            raise RetryLater(f"{self._wire.host} does not take the mail now ({code} {said}). Trying again.", after)
        raise Rejected(f"{self._wire.host} refuses the mail ({code} {said}).")

    async def _said(self, command: str, *, whole: bool = False) -> tuple[int, str]:
        try:
            await self._wire.send(command.encode("ascii") + b"\r\n")
        except UnicodeEncodeError as error:
            raise Rejected("The address has letters that mail servers don't take.") from error
        return await self._reply(whole=whole)

    async def _reply(self, *, whole: bool = False) -> tuple[int, str]:
        """(code, the words; all its lines where the `whole` is wanted). 0 for what is none."""
        lines: list[str] = []
        for _ in range(MOST):
            line = (await self._wire.line()).decode("utf-8", "replace")
            lines.append(line[4:])
            if line[3:4] != "-":
                code = int(line[:3]) if line[:3].isascii() and line[:3].isdecimal() else 0
                return code, "\n".join(lines) if whole else self._scrubbed(" ".join(lines))[:300]
        raise BadData(f"{self._wire.host} answers without end.")

    def _scrubbed(self, words: str) -> str:
        return words.replace(self._account.password, "[hidden]") if self._account.password else words


async def ready(http: Http, account: Account) -> Smtp:
    """A connection to the account's SMTP server. To be closed by the caller."""
    server = account.smtp
    smtp = Smtp(await http.dial(server.host, server.port, secure=server.security == "tls"), account)
    try:
        await smtp.greet(server.security)
        await smtp.log_in()
    except BaseException:  # whatever it was, and a cancellation too, the line must not stay open
        smtp.close()
        raise
    return smtp
