"""Calls to one Lemmy server, as an account or as anybody: logged in with its password, and again when that ends.

A server lets an address log in only a few times an hour (its limit for registrations), so a session is kept as long as
it holds.
"""

from __future__ import annotations

import asyncio
import hmac
import struct
from base64 import b32decode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha1
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from amends.channels.base import BadData, ChannelError, LogInAgain, Rejected, RetryLater
from amends.channels.foreign import fields, number, text
from amends.channels.http import Answer, Http, Refused

WAIT = 60.0  # seconds until a refused password is tried again
OFTEN = timedelta(minutes=1)  # a server does not say how long to wait: its limits refill little by little
LOGINS = timedelta(minutes=10)
ENDED = frozenset({"incorrect_login", "not_logged_in"})

ADVICE = "Enter the account's name and password as you do on its own page."
REFUSED = {
    "incorrect_login": f"does not accept this name and password. {ADVICE}",
    "missing_totp_token": "wants a second factor of this account: enter its two-factor key, or switch that off there.",
    "incorrect_totp_token": "does not accept the codes of this two-factor key: enter the one that is in use now.",
    "email_not_verified": "waits for this account's mail address to be confirmed: open the mail that it sent.",
    "registration_application_is_pending": "has not admitted this account yet: ask its administrators.",
    "registration_denied": "did not admit this account: ask its administrators.",
    "site_ban": "has banned this account: ask its administrators.",
    "deleted": "says that this account was deleted: enter another one.",
    "instance_is_private": "shows its posts to members only: enter an account there.",
}


class Session(msgspec.Struct, frozen=True):
    """Who we are, once logged in. Its token is a secret and stays out of what is printed."""

    jwt: str
    person: int
    actor: str
    name: str
    display: str

    def __repr__(self) -> str:
        return f"Session({self.actor!r})"


