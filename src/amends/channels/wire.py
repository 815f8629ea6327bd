"""A line to a server that speaks something else than HTTP, such as mail: opened through `Http.dial`.

Every step has a time by which it must be done. What goes wrong is a `RetryLater` that names the host, whatever the
protocol above makes of it; words of the protocol never stand in a message, since they may be secrets.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine
from ipaddress import ip_address
from typing import Any, TypeVar

from amends.channels.base import BadData, ChannelError, Rejected, RetryLater

T = TypeVar("T")

LONGEST = 1 << 16  # bytes of a line


class Wire:
    """An open connection to `host`, at the very `address` that was judged for it. `patience`: seconds for each step."""

    def __init__(
        self, host: str, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: ssl.SSLContext,
        patience: float,
    ) -> None:  # fmt: skip
        self.host, self.patience = host, patience
        self._address, self._reader, self._writer, self._tls = address, reader, writer, tls
        self._beneath: asyncio.StreamWriter | None = None

    def __repr__(self) -> str:
        return f"Wire({self.host})"

    @property
    def private(self) -> bool:
        """Whether nobody else can read it: it is encrypted, or leads to this machine or a network of one's own."""
        return self._writer.get_extra_info("ssl_object") is not None or ip_address(self._address).is_private

    async def line(self, patience: float | None = None) -> bytes:
        """The next line, without its end. Raises `BadData` when it is longer than a line may be, and `TimeoutError`
        only where `patience` is given: then nothing is lost, and the line may still come."""
        if patience is not None:
            async with asyncio.timeout(patience):
                return await self._line()
        return await self._in_time(self._line())

    async def exactly(self, count: int) -> bytes:
        """The next bytes. Slow ones may take their time as long as some come in every `patience`."""
        found = bytearray()
        while len(found) < count:
            piece = await self._in_time(self._piece(min(count - len(found), 1 << 18)))
            found += piece
        return bytes(found)

    async def send(self, data: bytes) -> None:
        """Hand it to the network. That the other side has it, only its answer tells."""
        await self._in_time(self._send(data))

    async def secure(self) -> None:
        """Go on encrypted (STARTTLS). Nothing that was sent before in the clear is read any more. Raises `Rejected`
        where the certificate is not the host's."""
        reader = asyncio.StreamReader(LONGEST)
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.patience):
                transport = await loop.start_tls(self._writer.transport, protocol, self._tls, server_hostname=self.host)
        except (OSError, TimeoutError) as error:
            raise unreached(self.host, error) from error
        if transport is None:
            raise self._lost()
        protocol.connection_made(transport)
        self._beneath = self._writer  # which would close its transport when nobody knows it any more
        self._reader, self._writer = reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    def close(self) -> None:
        """At once, without a goodbye."""
        self._writer.transport.abort()

    async def _line(self) -> bytes:
        try:
            found = await self._reader.readline()
        except ValueError as error:
            raise BadData(f"{self.host} sent a line of more than {LONGEST >> 10} kB.") from error
        except OSError as error:
            raise self._lost() from error
        if not found.endswith(b"\n"):
            raise self._lost()
        return found.rstrip(b"\r\n")

    async def _piece(self, most: int) -> bytes:
        try:
            piece = await self._reader.read(most)
        except OSError as error:
            raise self._lost() from error
        if not piece:
            raise self._lost()
        return piece

    async def _send(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise self._lost() from error

    async def _in_time(self, step: Coroutine[Any, Any, T]) -> T:
        try:
            async with asyncio.timeout(self.patience):
                return await step
        except TimeoutError as error:
            raise RetryLater(f"{self.host} did not answer in time. Trying again.") from error

    def _lost(self) -> RetryLater:
        return RetryLater(f"The connection to {self.host} was lost. Connecting again.")


async def opened(host: str, address: str, port: int, tls: ssl.SSLContext, *, secure: bool, patience: float) -> Wire:
    """A connection to `address`, which was judged for `host`; `secure`: encrypted from its first byte. Raises
    `RetryLater`, or `Rejected` where the certificate is not the host's."""
    given: dict[str, Any] = {"ssl": tls, "server_hostname": host} if secure else {}
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection(address, port, limit=LONGEST, **given)
    except (OSError, TimeoutError) as error:
        raise unreached(host, error) from error
    return Wire(host, address, reader, writer, tls, patience)


def unreached(host: str, error: OSError | TimeoutError) -> ChannelError:
    """What an attempt to connect that failed means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Rejected(
            f"{host} could not prove that it is {host} ({error.verify_message}): check its name. If its certificate is "
            "from an authority of your own, the operator can name that in SSL_CERT_FILE."
        )
    if isinstance(error, ssl.SSLError):
        return Rejected(f"{host} does not speak TLS at this port: check the port, and the kind of encryption.")
    return RetryLater(f"{host} could not be reached. Trying again.")
