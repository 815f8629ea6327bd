"""The one door out. Whatever a channel asks of its network leaves through an `Http`.

It keeps the private-address rule, honours the environment's proxies, follows no redirects, stops at a size, and turns
what goes wrong into the errors of `channels.base`:

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
from collections.abc import AsyncIterator, Callable, Collection, Hashable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

import msgspec

from amends import __version__
from amends.channels.addresses import proxy_for, resolve
from amends.channels.base import BadData, Rejected, RetryLater, Unclear

if TYPE_CHECKING:
    import ssl

    import httpx2

    from amends.channels.websocket import Socket

T = TypeVar("T")

AGENT = f"Amends/{__version__} (customer care desk)"
RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")


class Answer(msgspec.Struct, frozen=True):
    """A whole answer. `headers` have lower-case names; `body` is decoded and complete."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises `BadData` with the body."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadData(f"{self.host} answered something that is not JSON.", self.body) from error


class Refused(Rejected):
    """The network's 4xx, or a redirect. `code` is the network's own word for it ("ExpiredToken"), "" if it has none."""

    def __init__(self, message: str, answer: Answer, code: str) -> None:
        super().__init__(message)
        self.answer = answer
        self.code = code

    @property
    def status(self) -> int:
        return self.answer.status


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
        self._tls: ssl.SSLContext | None = None
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
    ) -> Answer:
        """Ask for something. Tried up to three times, a fraction of a second apart, where the network was not there."""
        import stamina

        async for attempt in stamina.retry_context(on=_worth_repeating, attempts=3, wait_initial=0.1, wait_jitter=0.3):
            with attempt:
                answer = await self._request("GET", url, True, secrets, params=params, headers=headers)
        return answer

    async def post(
        self,
        url: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Collection[str] = (),
        repeatable: bool = False,
    ) -> Answer:
        """Do something, once. `repeatable`: doing it twice does no harm, so that nothing about it is `Unclear`.
        `secrets` are values which the network might echo and which must not stand in a message."""
        headers = dict(headers or {})
        content = None
        if json is not None:
            content = msgspec.json.encode(json)
            headers.setdefault("content-type", "application/json")
        given = {"params": params, "headers": headers, "content": content, "data": data}
        return await self._request("POST", url, repeatable, secrets, **given)

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

    async def _request(self, method: str, url: str, repeatable: bool, secrets: Collection[str], **given: Any) -> Answer:
        import httpx2

        host, _ = _host(url, {"http": 80, "https": 443})
        client = self._client(await self._judge(url))
        try:
            async with asyncio.timeout(self._patience), client.stream(method, url, **given) as response:
                answer = Answer(host, response.status_code, dict(response.headers), await self._read(host, response))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError) as error:
            raise RetryLater(f"{host} could not be reached. Trying again.") from error
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise Rejected("This is not an address that can be called: check it.") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise _cut(f"{host} broke off or did not answer in time.", repeatable) from error
        if answer.status >= 300:
            _refuse(answer, repeatable, {*secrets, *_credentials(given.get("headers") or {})})
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
            import ssl

            from amends.channels.transport import client

            self._tls = self._tls or ssl.create_default_context()
            self._clients[proxy] = client(
                self._tls, proxy=proxy, nearby=self.allow_private, timeout=self._timeout, agent=AGENT
            )
        return self._clients[proxy]

    async def _read(self, host: str, response: httpx2.Response) -> bytes:
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > self._max_bytes:
                raise BadData(f"{host} answered more than {self._max_bytes >> 20} MB.", bytes(body[:2000]))
        return bytes(body)


def pause(headers: Mapping[str, str], usual: timedelta = timedelta(seconds=30)) -> timedelta:
    """How long an answer asks us to wait: `Retry-After` (seconds or a date), or the time its rate limit is reset (an
    instant in epoch seconds, or seconds from now). Between a second and a day; `usual` where it does not say.
    Instants are taken against the answer's own clock."""
    clock = _date(headers.get("date", "")) or datetime.now(UTC)
    wait = usual
    value = next((headers[name] for name in ("retry-after", *RESETS) if name in headers), "").strip()
    if value.isascii() and value.isdecimal():
        seconds = min(int(value), 1 << 40)
        wait = timedelta(seconds=seconds - clock.timestamp() if seconds > 1_000_000_000 else seconds)
    elif until := _date(value):
        wait = until - clock
    return min(max(wait, timedelta(seconds=1)), timedelta(days=1))


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _worth_repeating(error: Exception) -> bool:
    return isinstance(error, RetryLater) and error.after is None


def _cut(message: str, repeatable: bool) -> RetryLater | Unclear:
    return (
        RetryLater(f"{message} Trying again.")
        if repeatable
        else Unclear(f"{message} It may have been done all the same.")
    )


def _refuse(answer: Answer, repeatable: bool, secrets: Collection[str]) -> None:
    """Raise what an answer of 300 and above means."""
    code, words = _told(answer, secrets)
    said = f": {words}" if words else "."
    if answer.status == 429:
        wait = pause(answer.headers)
        raise RetryLater(
            f"{answer.host} limits how often it may be asked; again in {wait.total_seconds():.0f} s.", wait
        )
    if answer.status >= 500 or answer.status in (408, 425):
        error = _cut(f"{answer.host} answered {answer.status}{said}", repeatable)
        if isinstance(error, RetryLater) and "retry-after" in answer.headers:
            error.after = pause(answer.headers)
        raise error
    if answer.status < 400:
        raise Refused(f"{answer.host} has moved elsewhere: enter the new address.", answer, code)
    raise Refused(f"{answer.host} answered {answer.status}{said}", answer, code)


def _told(answer: Answer, secrets: Collection[str]) -> tuple[str, str]:
    """The network's code and words for an error, from the usual places, without secrets."""
    try:
        body = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", ""
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    if not isinstance(body, dict):
        return "", ""
    words = [body.get(name) for name in ("error", "code", "message", "error_description", "detail", "title")]
    known = [word for word in words if isinstance(word, str) and word]
    text = " ".join(dict.fromkeys(known))
    for secret in secrets:
        text = text.replace(secret, "[hidden]") if secret else text
    return known[0] if known and " " not in known[0] else "", text[:300]


def _credentials(headers: Mapping[str, str]) -> list[str]:
    return [headers[name].rpartition(" ")[2] for name in headers if name.lower() in ("authorization", "cookie")]


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
