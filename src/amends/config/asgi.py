"""The whole site on one port: the live stream answered here, all else by Django's WSGI handler in threads.

Django's own ASGI handler was five to seven times slower (docs/explanation/live.md).
"""

from __future__ import annotations

import os
import socket
from typing import Any, cast

import structlog
import uvicorn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amends.config.settings")

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

wsgi = get_wsgi_application()  # before anything of ours that needs Django's apps

from django.db import connections  # noqa: E402

from amends.config.settings import CONF  # noqa: E402
from amends.desk.live import Live  # noqa: E402
from amends.events.tail import LOST  # noqa: E402

log = structlog.get_logger(__name__)


class Site:
    """The ASGI app."""

    def __init__(self, workers: int) -> None:
        self.live = Live(connections["default"].settings_dict)
        self._pages: Any = WSGIMiddleware(cast("Any", wsgi), workers=workers)

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
        try:
            await self.live.start()
        except LOST as error:
            message = f"The events can't be read ({str(error).strip()}). Is the database there, and migrated?"
            await send({"type": "lifespan.startup.failed", "message": message})
            return
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


class Server(uvicorn.Server):
    """Ends cleanly: open streams first, then requests under way, for some seconds, then the lifespan."""

    def __init__(self, site: Site, host: str, port: int) -> None:
        self._site = site
        super().__init__(
            uvicorn.Config(
                site,
                host=host,
                port=port,
                lifespan="on",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._site.live.close_streams()
        await super().shutdown(sockets)


app = Site(CONF.workers)


def serve(host: str = CONF.host, port: int = CONF.port) -> None:
    """Serve until SIGTERM or SIGINT."""
    Server(app, host, port).run()
