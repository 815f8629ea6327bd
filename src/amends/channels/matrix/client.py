"""Calls of the client-server API as an account: logged in by password or with an access token, again when the server
forgot it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from amends.channels.base import BadData, File, LogInAgain, Rejected
from amends.channels.foreign import fields, text
from amends.channels.http import Answer, Http, Refused
from amends.channels.matrix.discovery import homeserver

API = "/_matrix/client/v3"
WAIT = 60.0  # seconds until a refused password is tried again
DISPLAY = "Amends"  # what the account's list of devices calls us

PASSWORD = "Enter the account's password, or an access token, again."  # noqa: S105 - a sentence
TOKEN = "Sign in anew where the account signs in, and enter the new access token."  # noqa: S105 - a sentence


class Login(msgspec.Struct, frozen=True):
    """What an account is entered with. `server` is "" to find it by the id, `device` "" to be given one."""

    user: str
    password: str
    token: str
    server: str = ""
    device: str = ""

    def __repr__(self) -> str:
        return f"Login({self.user!r})"


class Session(msgspec.Struct, frozen=True):
    """A logged-in account: `user` is its whole id, as the server writes it."""

    server: str
    user: str
    token: str
    device: str = ""

    def __repr__(self) -> str:
        return f"Session({self.server!r}, {self.user!r})"


class Client:
    """Calls to the homeserver of one account."""

    def __init__(self, http: Http, login: Login) -> None:
        self._http, self._login = http, login
        self._server, self._device = login.server.rstrip("/"), login.device
        self._session: Session | None = None
        self._refused: tuple[float, LogInAgain] | None = None
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Client({self._login.user!r})"

    async def session(self) -> Session:
        """The session, made where there is none. Raises `LogInAgain` when the credentials are refused."""
        async with self._turn:
            if self._session is None:
                self._session = await self._enter()
            return self._session

    async def get(self, path: str, *, wait: float = 0, **params: Any) -> Answer:
        """`path` begins with its version: "/v3/sync". `wait`: seconds that the server may wait for news."""

        async def call(session: Session) -> Answer:
            url = f"{session.server}/_matrix/client{path}"
            return await self._http.get(url, params=params, headers=_bearer(session.token), wait=wait)

        return await self._as_account(call)

    async def write(self, method: str, path: str, body: Any, *, repeatable: bool = False) -> Answer:
        """A call that changes something. Raises `Unclear` where it is not known whether it was done, unless it is
        `repeatable`."""

        async def call(session: Session) -> Answer:
            url, headers = f"{session.server}/_matrix/client{path}", _bearer(session.token)
            return await self._http.post(url, json=body, headers=headers, method=method, repeatable=repeatable)

        return await self._as_account(call)

    async def upload(self, file: File) -> str:
        """The mxc: address that a file is given. Uploading it twice does no harm: nobody sees what no event names."""

        async def call(session: Session) -> Answer:
            url, headers = f"{session.server}/_matrix/media/v3/upload", _bearer(session.token)
            headers["content-type"] = file.mime or "application/octet-stream"
            return await self._http.post(
                url, content=file.content, params={"filename": file.name}, headers=headers, repeatable=True
            )

        answer = await self._as_account(call)
        address = text(fields(answer.json()).get("content_uri"))
        if not address.startswith("mxc://"):
            raise BadData(f"{answer.host} took a file and did not tell where it is.", answer.body)
        return address

    async def _as_account(self, call: Callable[[Session], Awaitable[Answer]]) -> Answer:
        session = await self.session()
        try:
            return await call(session)
        except Refused as error:
            if not _stale(error):
                raise
        async with self._turn:
            if self._session is session:
                self._session = None
                self._session = await self._enter()
            session = self._session or await self._enter()
        try:
            return await call(session)
        except Refused as error:
            if _stale(error):
                refused = f"{session.server} does not accept the session of {session.user}. {PASSWORD}"
                raise LogInAgain(refused) from error
            raise

    async def _enter(self) -> Session:
        """Log in, or find out whose token it is."""
        # Asking again at once would only use up the few log-ins that a server allows.
        now = asyncio.get_running_loop().time()
        if self._refused and now < self._refused[0]:
            raise self._refused[1]
        if not (self._login.password or self._login.token):
            raise LogInAgain("Enter the account's password or an access token.")
        try:
            self._server = self._server or await homeserver(self._http, self._login.user)
            return await (self._log_in() if self._login.password else self._recognise())
        except LogInAgain as error:
            self._refused = (now + WAIT, error)
            raise

    async def _log_in(self) -> Session:
        given = self._login
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": given.user},
            "password": given.password,
            "initial_device_display_name": DISPLAY,
        } | ({"device_id": self._device} if self._device else {})
        try:
            answer = await self._http.post(
                f"{self._server}{API}/login", json=body, repeatable=True, secrets=[given.password]
            )
        except Refused as error:
            match errcode(error):
                case "M_FORBIDDEN" | "M_USER_DEACTIVATED" | "M_UNAUTHORIZED" | "M_INVALID_USERNAME":
                    message = f"{self._server} refused the password of {given.user}. {PASSWORD}"
                case "M_UNKNOWN" | "M_INVALID_PARAM":
                    message = f"{self._server} lets no program log in by password: enter an access token instead."
                case "M_USER_LOCKED" | "M_USER_SUSPENDED":
                    message = f"{self._server} has locked {given.user}: ask those who run it."
                case _:
                    raise _elsewhere(self._server, error) from error
            raise LogInAgain(message) from error
        found = fields(_json(answer))
        user, token = text(found.get("user_id")), text(found.get("access_token"))
        if not (user and token):
            raise BadData(f"{answer.host} did not answer with a session: check the address of the homeserver.")
        self._device = text(found.get("device_id")) or self._device
        return Session(self._server, user, token, self._device)

    async def _recognise(self) -> Session:
        given = self._login
        try:
            answer = await self._http.get(f"{self._server}{API}/account/whoami", headers=_bearer(given.token))
        except Refused as error:
            if _stale(error):
                raise LogInAgain(f"{self._server} does not accept the access token of {given.user}. {TOKEN}") from error
            raise _elsewhere(self._server, error) from error
        user = text(fields(_json(answer)).get("user_id"))
        if user.lower() != given.user.lower():
            raise LogInAgain(f"The access token is of {user or 'nobody'} and not of {given.user}: enter one that is.")
        return Session(self._server, user, given.token)


def errcode(error: Refused) -> str:
    """Matrix' own word for an error, such as "M_FORBIDDEN"."""
    try:
        return text(fields(error.answer.json()).get("errcode"))
    except BadData:
        return ""


def _stale(error: Refused) -> bool:
    """The server does not know the token any more; a soft log-out is one as well for us, who keep no keys."""
    return error.status == 401


def _elsewhere(server: str, error: Refused) -> Rejected:
    if errcode(error) not in ("", "M_UNRECOGNIZED", "M_NOT_FOUND"):
        return error
    return Rejected(f"{server} is not a Matrix homeserver: check the address of the homeserver.")


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except BadData as error:
        raise BadData(f"{answer.host} is not a Matrix homeserver: check its address.", answer.body) from error


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
