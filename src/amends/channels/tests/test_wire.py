from __future__ import annotations

import asyncio
import ssl
import subprocess
from contextlib import asynccontextmanager

import pytest

from amends.channels.base import BadData, Rejected, RetryLater
from amends.channels.http import Http
from amends.channels.wire import LONGEST


@pytest.fixture
async def http():
    door = Http(allow_private=True, timeout=2, patience=0.3)
    yield door
    await door.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(certificate, key) of localhost, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "made.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", key, "-out", made],
        check=True, capture_output=True,
    )  # fmt: skip
    return made, key


@asynccontextmanager
async def serving(one, **more):
    server = await asyncio.start_server(one, "127.0.0.1", 0, **more)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def telling(*pieces, then=None):
    async def one(reader, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if then:
            await then(reader, writer)
        writer.close()

    return one


async def idle(reader, writer):
    await reader.read()


async def test_lines_and_bytes_come_as_they_are(http):
    async with serving(telling(b"one\r\ntwo\nfive", b"6789\r\n")) as port:
        wire = await http.dial("127.0.0.1", port, secure=False)
        assert [await wire.line(), await wire.line()] == [b"one", b"two"]
        assert await wire.exactly(6) == b"five67"
        assert await wire.line() == b"89"
        with pytest.raises(RetryLater, match=r"127\.0\.0\.1 was lost"):
            await wire.line()
        assert wire.private
        wire.close()


async def test_what_is_told_in_time_is_not_lost(http):
    async with serving(telling(b"half", then=idle)) as port:
        wire = await http.dial("127.0.0.1", port, secure=False)
        with pytest.raises(TimeoutError):
            await wire.line(0.05)
        assert await wire.exactly(4) == b"half"
        with pytest.raises(RetryLater, match="in time"):
            await wire.line()
        with pytest.raises(RetryLater, match="in time"):
            await wire.exactly(1)
        wire.close()


async def test_a_line_without_end_is_no_line(http):
    async with serving(telling(b"x" * (LONGEST + 10), then=idle)) as port:
        wire = await http.dial("127.0.0.1", port, secure=False)
        with pytest.raises(BadData, match="64 kB"):
            await wire.line()
        wire.close()


async def test_nobody_there(http):
    with pytest.raises(RetryLater, match="could not be reached"):
        await http.dial("127.0.0.1", 9, secure=False)
    with pytest.raises(Rejected, match="private network"):
        await Http().dial("127.0.0.1", 9, secure=False)


def context(certificate):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    return tls


async def test_who_can_not_prove_its_name_is_not_spoken_to(http, certificate):
    async with serving(telling(b"hello\n"), ssl=context(certificate)) as port:
        with pytest.raises(Rejected, match="could not prove"):
            await http.dial("localhost", port, secure=True)
    async with serving(telling(b"hello\n")) as port:
        with pytest.raises(Rejected, match="does not speak TLS"):
            await http.dial("localhost", port, secure=True)


async def test_from_the_first_byte_or_later_it_is_encrypted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    http, tls, ready = Http(allow_private=True, timeout=2), context(certificate), asyncio.Event()
    async with serving(telling(b"hello\n"), ssl=tls) as port:
        wire = await http.dial("localhost", port, secure=True)
        assert (await wire.line(), wire.private) == (b"hello", True)
        wire.close()
        with pytest.raises(Rejected, match=r"could not prove that it is 127\.0\.0\.1"):
            await http.dial("127.0.0.1", port, secure=True)

    async def upgrade(reader, writer):
        await reader.readline()
        writer.write(b"go\nslipped in before\n")
        await writer.drain()
        ready.set()
        await writer.start_tls(tls)
        writer.write(b"secret\n")
        await writer.drain()
        await reader.read()
        writer.close()

    async with serving(upgrade) as port:
        wire = await http.dial("localhost", port, secure=False)
        await wire.send(b"STARTTLS\n")
        assert await wire.line() == b"go"
        await ready.wait()
        await wire.secure()
        assert await wire.line() == b"secret", "what came before encryption is never believed"
        wire.close()
    await http.close()
