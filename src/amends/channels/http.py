"""The one door out. Whatever a channel asks of its network leaves through an `Http`.

It keeps the private-address rule, honours the environment's proxies, follows no redirects unless told to, stops at a
size, and turns what goes wrong into the errors of `channels.errors`:

  no connection was made             RetryLater; a GET has been tried three times by then
  cut off after it began to be sent  RetryLater where repeating does no harm, else Unclear
  429                                RetryLater, after the time that the answer names
  5xx, 408, 425                      the same as cut off: the network may have done it all the same
  other 4xx, redirects               Refused, which is a Rejected that knows the status
  too large, not JSON                BadData with what came

Messages name the host and what it said, never the rest of the URL, and never a secret of the request.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Hashable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

import msgspec

from amends import __version__
from amends.channels.addresses import proxy_for, resolve
from amends.channels.answers import Answer, Refused, budget, credentials, cut, refuse
from amends.channels.base import BadData, File, Rejected, RetryLater

__all__ = ["Answer", "Http", "Refused", "budget"]

if TYPE_CHECKING:
    import ssl

    import httpx2

    from amends.channels.websocket import Socket
    from amends.channels.wire import Wire

T = TypeVar("T")

AGENT = f"Amends/{__version__} (customer care desk)"
MOVED = frozenset({301, 302, 303, 307, 308})


class Http:
    """Makes requests. One serves any number of channels of one event loop; `close` it at the end.

    `allow_private` opens this machine and private networks (never link-local and metadata addresses): the operator's
    choice, not that of whoever connects an account. `timeout` is for each step of a request and `patience` for the
    whole of it, in seconds. `max_bytes` bounds a decoded answer.
    """

    def __init__(
        self, *, allow_private: bool = False, timeout: float = 10, patience: float = 30, max_bytes: int = 8 << 20
    ) -> None:
        self.allow_private = allow_private
        self._timeout, self._patience, self._max_bytes = timeout, patience, max_bytes
        self._clients: dict[str | None, httpx2.AsyncClient] = {}
        self._kept: dict[Hashable, Any] = {}

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """What a channel wants to find again when it is connected the next time, such as a session: made once for each
        `key`, which names the channel and all that it depends on. It must be good for several connections at once."""
        return cast(T, self._kept.setdefault(key, make()))

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Collection[str] = (),
        redirects: int = 0,
        wait: float = 0,
    ) -> Answer:
        """Ask for something. Tried up to three times, a fraction of a second apart, where the network was not there. A
        304 is an answer, not an error. `redirects`: how many to follow; other hosts don't get the `headers`. `wait`:
        for how many seconds more the network may keep silent until it has news to answer with (long polling)."""
        import stamina

        for _ in range(redirects + 1):
            asking = stamina.retry_context(on=_worth_repeating, attempts=3, wait_initial=0.1, wait_jitter=0.3)
            try:
                async for attempt in asking:
                    with attempt:
                        return await self._request("GET", url, True, secrets, wait, params=params, headers=headers)
            except Refused as error:
                onward = error.answer.onward
                if not redirects or error.status not in MOVED or onward == url:
                    raise
                if urlsplit(onward)[:2] != urlsplit(url)[:2]:
                    headers = None
                url, params = onward, None
        raise Rejected(f"{urlsplit(url).hostname} sends from one address to the next without end: check the address.")

    async def post(
        self,
        url: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, File] | None = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Collection[str] = (),
        repeatable: bool = False,
        method: str = "POST",
    ) -> Answer:
        """Do something, once. `repeatable`: doing it twice does no harm, so that nothing about it is `Unclear`.
        `secrets` are values which the network might echo and which must not stand in a message. The body is one of
        `json`, `content`, or a form of `data` and `files`."""
        headers = dict(headers or {})
        if json is not None:
            content = msgspec.json.encode(json)
            headers.setdefault("content-type", "application/json")
        given: dict[str, Any] = {"params": params, "headers": headers, "content": content, "data": data}
        if files:
            given["files"] = {field: (file.name, file.content, file.mime) for field, file in files.items()}
        return await self._request(method, url, repeatable, secrets, **given)

    @asynccontextmanager
    async def lines(
        self, url: str, *, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
        silence: float = 90,
    ) -> AsyncIterator[AsyncIterator[str]]:  # fmt: skip
        """The lines of an answer without an end, such as server-sent events, as they come. Raises `RetryLater` when the
        connection is lost, or nothing came for `silence` seconds; `BadData` at a line longer than an answer may be."""
        import httpx2

        host, _ = _host(url, {"http": 80, "https": 443})
        client = self._client(await self._judge(url))
        patience = httpx2.Timeout(self._timeout, read=silence)
        try:
            async with client.stream("GET", url, params=params, headers=headers, timeout=patience) as response:
                if response.status_code >= 300:
                    body = await self._read(host, response)
                    answer = Answer(host, response.status_code, dict(response.headers), body, url)
                    refuse(answer, True, credentials(headers or {}))
                yield self._split(host, response)
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError) as error:
            raise _not_callable() from error
        except httpx2.HTTPError as error:
            raise RetryLater(f"The connection to {host} was lost. Connecting again.") from error

    async def _split(self, host: str, response: httpx2.Response) -> AsyncIterator[str]:
        rest = bytearray()
        async for part in response.aiter_bytes():
            rest += part
            if b"\n" in part:  # else the same long line would be gone through with each of its pieces
                *whole, rest = rest.split(b"\n")
                for line in whole:
                    yield line.decode("utf-8", "replace").removesuffix("\r")
            if len(rest) > self._max_bytes:
                raise BadData(f"{host} sent a line of more than {self._max_bytes >> 20} MB.", bytes(rest[:2000]))
        raise RetryLater(f"{host} ended the connection. Connecting again.")

    async def address(self, host: str, port: int) -> str:
        """The address to connect to for `host`, judged, for a protocol that is not HTTP. Raises as `resolve` does."""
        return await resolve(host, port, nearby=self.allow_private)

    async def dial(self, host: str, port: int, *, secure: bool) -> Wire:
        """A connection for a protocol that is not HTTP, to be closed by the caller. `secure`: encrypted from its first
        byte. Raises as `resolve` does, `RetryLater`, and `Rejected` where the certificate is not the host's."""
        from amends.channels.wire import opened

        address = await self.address(host, port)
        wire = await opened(host, address, port, self._trust(), secure=secure, patience=self._timeout)
        wire.patience = self._patience
        return wire

    @asynccontextmanager
    async def websocket(
        self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int = 1 << 20
    ) -> AsyncIterator[Socket]:
        """An open websocket, kept alive by pings. It buffers a few messages and then lets the network wait, so that a
        slow reader costs no memory. Raises as `Http` does; `RetryLater` once the connection is lost."""
        from amends.channels.websocket import connected

        host, port = _host(url, {"ws": 80, "wss": 443})
        proxy = await self._judge(url)
        address = None if proxy else await resolve(host, port, nearby=self.allow_private)
        async with connected(
            url, host=host, address=address, proxy=proxy, headers=headers, agent=AGENT, max_bytes=max_bytes,
            patience=self._timeout,
        ) as socket:  # fmt: skip
            yield socket

    async def close(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    async def _request(
        self, method: str, url: str, repeatable: bool, secrets: Collection[str], wait: float = 0, **given: Any
    ) -> Answer:
        import httpx2

        if wait:
            given["timeout"] = httpx2.Timeout(self._timeout, read=self._timeout + wait)
        host, _ = _host(url, {"http": 80, "https": 443})
        client = self._client(await self._judge(url))
        try:
            async with asyncio.timeout(self._patience + wait), client.stream(method, url, **given) as response:
                body = await self._read(host, response)
                answer = Answer(host, response.status_code, dict(response.headers), body, url)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError) as error:
            raise RetryLater(f"{host} could not be reached. Trying again.") from error
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError) as error:
            raise _not_callable() from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise cut(f"{host} broke off or did not answer in time.", repeatable) from error
        if answer.status >= 300 and answer.status != 304:
            refuse(answer, repeatable, {*secrets, *credentials(given.get("headers") or {})})
        return answer

    async def _judge(self, url: str) -> str | None:
        """The proxy to use, if any. What goes through a proxy is resolved there; here it is judged as far as can be."""
        proxy = proxy_for(url)
        if proxy:
            host, port = _host(url, {"http": 80, "https": 443, "ws": 80, "wss": 443})
            try:
                await resolve(host, port, nearby=self.allow_private)
            except RetryLater:
                return proxy  # only the proxy knows this name
        return proxy

    def _client(self, proxy: str | None) -> httpx2.AsyncClient:
        if proxy not in self._clients:
            from amends.channels.transport import client

            self._clients[proxy] = client(
                self._trust(), proxy=proxy, nearby=self.allow_private, timeout=self._timeout, agent=AGENT
            )
        return self._clients[proxy]

    def _trust(self) -> ssl.SSLContext:
        return _trusting(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))

    async def _read(self, host: str, response: httpx2.Response) -> bytes:
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > self._max_bytes:
                raise BadData(f"{host} answered more than {self._max_bytes >> 20} MB.", bytes(body[:2000]))
        return bytes(body)


@lru_cache(maxsize=1)
def _trusting(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Whom the operating system trusts, or who stands where the environment says. Reading them takes 30 ms."""
    import ssl

    return ssl.create_default_context()


def _not_callable() -> Rejected:
    return Rejected("This is not an address that can be called: check it.")


def _worth_repeating(error: Exception) -> bool:
    return isinstance(error, RetryLater) and error.after is None


def _host(url: str, ports: Mapping[str, int]) -> tuple[str, int]:
    """The host and port of a URL. Raises `Rejected` unless it is whole and of one of the schemes."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ports or not parts.hostname:
        raise Rejected(f"An address must begin with {' or '.join(f'{scheme}://' for scheme in ports)} and name a host.")
    return parts.hostname, port or ports[parts.scheme]
