"""Requests and answers whole, so that a thread is never held by whoever sends or reads slowly.

Pages are made by a few threads. One that waited for the rest of a form, or for a reader, would be gone for as long as a
stranger likes; here a slow connection costs some memory and no more.
"""

from __future__ import annotations

import asyncio
from typing import Any

from amends.desk.tickets import admits

LARGEST = 1 << 20  # bytes of a request's body: a draft has 100,000 characters at most, a network's call rarely more
LARGEST_UPLOAD = 24 << 20  # to an address with a ticket
PATIENCE = 30.0  # seconds a request's body may take


class Broken(Exception):
    """A request that is not answered by a page; `status` says why, 0 for one that nobody waits for."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def body_of(scope: Any, receive: Any, patience: float) -> bytes:
    """The request's whole body. Raises `Broken`."""
    room = LARGEST_UPLOAD if admits(scope["path"]) else LARGEST
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not told.isdigit() or len(told) > 12 or int(told) > room:
        raise Broken(413)
    body = bytearray()
    try:
        async with asyncio.timeout(patience):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Broken(0)
                body += message.get("body", b"")
                if len(body) > room:
                    raise Broken(413)
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise Broken(408) from None


class Whole:
    """An ASGI app around `pages`: it sees a request once that is complete, and its answer is sent once that is."""

    def __init__(self, pages: Any, patience: float = PATIENCE) -> None:
        self._pages, self._patience = pages, patience

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await body_of(scope, receive, self._patience)
        except Broken as broken:
            if broken.status:
                headers = [(b"content-length", b"0"), (b"connection", b"close")]
                await send({"type": "http.response.start", "status": broken.status, "headers": headers})
                await send({"type": "http.response.body", "body": b""})
            return
        given = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Any:
            return given.pop() if given else await receive()

        answer: list[Any] = []

        async def keep(message: Any) -> None:
            answer.append(message)

        await self._pages(scope, again, keep)
        for message in answer:
            await send(message)
