"""Strangers who send or read slowly, or too much, take no thread from the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress

import pytest

from amends.config.whole import LARGEST, Broken, body_of
from amends.desk.tests.live_site import RunningSite, running_site

pytestmark = pytest.mark.django_db(transaction=True)
FORM = "POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken=abcdefghijklmnopqrstuvwxyz012345\r\n"
Ask = Callable[[str], Awaitable[asyncio.StreamReader]]
KIND = "Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with running_site() as running:  # two threads
        yield running


@pytest.fixture
async def ask(site: RunningSite) -> AsyncIterator[Ask]:
    """Open a connection and write the head of a request; all of them are closed at the end."""
    writers: list[asyncio.StreamWriter] = []

    async def begin(head: str) -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writers.append(writer)
        writer.write(head.encode())
        return reader

    yield begin
    for writer in writers:
        writer.transport.abort()


async def status(reader: asyncio.StreamReader) -> int:
    return int((await asyncio.wait_for(reader.readline(), 10)).split()[1])


async def test_half_a_form_holds_nobody_up(ask: Ask) -> None:
    for _ in range(8):
        await ask(f"{FORM}{KIND}Content-Length: 500\r\n\r\nlogin=")
    page = await ask("GET /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert await status(page) == 200


async def test_a_form_of_a_hundred_megabytes_is_not_even_read(ask: Ask) -> None:
    assert await status(await ask(f"{FORM}{KIND}Content-Length: 100000000\r\n\r\n")) == 413
    chunk = f"{LARGEST:x}\r\n{'a' * LARGEST}\r\n"
    with suppress(ConnectionError):
        assert await status(await ask(f"{FORM}{KIND}Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}")) == 413


async def test_a_form_that_never_ends_is_given_up() -> None:
    async def nothing() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Broken) as broken:
        await body_of({"path": "/", "headers": []}, nothing, 0.01)
    assert broken.value.status == 408
