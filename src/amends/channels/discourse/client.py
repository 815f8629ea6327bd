"""Calls to one forum, as an account or as anybody."""

from __future__ import annotations

from typing import Any

import msgspec

from amends.channels.base import LogInAgain, Rejected
from amends.channels.discourse.site import Site
from amends.channels.foreign import UNDECODABLE, fields, items, text
from amends.channels.http import Answer, Http, Refused

ADVICE = (
    "Ask an administrator of the forum for a new one (Admin, API keys, user level: single user), and enter it here "
    "with that user's name."
)
OUR_ADVICE = "Make a new user API key in the forum, and enter it here."
MEMBERS = "shows its posts to members only: enter an API key of an account there."


class Client:
    """`username` is the account's, "" without one. Every method raises what `Http` does; a refusal is a `Refused`."""

    def __init__(self, http: Http, site: Site, username: str, api_key: str, user_key: str) -> None:
        self.site, self.username, self.user_key = site, username, bool(user_key)
        self._http = http
        self._headers: dict[str, str] = {}
        if user_key:
            self._headers = {"User-Api-Key": user_key}
        elif api_key:
            self._headers = {"Api-Key": api_key, "Api-Username": username}
        self._secrets = [key for key in (api_key, user_key) if key]

    def __repr__(self) -> str:
        return f"Client({self.site.address!r}, {self.username!r})"

    @property
    def has_key(self) -> bool:
        return bool(self._headers)

    @property
    def us(self) -> str:
        """Our user name as the forum compares names."""
        return self.username.lower()

    async def get(self, path: str, **params: Any) -> Answer:
        url = f"{self.site.address}/{path}.json"
        return await self._http.get(url, params=params, headers=self._headers, secrets=self._secrets)

    async def post(self, path: str, body: Any, *, repeatable: bool = False, method: str = "POST") -> Answer:
        """A call that changes something. Raises `Unclear` where it is not known whether it was done."""
        return await self._http.post(
            f"{self.site.address}/{path}.json", json=body, headers=self._headers, secrets=self._secrets,
            repeatable=repeatable, method=method,
        )  # fmt: skip

    def wrong(self, error: Refused) -> Rejected | LogInAgain:
        """What a refusal of something that any account may read means, for the person who connected it."""
        host = self.site.host
        if error.status in (401, 403) and not self.has_key:
            return LogInAgain(f"{host} {MEMBERS}")
        if error.status in (401, 403):
            advice = OUR_ADVICE if self.user_key else ADVICE
            return LogInAgain(f"{host} does not accept the key of {self.username or 'this account'}. {advice}")
        if error.status == 404 or error.status < 400:
            return Rejected(f"{host} does not answer as a Discourse forum: check the address.")
        return error


def said(error: Refused) -> str:
    """The forum's own words for a refusal, or "": they are a person's, in the account's language."""
    try:
        body = fields(msgspec.json.decode(error.answer.body))
    except UNDECODABLE:
        return ""
    return " ".join(text(word) for word in items(body.get("errors")))[:300].strip()
