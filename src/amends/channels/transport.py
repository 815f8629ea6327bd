"""How bytes leave: httpx2 clients whose connections keep the private-address rule.

Imported by `channels.http` when the first request is made, since httpx2 takes its time to load.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from typing import Any

import httpcore2
import httpx2

from amends.channels.addresses import resolve

# They log whole URLs, which may carry secrets.
for name in ("httpx2", "httpcore2"):
    logging.getLogger(name).setLevel(logging.WARNING)

LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30)


class Judging(httpcore2.AsyncNetworkBackend):
    """Resolves each name itself, judges the address and connects to that very address. TLS still asks for the name."""

    def __init__(self, *, nearby: bool) -> None:
        self._nearby = nearby
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore2's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                address = await resolve(host, port, nearby=self._nearby)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout from error
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class Direct(httpx2.AsyncHTTPTransport):
    """httpx2's own transport over a pool that judges. The pool is replaced because httpx2 has no option for it."""

    def __init__(self, tls: SSLContext, *, nearby: bool) -> None:
        super().__init__(verify=tls, limits=LIMITS)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            network_backend=Judging(nearby=nearby),
        )


def client(tls: SSLContext, *, proxy: str | None, nearby: bool, timeout: float, agent: str) -> httpx2.AsyncClient:
    """A client that follows no redirects and keeps no cookies: one account must not speak with another's."""
    transport: httpx2.AsyncBaseTransport = (
        httpx2.AsyncHTTPTransport(verify=tls, limits=LIMITS, proxy=httpx2.Proxy(proxy))
        if proxy
        else Direct(tls, nearby=nearby)
    )
    return httpx2.AsyncClient(
        transport=transport,
        timeout=timeout,
        headers={"user-agent": agent},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )
