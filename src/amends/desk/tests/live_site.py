"""A real server on loopback for the tests of the live stream, and a client that reads it as a browser does."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module

import uvicorn
from django.conf import settings

from amends.accounts.models import User
from amends.config.asgi import Site


class Server(uvicorn.Server):
    """Says when it stands, or has failed to."""

    def __init__(self, site: Site, ready: threading.Event) -> None:
        config = uvicorn.Config(site, lifespan="on", ws="none", log_config=None, timeout_graceful_shutdown=5)
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        self.ready.set()


class RunningSite:
    """The whole site in a thread of its own."""

    def __init__(self, recheck: float = 30.0, port: int = 0) -> None:
        self.site = Site(workers=2, recheck=recheck)
        self.socket = socket.create_server(("127.0.0.1", port), backlog=2048)
        self.port: int = self.socket.getsockname()[1]
        self._ready = threading.Event()
        self.server = Server(self.site, self._ready)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    @property
    def hub(self):
        return self.site.live.hub

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.server.serve(sockets=[self.socket])

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)
        assert self.server.started

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        self.in_loop(self.site.live.close_streams)
        self.server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()

    def in_loop(self, action):
        """Do something in the server's own thread and wait for what it returns."""

        async def do():
            return action()

        return asyncio.run_coroutine_threadsafe(do(), self._loop).result(10)


@contextmanager
def running_site(recheck: float = 30.0, port: int = 0) -> Iterator[RunningSite]:
    site = RunningSite(recheck, port)
    site.start()
    try:
        yield site
    finally:
        site.stop()


def signed_in(user: User) -> str:
    """The cookie of a fresh session of this user."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    store["_auth_user_hash"] = user.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


@dataclass
class Heard:
    """One server-sent event."""

    event: str = "message"
    id: int | None = None
    data: str = ""
    retry: int | None = None

    @property
    def facts(self):
        return json.loads(self.data)


@dataclass
class Ear:
    """A client of `/live`."""

    status: int
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    last: int | None = None
    text: str = field(default="", repr=False)

    async def next(self, within: float = 10) -> Heard:
        """The next event, an id on its own and a retry included. Raises EOFError when the stream is over."""
        return await asyncio.wait_for(self._next(), within)

    async def event(self, within: float = 10) -> Heard:
        """The next event that a page would see."""
        while (heard := await self.next(within)).event == "beat" or (heard.event == "message" and not heard.data):
            pass
        return heard

    async def over(self, within: float = 10) -> list[Heard]:
        """Read until the stream ends: the events that still came."""
        heard = []
        try:
            while True:
                heard.append(await self.event(within))
        except EOFError:
            return heard

    async def _next(self) -> Heard:
        while "\n\n" not in self.text:
            size = int((await self._line()) or "0", 16)
            if not size:
                raise EOFError
            self.text += (await self.reader.readexactly(size)).decode()
            await self._line()
        block, _, self.text = self.text.partition("\n\n")
        heard = Heard()
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name in ("id", "retry"):
                setattr(heard, name, int(value))
            else:
                setattr(heard, name, value)
        self.last = heard.id if heard.id is not None else self.last
        return heard

    async def _line(self) -> str:
        line = await self.reader.readline()
        if not line:
            raise EOFError
        return line.decode().strip()

    async def close(self) -> None:
        self.writer.close()


async def listen(port: int, cookie: str = "", query: str = "", method: str = "GET", **headers: str) -> Ear:
    """Open `/live` and read the head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"{method} /live{query} HTTP/1.1", f"Host: {headers.pop('host', f'127.0.0.1:{port}')}"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    status = int((await asyncio.wait_for(reader.readline(), 10)).split()[1])
    answered = {}
    while line := (await reader.readline()).decode().strip():
        name, _, value = line.partition(": ")
        answered[name.lower()] = value
    return Ear(status, answered, reader, writer)
