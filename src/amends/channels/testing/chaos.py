"""A broken network, for the contract suite: what stands between a channel and a server on loopback, carries their
bytes, and breaks what it is told to. It speaks enough HTTP to answer in the server's place and to be a proxy; any other
protocol on TCP (mail, websockets) goes through as it is.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

ASKED_TO_WAIT = 7  # seconds


class Fault(StrEnum):
    """What is wrong with the network, for as long as it is told to be."""

    REFUSED = "every connection is closed at once"
    RESET = "the answer is reset in its middle"
    CUT = "the answer ends in its middle"
    SLOW = "the answer comes a byte at a time"
    MUTE = "nothing is answered"
    UNHEARD = "everything is done, and no answer comes back"
    LIMITED = "429, with the time to wait"
    LIMITED_SOMEHOW = "429, without a time to wait"
    FAILING = "500"
    GARBAGE = "200, with a page of HTML"
    CUT_JSON = "200, with half a document"


# Faults that are an answer in the server's place: only HTTP has them.
ANSWERS = {
    Fault.LIMITED: f"429 Too Many Requests\r\nretry-after: {ASKED_TO_WAIT}",
    Fault.LIMITED_SOMEHOW: "429 Too Many Requests",
    Fault.FAILING: "500 Internal Server Error",
    Fault.GARBAGE: "200 OK\r\ncontent-type: text/html",
    Fault.CUT_JSON: "200 OK\r\ncontent-type: application/json",
}
BODIES = {Fault.GARBAGE: b"<!doctype html><title>Hello</title>", Fault.CUT_JSON: b'{"posts": [{"id": "1", "te'}
SCHEMES = ("http", "ws")
WRITING = re.compile(rb"(?:POST|PUT|PATCH|DELETE) ")
LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


class Between:
    """`address` leads to the server through here, and `as_proxy` is what to call as a proxy. `fault` is what is wrong
    now, None while all is well; `carried` counts the connections that got through, `proxied` those that asked for it as
    a proxy."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self.address = ""
        self.as_proxy = ""
        self.fault: Fault | None = None
        self.ambush: Fault | None = None
        self.carried = 0
        self.proxied = 0
        self._open: set[asyncio.StreamWriter] = set()

    def suffer(self, fault: Fault | None) -> None:
        """Break like this from now on, and end what is connected. None: all is well again."""
        self.fault, self.ambush = fault, None
        self.break_off()

    def lie_in_wait(self, fault: Fault) -> None:
        """Break like this from the first request on that writes something; what only reads before it goes through. Only
        HTTP tells the two apart: any other protocol breaks at once."""
        if self._target.scheme in SCHEMES:
            self.fault, self.ambush = None, fault
        else:
            self.suffer(fault)

    def break_off(self) -> None:
        """End what is connected now, without a warning."""
        for writer in list(self._open):
            _reset(writer)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                if self._target.scheme in SCHEMES and self.fault in ANSWERS:
                    await self._answer(reader, writer, self.fault)
                elif self.fault != Fault.REFUSED:
                    await self._connect(reader, writer)
        finally:
            self._open.discard(writer)
            writer.close()

    def _springs(self, request: bytes) -> Fault | None:
        """The fault, if it lay in wait for this request; it stays from now on."""
        if self.ambush is None or not WRITING.match(request):
            return None
        self.fault, self.ambush = self.ambush, None
        return self.fault

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault, begun: bytes = b""
    ) -> None:
        """Answer in the server's place, after the whole request: whoever closes before that resets the line."""
        while b"\r\n\r\n" not in begun:
            begun += await reader.readuntil(b"\r\n")
        head, _, had = begun.partition(b"\r\n\r\n")
        if length := LENGTH.search(head):
            await reader.readexactly(max(int(length[1]) - len(had), 0))
        body = BODIES.get(fault, b"")
        told = f"HTTP/1.1 {ANSWERS[fault]}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(told.encode() + body)
        await writer.drain()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, host, port, absolute = b"", self._target.hostname, self._target.port, None
        if self._target.scheme in SCHEMES:
            first = await reader.readuntil(b"\r\n")
            if await self._sprung(first, reader, writer):
                return
            method, target, version = first.decode("latin-1").split(" ", 2)
            if method == "CONNECT":
                self.proxied += 1
                await reader.readuntil(b"\r\n\r\n")
                host, _, tunnel = target.rpartition(":")
                port, first = int(tunnel), b""
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            elif target.startswith("http://"):
                self.proxied += 1
                there = urlsplit(target)
                host, port = there.hostname, there.port
                path = urlunsplit(("", "", there.path or "/", there.query, ""))
                absolute = re.compile(rb"^([A-Z]+) http://" + re.escape(there.netloc.encode()))
                first = f"{method} {path} {version}".encode("latin-1")
        there_reader, there_writer = await asyncio.open_connection(host, port)
        self.carried += 1
        self._open.add(there_writer)
        there_writer.write(first)
        try:
            onward = asyncio.create_task(self._pump(reader, there_writer, writer, absolute))
            await self._back(there_reader, writer)
            onward.cancel()
            with suppress(asyncio.CancelledError):
                await onward
        finally:
            self._open.discard(there_writer)
            there_writer.close()

    async def _sprung(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether a fault lay in wait for this request, and ended it before the server has heard of it."""
        fault = self._springs(request)
        if fault in ANSWERS:
            await self._answer(reader, writer, fault, request)
        return fault in ANSWERS or fault == Fault.REFUSED

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        there: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
        absolute: re.Pattern[bytes] | None,
    ) -> None:
        """Carry requests; those that name the server as proxies are asked (`absolute`) as servers are asked."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while piece := await reader.read(65536):
                if await self._sprung(piece, reader, back):
                    back.close()
                    return
                there.write(absolute.sub(rb"\1 ", piece) if absolute else piece)
                await there.drain()
            if there.can_write_eof():
                there.write_eof()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry the answers, and break them off at half of the first piece that comes under a fault."""
        while piece := await reader.read(65536):
            match self.fault:
                case Fault.RESET | Fault.CUT:
                    writer.write(piece[: len(piece) // 2])
                    await writer.drain()
                    if self.fault == Fault.RESET:
                        _reset(writer)
                    return
                case Fault.SLOW:
                    for at in range(len(piece)):
                        writer.write(piece[at : at + 1])
                        await asyncio.sleep(0.05)
                case Fault.UNHEARD | Fault.REFUSED:
                    return
                case Fault.MUTE:
                    continue
                case _:
                    writer.write(piece)
                    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    line = writer.get_extra_info("socket")
    if line is not None:
        with suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def between(address: str) -> AsyncIterator[Between]:
    """Stands before the server at `address`
    ("http://127.0.0.1:80/path", "ws://...", "tcp://..."), on a port of its own."""
    line = Between(address)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    line.as_proxy = f"http://127.0.0.1:{port}"
    line.address = urlunsplit(urlsplit(address)._replace(netloc=f"127.0.0.1:{port}"))
    try:
        yield line
    finally:
        server.close()
        line.break_off()
