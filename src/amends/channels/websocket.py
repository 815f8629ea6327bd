"""Websockets out, opened through `Http.websocket`."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    PayloadTooBig,
    WebSocketException,
)

from amends.channels.answers import pause
from amends.channels.base import BadData, Rejected, RetryLater

# The library logs requests, which may carry secrets, at DEBUG.
QUIET = logging.getLogger("amends.websocket")
QUIET.setLevel(logging.WARNING)


class _Straight(connect):
    """Where an answer sends us instead was judged by nobody: it is not followed."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Socket:
    """An open websocket."""

    def __init__(self, connection: ClientConnection, host: str) -> None:
        self._connection, self._host = connection, host

    async def receive(self) -> bytes:
        """The next message. May be cancelled without losing one. Raises `RetryLater` when the connection is lost and
        `BadData` when a message is larger than was allowed."""
        try:
            return await self._connection.recv(decode=False)
        except ConnectionClosed as error:
            if isinstance(error.__cause__, PayloadTooBig) or (error.sent and error.sent.code == 1009):
                raise BadData(f"{self._host} sent a message that is too large.") from error
            raise RetryLater(f"The connection to {self._host} was lost. Connecting again.") from error

    async def send(self, text: str) -> None:
        """Raises `RetryLater` when the connection is lost."""
        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise RetryLater(f"The connection to {self._host} was lost. Connecting again.") from error


@asynccontextmanager
async def connected(
    url: str,
    *,
    host: str,
    address: str | None,
    proxy: str | None,
    headers: Mapping[str, str] | None,
    agent: str,
    max_bytes: int,
    patience: float,
) -> AsyncIterator[Socket]:
    """A connection to `address`, which was judged for `host`; through `proxy` where there is one."""
    where: dict[str, Any] = {"host": address} if address else {}
    try:
        connection = await _Straight(
            url, proxy=proxy, additional_headers=headers, user_agent_header=agent, max_size=max_bytes,
            open_timeout=patience, ping_interval=20, ping_timeout=60, close_timeout=2, logger=QUIET,
            **where,
        )  # fmt: skip
    except InvalidStatus as error:
        status = error.response.status_code
        if status == 429 or status >= 500:
            told = {name.lower(): value for name, value in error.response.headers.raw_items()}
            after = pause(told) if status == 429 or "retry-after" in told else None
            raise RetryLater(f"{host} answered {status} to a websocket. Connecting again.", after) from error
        raise Rejected(f"{host} answered {status} to a websocket: check the address.") from error
    except (InvalidURI, ValueError):
        raise Rejected(f"{host} can't be opened as a websocket: check the address.") from None
    except (InvalidHandshake, WebSocketException, OSError, EOFError) as error:
        raise RetryLater(f"{host} could not be reached by websocket. Connecting again.") from error
    async with connection:
        yield Socket(connection, host)
