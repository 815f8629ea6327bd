"""A line to a real server that can be cut at a request: before the server has it, or after it has answered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Line:
    """`url` leads to the server. The first request to the path `at` is cut. While `down`, nothing goes through."""

    def __init__(self, target: str, at: str, after: bool) -> None:
        self._target, self._at, self._after = urlsplit(target), at.encode(), after
        self.url = ""
        self.down = False
        self.cut = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request by request, until either end closes it."""
        with suppress(OSError, asyncio.IncompleteReadError):
            if not self.down:
                there, onward = await asyncio.open_connection(self._target.hostname, self._target.port)
                try:
                    await self._requests(reader, writer, there, onward)
                finally:
                    onward.close()
        writer.close()

    async def _requests(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        onward: asyncio.StreamWriter,
    ) -> None:
        while True:
            request = await message(reader)
            cutting = not self.cut and self._at in request.split(b"\r\n", 1)[0]
            self.cut = self.cut or cutting
            if self.down or (cutting and not self._after):
                return
            # Answers must come in plain text, for `_named`.
            onward.write(re.sub(rb"(?i)accept-encoding: [^\r]*", b"accept-encoding: identity", request, count=1))
            answer = await message(there)
            if cutting:
                return
            writer.write(self._named(answer))
            await writer.drain()

    def _named(self, answer: bytes) -> bytes:
        """The answer with our address in place of the server's, so that an account seems to live here."""
        head, _, body = answer.partition(b"\r\n\r\n")
        ours = body.replace(self._target.geturl().encode(), self.url.encode())
        length, new_length = f"content-length: {len(body)}".encode(), f"content-length: {len(ours)}".encode()
        return re.sub(length, new_length, head, flags=re.IGNORECASE) + b"\r\n\r\n" + ours


async def message(reader: asyncio.StreamReader) -> bytes:
    """One whole HTTP/1.1 message, of a known length or in chunks."""
    head = await reader.readuntil(b"\r\n\r\n")
    headers = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    if b"chunked" in headers.get(b"transfer-encoding", b""):
        body = b""
        while not body.endswith(b"\r\n0\r\n\r\n") and body != b"0\r\n\r\n":
            body += await reader.readuntil(b"\r\n")
            if body.endswith(b"\r\n0\r\n"):
                body += await reader.readuntil(b"\r\n")
        return head + body
    return head + await reader.readexactly(int(headers.get(b"content-length", b"0")))


@asynccontextmanager
async def severed(target: str, *, at: str, after: bool) -> AsyncIterator[Line]:
    line = Line(target, at, after)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
