"""XRPC calls as an account: sessions made from an app password, renewed when they expire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from amends.channels.base import BadData, Budget, File, LogInAgain, Rejected
from amends.channels.bluesky.cids import encode
from amends.channels.foreign import fields
from amends.channels.http import Answer, Http, Refused, budget

# What servers say when a token is no longer good.
STALE = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"})

BEYOND = ("Bad token method", "Bad token scope")

WAIT = 60.0  # seconds until a refused password is tried again

ADVICE = "Make a new one in Bluesky under Settings, Privacy and security, App passwords, and enter it here."


class Session(msgspec.Struct, frozen=True, rename="camel"):
    """A logged-in account. Its tokens are secrets and stay out of what is printed."""

    access_jwt: str
    refresh_jwt: str
    did: str
    handle: str
    did_doc: Any = None

    def __repr__(self) -> str:
        return f"Session(did={self.did!r}, handle={self.handle!r})"

    @property
    def server(self) -> str:
        """Where the account really lives, as its DID document says, or "" when it was not told."""
        services = self.did_doc.get("service") if isinstance(self.did_doc, dict) else None
        for service in services if isinstance(services, list) else ():
            if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
                endpoint = service.get("serviceEndpoint")
                return endpoint.rstrip("/") if isinstance(endpoint, str) else ""
        return ""


class Client:
    """Calls to the server of one account."""

    def __init__(self, http: Http, service: str, handle: str, password: str) -> None:
        self._http, self._service, self._handle, self._password = http, service.rstrip("/"), handle, password
        self._session: Session | None = None
        self._refused: tuple[float, LogInAgain] | None = None
        self._turn = asyncio.Lock()
        self.budget: Budget | None = None  # for reading: what is written is limited by the hour, and apart

    def __repr__(self) -> str:
        return f"Client({self._service!r}, {self._handle!r})"

    @property
    def did(self) -> str:
        """Our own DID, "" until the first log-in."""
        return self._session.did if self._session else ""

    async def session(self) -> Session:
        """The session, logging in where there is none. Raises `LogInAgain` when the credentials are refused."""
        async with self._turn:
            if self._session is None:
                self._session = await self._log_in()
            return self._session

    async def query(self, nsid: str, *, service: str = "", **params: Any) -> Answer:
        """A call that changes nothing. `service`: whom the server shall pass it on to, such as the chat service."""

        async def call(session: Session) -> Answer:
            return await self._http.get(self._url(session, nsid), params=params, headers=_as(session, service))

        answer = await self._as_account(call)
        self.budget = budget(answer.headers) or self.budget
        return answer

    async def procedure(self, nsid: str, body: Any, *, service: str = "") -> Answer:
        """A call that changes something. Raises `Unclear` where it is not known whether it was done."""

        async def call(session: Session) -> Answer:
            return await self._http.post(self._url(session, nsid), json=body, headers=_as(session, service))

        return await self._as_account(call)

    async def upload(self, file: File) -> Any:
        """Store a file on the account's server: {what a record refers to it by}. It is forgotten within minutes unless
        a record does, so that doing it twice does no harm."""

        async def call(session: Session) -> Answer:
            headers = {**_as(session), "content-type": file.mime}
            url = self._url(session, "com.atproto.repo.uploadBlob")
            return await self._http.post(url, content=file.content, headers=headers, repeatable=True)

        answer = await self._as_account(call)
        blob = fields(fields(answer.json()).get("blob"))
        try:
            encode(blob["ref"]["$link"] and blob)
        except (KeyError, TypeError, ValueError) as error:
            raise BadData(f"{answer.host} took a picture and did not say where it is.", answer.body) from error
        return dict(blob)

    async def _as_account(self, call: Callable[[Session], Awaitable[Answer]]) -> Answer:
        session = await self.session()
        try:
            return await call(session)
        except Refused as error:
            if not _stale(error):
                raise
        session = await self._renew(session)
        try:
            return await call(session)
        except Refused as error:
            if _stale(error):
                raise LogInAgain(f"Bluesky does not accept the session of {self._handle}. {ADVICE}") from error
            raise

    def _url(self, session: Session, nsid: str) -> str:
        """Where the account lives, unless its own document names what can be overheard: no token goes there."""
        server = session.server if session.server.startswith("https://") else self._service
        return f"{server}/xrpc/{nsid}"

    async def _renew(self, stale: Session) -> Session:
        """A fresh session in place of `stale`, made once however many calls found out."""
        async with self._turn:
            if self._session is None or self._session is stale:
                self._session = await self._refresh(stale) or await self._log_in()
            return self._session

    async def _refresh(self, stale: Session) -> Session | None:
        url = self._url(stale, "com.atproto.server.refreshSession")
        try:
            # Servers accept a used refresh token for a while longer, so a repetition does no harm.
            answer = await self._http.post(url, headers=_bearer(stale.refresh_jwt), repeatable=True)
        except Refused:
            return None
        return _session(answer)

    async def _log_in(self) -> Session:
        # Asking again at once would only use up the few log-ins that a server allows.
        now = asyncio.get_running_loop().time()
        if self._refused and now < self._refused[0]:
            raise self._refused[1]
        if not (self._handle and self._password):
            raise LogInAgain("Enter both the handle and its app password, or neither to listen only.")
        body = {"identifier": self._handle, "password": self._password}
        url = f"{self._service}/xrpc/com.atproto.server.createSession"
        try:
            answer = await self._http.post(url, json=body, repeatable=True, secrets=[self._password])
        except Refused as error:
            if error.code == "AuthFactorTokenRequired":
                message = f"This is the account's own password, which Amends must not have. {ADVICE}"
            elif error.status == 401 or error.code in ("AuthenticationRequired", "InvalidRequest"):
                message = f"Bluesky refused the app password of {self._handle}. {ADVICE}"
            elif error.code:
                raise
            else:
                raise Rejected(f"{self._service} is not a Bluesky server: check the address of the server.") from error
            refused = LogInAgain(message)
            self._refused = (now + WAIT, refused)
            raise refused from error
        return _session(answer)


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _as(session: Session, service: str = "") -> dict[str, str]:
    return _bearer(session.access_jwt) | ({"atproto-proxy": service} if service else {})


def not_allowed(error: Refused) -> bool:
    """Whether the app password, good as it is, was not made for this: servers say so with the code of a stale token."""
    return error.code == "InvalidToken" and any(words in str(error) for words in BEYOND)


def _stale(error: Refused) -> bool:
    return (error.status == 401 or error.code in STALE) and not not_allowed(error)


def _session(answer: Answer) -> Session:
    try:
        return msgspec.json.decode(answer.body, type=Session)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadData(f"{answer.host} did not answer with a session: check the address of the server.") from error
