"""The whole site on one port: the live stream answered here, all else by Django's WSGI handler in threads.

Django's own ASGI handler was five to seven times slower (docs/explanation/live.md).
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amends.config.settings")

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

wsgi = get_wsgi_application()  # before anything of ours that needs Django's apps

from django.db import connections  # noqa: E402

from amends.config.settings import CONF  # noqa: E402
from amends.config.whole import Whole  # noqa: E402
from amends.desk.live import RECHECK, Live  # noqa: E402
from amends.desk.preload import preload  # noqa: E402
from amends.events.tail import LOST  # noqa: E402


class Site:
    """The ASGI app."""

    def __init__(self, workers: int, recheck: float = RECHECK) -> None:
        self.live = Live(connections["default"].settings_dict, recheck)
        self._pages = Whole(WSGIMiddleware(cast("Any", wsgi), workers=workers))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["path"] == "/live":
            await self.live(scope, receive, send)
        elif scope["path"] == "/healthz":
            await self._health(send)
        else:
            # WSGI makes one name of X_Forwarded_Proto and X-Forwarded-Proto: the first is nobody's honest header.
            headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
            await self._pages({**scope, "headers": headers}, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        preload()
        try:
            await self.live.start()
        except LOST as error:
            message = f"The events can't be read ({str(error).strip()}). Is the database there, and migrated?"
            await send({"type": "lifespan.startup.failed", "message": message})
            return
        _at_the_end(self.live.close_streams)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.live.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _health(self, send: Any) -> None:
        """200 while this process hears of what happens; 503 means that it should be started anew."""
        status, body = (200, b"ok\n") if self.live.running else (503, b"the live stream has stopped\n")
        headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _at_the_end(action: Callable[[], None]) -> None:
    """Run `action` when the process is told to end. uvicorn ends the lifespan only after the last response, and a
    stream has no last byte of its own: it must hear of the end before."""
    if threading.current_thread() is not threading.main_thread():
        return  # only there signals can be caught; whoever runs us elsewhere ends the streams
    loop = asyncio.get_running_loop()

    def catch(number: signal.Signals) -> None:
        earlier = signal.getsignal(number)

        def handle(received: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(action)
            if callable(earlier):
                earlier(received, frame)

        signal.signal(number, handle)

    for number in (signal.SIGTERM, signal.SIGINT):
        catch(number)


application = Site(CONF.workers)
