from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

from django.conf import settings

from amends.config.web import door


async def test_an_answer_in_two_pieces_does_not_wait_for_an_acknowledgement():
    """Nagle's algorithm holds the second back, and the other side acknowledges the first after 40 ms."""
    listening = door(replace(settings.CONF, host="127.0.0.1", port=0))
    turned_off: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turned_off.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(answer, sock=listening):
        _, writer = await asyncio.open_connection(*listening.getsockname())
        assert await asyncio.wait_for(turned_off, 10)
        writer.close()
