"""The web process: one port, served by uvicorn."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

import uvicorn
from django.core.checks.urls import check_url_config

from amends.config.conf import Conf
from amends.config.values import WrongSetting

GOODBYE = 5  # seconds that requests under way get when the server ends


class Server(uvicorn.Server):
    """uvicorn on a socket made beforehand, which tells when it listens."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


def door(conf: Conf) -> socket.socket:
    """The socket to listen on. Raises `WrongSetting` when it can't be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(conf.host, conf.port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise WrongSetting(
            "AMENDS_HOST", f"'{conf.host}' is no host of this machine: {error.strerror}.", "127.0.0.1"
        ) from None
    # With the protocol named asyncio turns off Nagle's algorithm; without it answers wait 40 ms for an acknowledgement.
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            problem = f"{conf.host}:{conf.port} is in use, perhaps by another Amends. Stop it, or choose another."
            raise WrongSetting("AMENDS_PORT", problem, str(conf.port + 1)) from None
        if error.errno == errno.EACCES:
            problem = f"{conf.port} may be used by root alone. Choose a port above 1023."
            raise WrongSetting("AMENDS_PORT", problem, "8000") from None
        problem = f"'{conf.host}' can't be listened on: {error.strerror}."
        raise WrongSetting("AMENDS_HOST", problem, "127.0.0.1") from None
    return listening


def serve(listening: socket.socket, started: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT. Calls `started` when the first page can be asked for."""
    check_url_config(None)  # imports every view: a mistake stops the start, and the first page comes quickly
    config = uvicorn.Config(
        "amends.config.asgi:application",
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GOODBYE,
    )
    Server(config, started).run(sockets=[listening])
