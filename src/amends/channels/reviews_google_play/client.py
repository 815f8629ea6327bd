"""Calls to Google's API for one app: access tokens made from the service account's key, renewed when they expire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from amends.channels.base import BadData, ChannelError, LogInAgain, Rejected, RetryLater
from amends.channels.foreign import fields, items, text
from amends.channels.http import Answer, Http, Refused
from amends.channels.reviews_google_play.key import ADVICE, Key, assertion, read

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EARLY = 60.0  # seconds before its end that a token is renewed
SPENT = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"})
OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})


class Client:
    """Asks about the reviews of `app` as a service account."""

    def __init__(self, http: Http, server: str, app: str, file: str) -> None:
        self._http, self._server, self._app, self._file = http, server.rstrip("/"), app, file
        self._token, self._until = "", 0.0
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Client({self._server!r}, {self._app!r})"

    async def reviews(self, **params: str | int) -> Answer:
        """A page of reviews, the one written or changed last first."""
        try:
            return await self._as_account(
                lambda token: self._http.get(self._url(), params=params, headers=_bearer(token))
            )
        except Refused as error:
            if error.status == 404:
                raise Rejected(
                    f"Google Play has no app {self._app} of this account: check the package name."
                ) from error
            raise

    async def review(self, review: str) -> Answer | None:
        """One review; None where there is none of that id."""
        try:
            return await self._as_account(lambda token: self._http.get(self._url(review), headers=_bearer(token)))
        except Refused as error:
            if error.status == 404:
                return None
            raise

    async def reply(self, review: str, words: str) -> Answer:
        """Answer a review, in place of any answer that it has: doing it twice is doing it once."""
        url = f"{self._url(review)}:reply"
        try:
            return await self._as_account(
                lambda token: self._http.post(url, json={"replyText": words}, headers=_bearer(token), repeatable=True)
            )
        except Refused as error:
            if error.status == 404:
                raise Rejected("The review is gone from Google Play: it can't be answered any more.") from error
            raise

    def _url(self, review: str = "") -> str:
        url = f"{self._server}/androidpublisher/v3/applications/{quote(self._app, safe='')}/reviews"
        return f"{url}/{quote(review, safe='')}" if review else url

    async def _as_account(self, call: Callable[[str], Awaitable[Answer]]) -> Answer:
        token = await self._access()
        try:
            return await call(token)
        except Refused as error:
            if error.status != 401:
                raise self._meaning(error) from error
        try:
            return await call(await self._access(stale=token))
        except Refused as error:
            raise self._meaning(error) from error

    async def _access(self, stale: str = "") -> str:
        """An access token other than `stale`, made once however many calls need it."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if not self._token or self._token == stale or now >= self._until:
                self._token, lasts = await self._log_in(read(self._file))
                self._until = now + lasts - EARLY
            return self._token

    async def _log_in(self, key: Key) -> tuple[str, float]:
        signed = assertion(key, int(datetime.now(UTC).timestamp()))
        form = {"grant_type": GRANT, "assertion": signed}
        try:
            answer = await self._http.post(key.token_uri, data=form, repeatable=True, secrets=[signed])
        except Refused as error:
            if error.status not in (400, 401, 403):
                raise
            raise LogInAgain(
                f"Google refused the key of {key.client_email} ({error.code or error.status}): it was deleted, its "
                f"account is switched off, or this machine's clock is wrong. {ADVICE}"
            ) from error
        told = fields(answer.json())
        token, lasts = text(told.get("access_token")), told.get("expires_in")
        if not token:
            raise BadData(f"{answer.host} gave no access token.", answer.body)
        return token, float(lasts) if type(lasts) is int and 0 < lasts < 1 << 31 else EARLY

    def _meaning(self, error: Refused) -> ChannelError:
        """What a refusal of Google's API means."""
        if error.status == 401:
            return LogInAgain(f"Google does not accept the service account's access. {ADVICE}")
        if error.status != 403:
            return error
        reasons = _reasons(error.answer)
        if reasons & SPENT:
            hour = timedelta(hours=1)
            return RetryLater(
                "Google allows an app 200 questions an hour, and they are used up; again in an hour.", hour
            )
        if reasons & OFF:
            return LogInAgain(
                "The Google Play Android Developer API is switched off for the service account's project. Switch it on "
                "in Google Cloud under APIs & Services, Library, and wait some minutes."
            )
        return LogInAgain(
            f"The service account may not work with the reviews of {self._app}. In the Play Console, under Users and "
            "permissions, invite its address and tick View app information and Reply to reviews for this app."
        )


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _reasons(answer: Answer) -> set[str]:
    """Google's words for why: of its older and of its newer errors."""
    try:
        error = fields(fields(answer.json()).get("error"))
    except BadData:
        return set()
    found = [*items(error.get("errors")), *items(error.get("details"))]
    return {text(fields(one).get("reason")) for one in found}
