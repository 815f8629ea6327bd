"""Calls to App Store Connect's API with a team's key, and what they tell of its rate limit."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from amends.channels.base import BadData, Budget, ChannelError, LogInAgain, Rejected
from amends.channels.foreign import fields, items, text
from amends.channels.http import Answer, Http, Refused
from amends.channels.reviews_apple.key import ADVICE, LASTS, Key, token

SPEND = timedelta(seconds=LASTS / 2)  # how long a token is used
LEFT = re.compile(r"user-hour-(lim|rem):\s*([0-9]{1,9})", re.ASCII)


class Client:
    """Asks about the reviews of `app`. `budget` is what the last answer told of the key's rate limit."""

    def __init__(self, http: Http, server: str, app: str, key: Key) -> None:
        self._http, self._server, self._app, self._key = http, server.rstrip("/"), app, key
        self._token, self._made = "", datetime.min.replace(tzinfo=UTC)
        self.budget: Budget | None = None

    def __repr__(self) -> str:
        return f"Client({self._server!r}, {self._key!r})"

    async def app(self) -> Mapping[str, Any]:
        """What there is to know of the app. Raises `Rejected` where the key does not see it."""
        try:
            answer = await self._get(f"apps/{self._app}", {"fields[apps]": "name,bundleId"})
        except Refused as error:
            if error.status == 404:
                raise Rejected(f"This key sees no app {self._app}: check the app's id, and whose key it is.") from error
            raise
        return fields(fields(fields(answer.json()).get("data")).get("attributes"))

    async def reviews(self, size: int, cursor: str) -> Answer:
        """A page of reviews with their responses, the newest first."""
        params: dict[str, str | int] = {"sort": "-createdDate", "include": "response", "limit": size}
        return await self._get(f"apps/{self._app}/customerReviews", params | ({"cursor": cursor} if cursor else {}))

    async def response(self, review: str) -> Answer | None:
        """Our response to a review; None where there is none."""
        try:
            return await self._get(f"customerReviews/{quote(review, safe='')}/response", {})
        except Refused as error:
            if error.status == 404:
                return None
            raise

    async def respond(self, review: str, words: str) -> Answer:
        """Answer a review, in place of any response that it has: doing it twice is doing it once."""
        body = {
            "data": {
                "type": "customerReviewResponses",
                "attributes": {"responseBody": words},
                "relationships": {"review": {"data": {"type": "customerReviews", "id": review}}},
            }
        }
        try:
            return await self._call(
                lambda headers: self._http.post(
                    f"{self._server}/v1/customerReviewResponses", json=body, headers=headers, repeatable=True
                )
            )
        except Refused as error:
            codes, said = _told(error.answer)
            if error.status == 404 or any("RELATIONSHIP" in code or "NOT_FOUND" in code for code in codes):
                raise Rejected("The review is gone from the App Store: it can't be answered any more.") from error
            raise Rejected(f"App Store Connect refused the answer: {said or error.status}") from error

    async def _get(self, path: str, params: Mapping[str, str | int]) -> Answer:
        return await self._call(
            lambda headers: self._http.get(f"{self._server}/v1/{path}", params=params, headers=headers)
        )

    async def _call(self, call: Callable[[Mapping[str, str]], Awaitable[Answer]]) -> Answer:
        try:
            answer = await self._try(call)
        except Refused as error:
            if error.status != 401:
                raise self._meaning(error) from error
            self._token = ""
            try:
                answer = await self._try(call)
            except Refused as second:
                raise self._meaning(second) from second
        return answer

    async def _try(self, call: Callable[[Mapping[str, str]], Awaitable[Answer]]) -> Answer:
        now = datetime.now(UTC)
        if not self._token or not timedelta(0) <= now - self._made < SPEND:
            self._token, self._made = token(self._key, int(now.timestamp())), now
        answer = await call({"authorization": f"Bearer {self._token}"})
        found = {name: int(value) for name, value in LEFT.findall(answer.headers.get("x-rate-limit", ""))}
        if found.keys() == {"lim", "rem"}:  # of a rolling hour
            self.budget = Budget(found["lim"], found["rem"], now + timedelta(hours=1))
        return answer

    def _meaning(self, error: Refused) -> ChannelError:
        """What a refusal of the API means."""
        if error.status == 401:
            return LogInAgain(
                f"App Store Connect refused the key {self._key.id}: it was revoked, the ids don't belong to it, or "
                f"this machine's clock is wrong. {ADVICE}"
            )
        if error.status == 403:
            _, said = _told(error.answer)
            return LogInAgain(f"The key {self._key.id} may not do this ({said or 'forbidden'}). {ADVICE}")
        return error


def _told(answer: Answer) -> tuple[list[str], str]:
    """(the codes, the words) of Apple's errors."""
    try:
        errors = [fields(one) for one in items(fields(answer.json()).get("errors"))]
    except BadData:
        errors = []
    words = " ".join(text(one.get("detail")) or text(one.get("title")) for one in errors)
    return [text(one.get("code")) for one in errors], words[:300]
