"""Calls to one server, as an account or as nobody, and the pages that it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from amends.channels.base import BadData, Budget, File, LogInAgain
from amends.channels.http import Answer, Http, Refused, budget
from amends.channels.mastodon.fields import ident

ADVICE = "Connect the account again: sign in there, or enter a new access token from Preferences, Development."
CLOSED = "shows this to its own accounts only: enter an access token of an account there."

NEXT = re.compile(r'<([^<>]*)>\s*;[^,<>]*\brel="?next"?', re.ASCII)


class Client:
    """`url` is the server's, without a slash at its end; `token` is "" for nobody."""

    def __init__(self, http: Http, url: str, token: str) -> None:
        self.http, self.url, self._token = http, url, token
        self.budget: Budget | None = None

    def __repr__(self) -> str:
        return f"Client({self.url!r}, {'an account' if self._token else 'anonymous'})"

    @property
    def known(self) -> bool:
        """Whether it speaks as an account."""
        return bool(self._token)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

    @property
    def token(self) -> str:
        return self._token

    async def get(self, path: str, **params: Any) -> Answer:
        """`params` that are None are left out. Raises `LogInAgain` where the token is refused or may not do this."""
        given = {name: value for name, value in params.items() if value is not None}
        return await self.ask(path, given)

    async def ask(self, path: str, params: Mapping[str, Any]) -> Answer:
        """The same, for parameters whose names are no names in Python."""
        try:
            answer = await self.http.get(self.url + path, params=params, headers=self.headers)
        except Refused as error:
            raise self._meant(error) from error
        return self._counted(answer)

    async def post(
        self,
        path: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, File] | None = None,
        key: str = "",
        repeatable: bool = False,
        method: str = "POST",
    ) -> Answer:
        """Do something, once. `key` is the `Idempotency-Key`. Raises `Unclear` where it may have been done."""
        headers = self.headers | ({"idempotency-key": key} if key else {})
        try:
            answer = await self.http.post(
                self.url + path, json=json, data=data, files=files, headers=headers, repeatable=repeatable,
                method=method,
            )  # fmt: skip
        except Refused as error:
            raise self._meant(error) from error
        return self._counted(answer)

    def _counted(self, answer: Answer) -> Answer:
        self.budget = budget(answer.headers) or self.budget
        return answer

    def _meant(self, error: Refused) -> Refused | LogInAgain:
        """What a refusal asks a person to do."""
        host = error.answer.host
        if error.status == 401:
            return LogInAgain(
                f"{host} does not accept the access token. {ADVICE}" if self.known else f"{host} {CLOSED}"
            )
        if error.status == 403 and "scope" in str(error).lower():
            return LogInAgain(f"The access token of {host} does not allow this. {ADVICE}")
        return error


def listed(body: bytes, under: str = "") -> list[bytes]:
    """The items of an answer as they came, or of its list `under` a name. Raises `BadData`."""
    try:
        if under:
            return [bytes(raw) for raw in msgspec.json.decode(body, type=dict[str, list[msgspec.Raw]])[under]]
        return [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, UnicodeError, RecursionError, KeyError) as error:
        raise BadData("The server did not answer with a list: is it one of the fediverse?", body) from error


def older(answer: Answer, last: str, full: bool) -> str:
    """The `max_id` of the next older page, or "" at the end: what the `Link` header says, or the id of the last item
    where the server sends none and the page was `full`. Only the id is taken from the header, never an address."""
    if "link" not in answer.headers:
        return last if full else ""
    found = NEXT.search(answer.headers["link"])
    try:
        given = parse_qs(urlsplit(found[1]).query).get("max_id", [""])[0] if found else ""
    except ValueError:
        given = ""
    return ident(given)