class Client:
    """Calls to the server. Every method raises what `Http` does; a refusal is a `Refused` whose `code` is Lemmy's."""

    def __init__(self, http: Http, address: str, username: str, password: str, totp: str) -> None:
        self.address, self.host, self.username = address, urlsplit(address).netloc, username
        self._http, self._password, self._totp = http, password, totp
        self._session: Session | None = None
        self._refused: tuple[float, LogInAgain] | None = None
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Client({self.address!r}, {self.username!r})"

    @property
    def has_account(self) -> bool:
        return bool(self.username or self._password)

    async def site(self) -> Answer:
        """What the server tells of itself, to anybody. Raises `Rejected` where it speaks no version 3 of the API."""
        try:
            answer = await self._http.get(self._url("site"))
        except Refused as error:
            if error.code:
                raise self.wrong(error) from error
            raise Rejected(
                f"{self.host} does not answer the interface of Lemmy 0.19, which 1.0 has as well: check the address."
            ) from error
        if not isinstance(answer.json(), dict) or "version" not in answer.json():
            raise Rejected(f"{self.host} is not a Lemmy server: check the address.")
        return answer

    async def session(self) -> Session:
        """The session, logging in where there is none. Raises `LogInAgain` when the account is refused."""
        async with self._turn:
            if self._session is None:
                self._session = await self._log_in()
            return self._session

    async def get(self, path: str, **params: Any) -> Answer:
        """As the account where there is one. Where none is needed a session that ended is not noticed: anybody's view
        is given."""

        async def call(headers: dict[str, str]) -> Answer:
            return await self._http.get(self._url(path), params=params, headers=headers)

        return await self._call(call)

    async def post(self, path: str, body: Any, *, repeatable: bool = False, method: str = "POST") -> Answer:
        """A call that changes something. Raises `Unclear` where it is not known whether it was done."""

        async def call(headers: dict[str, str]) -> Answer:
            return await self._http.post(
                self._url(path), json=body, headers=headers, repeatable=repeatable, method=method
            )

        return await self._call(call)

    async def renew(self, ended: Session) -> Session:
        """A session in place of `ended`, made once however many calls found out."""
        async with self._turn:
            if self._session is None or self._session is ended:
                self._session = await self._log_in()
            return self._session

    def wrong(self, error: Refused) -> ChannelError:
        """What a refusal of something that anybody may read means, for the person who connected it."""
        if error.code in REFUSED:
            return LogInAgain(f"{self.host} {REFUSED[error.code]}")
        return error

    async def _call(self, call: Callable[[dict[str, str]], Awaitable[Answer]]) -> Answer:
        if not self.has_account:
            return await self._paced(call, {})
        session = await self.session()
        try:
            return await self._paced(call, _bearer(session))
        except Refused as error:
            if error.status != 401 and error.code not in ENDED:
                raise
        session = await self.renew(session)
        try:
            return await self._paced(call, _bearer(session))
        except Refused as error:
            if error.status == 401 or error.code in ENDED:
                raise LogInAgain(f"{self.host} does not accept the session of {self.username}. {ADVICE}") from error
            raise

    async def _paced(self, call: Callable[[dict[str, str]], Awaitable[Answer]], headers: dict[str, str]) -> Answer:
        try:
            return await call(headers)
        except Refused as error:
            if error.code == "rate_limit_error":  # a 400, before anything was done
                raise RetryLater(f"{self.host} limits how often it may be asked. Trying again.", OFTEN) from error
            raise

    def _url(self, path: str) -> str:
        return f"{self.address}/api/v3/{path}"

    async def _log_in(self) -> Session:
        # Asking again at once would only use up the few log-ins that a server allows.
        now = asyncio.get_running_loop().time()
        if self._refused and now < self._refused[0]:
            raise self._refused[1]
        if not (self.username and self._password):
            raise LogInAgain("Enter both the user name and the password, or neither to listen only.")
        body = {"username_or_email": self.username, "password": self._password}
        site = await self.site()
        if self._totp:
            body["totp_2fa_token"] = code(self._totp, clock(site))
        try:
            answer = await self._http.post(
                self._url("user/login"), json=body, repeatable=True, secrets=[self._password]
            )
        except Refused as error:
            if error.code == "rate_limit_error":
                raise RetryLater(f"{self.host} lets nobody log in so often. Trying again.", LOGINS) from error
            if error.code not in REFUSED and error.status != 401:
                raise
            refused = LogInAgain(f"{self.host} {REFUSED.get(error.code, REFUSED['incorrect_login'])}")
            self._refused = (now + WAIT, refused)
            raise refused from error
        jwt = text(fields(answer.json()).get("jwt"))
        if not jwt:
            raise BadData(f"{self.host} did not answer with a session: check the address of the server.")
        return await self._who(jwt)

    async def _who(self, jwt: str) -> Session:
        answer = await self._http.get(self._url("site"), headers={"authorization": f"Bearer {jwt}"})
        user = fields(fields(fields(answer.json()).get("my_user")).get("local_user_view"))
        person = fields(user.get("person"))
        which, actor = number(person.get("id")), text(person.get("actor_id"))
        if not which or not actor:
            raise BadData(f"{self.host} did not say whose session it is.")
        return Session(jwt, which, actor, text(person.get("name")), text(person.get("display_name")))


def _bearer(session: Session) -> dict[str, str]:
    return {"authorization": f"Bearer {session.jwt}"}


def clock(answer: Answer) -> datetime:
    """The server's time, as its answer tells it: its codes go by that."""
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError, IndexError):
        return datetime.now(UTC)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def code(key: str, at: datetime) -> str:
    """The six digits of that moment (RFC 6238: SHA-1, 30 seconds) under a key in base 32, or a link that holds it.
    Raises `LogInAgain` where it is none."""
    secret = parse_qs(urlsplit(key).query).get("secret", [""])[0] if "://" in key else key
    bare = secret.replace(" ", "").replace("=", "").upper()
    try:
        shared = b32decode(bare + "=" * (-len(bare) % 8))
    except ValueError as error:
        raise LogInAgain("The two-factor key can't be read: enter the link that begins with otpauth://.") from error
    digest = hmac.new(shared, struct.pack(">Q", int(at.timestamp()) // 30), sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, start)[0] & 0x7FFFFFFF) % 1_000_000:06}"
