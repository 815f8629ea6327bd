"""A network with nothing to say, in a process of its own: a feed that never changes, and a stream without a word."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Quiet</title><link>https://quiet.example/</link>
<description>Nothing new.</description></channel></rss>"""


@contextmanager
def running() -> Iterator[tuple[str, str]]:
    """(the address of the feed, the address of the stream)."""
    command = [sys.executable, "-m", "benchmarks.quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as network:
        assert network.stdout is not None
        try:
            feed, stream = network.stdout.readline().split()
            yield feed, stream
        finally:
            network.terminate()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Requests of one connection, one after the other."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if b"if-none-match" in head.lower():
                writer.write(b'HTTP/1.1 304 Not Modified\r\netag: "1"\r\n\r\n')
            else:
                told = f'HTTP/1.1 200 OK\r\netag: "1"\r\ncontent-length: {len(FEED)}\r\n'
                told += "content-type: application/rss+xml\r\n\r\n"
                writer.write(told.encode() + FEED)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    from websockets.asyncio.server import ServerConnection, serve

    async def silent(connection: ServerConnection) -> None:
        await connection.wait_closed()

    feed = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1000)
    async with serve(silent, "127.0.0.1", 0, compression=None, ping_interval=None, backlog=1000) as stream:
        ports = [server.sockets[0].getsockname()[1] for server in (feed, stream.server)]
        print(f"http://127.0.0.1:{ports[0]} ws://127.0.0.1:{ports[1]}/subscribe", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
