"""Connecting an account by OAuth 2: Amends registers itself with the server, and a person there allows it.

https://docs.joinmastodon.org/spec/oauth: the code flow, with PKCE (RFC 7636) where the server's metadata (RFC 8414)
names it. Amends asks for no more than it does, where the server knows such fine permissions.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from amends.channels.base import BadData, Grant, LogInAgain, Rejected
from amends.channels.foreign import Unreadable, fields, items, text
from amends.channels.http import Http, Refused
from amends.channels.mastodon.client import Client
from amends.channels.mastodon.fields import decode
from amends.channels.mastodon.server import address

FINE = (
    "read:accounts", "read:notifications", "read:search", "read:statuses", "write:favourites", "write:media",
    "write:statuses",
)  # fmt: skip
COARSE = ("read", "write")


class Login:
    """The `LOGIN` of this channel."""

    async def begin(self, settings: Mapping[str, str], http: Http, back: str, state: str) -> Grant:
        """Register with the server and tell where to send the person. What is kept are secrets."""
        client = Client(http, address(settings.get("server", "")), "")
        told = await _metadata(client)
        scope = " ".join(FINE if set(FINE) <= set(map(text, items(told.get("scopes_supported")))) else COARSE)
        asked = {"client_name": "Amends", "redirect_uris": back, "scopes": scope}
        try:
            answer = await client.post("/api/v1/apps", data=asked, repeatable=True)
        except Refused as error:
            raise Rejected(
                f"{error} It may not be a server of the fediverse: check its address, or enter an access token."
            ) from error
        app = _read(answer.body)
        identity, secret = text(app.get("client_id")), text(app.get("client_secret"))
        if not identity or not secret:
            raise BadData(
                "The server did not register Amends: check its address, or enter an access token.", answer.body
            )
        query = {
            "response_type": "code", "client_id": identity, "redirect_uri": back, "scope": scope, "state": state,
        }  # fmt: skip
        kept = {"client_id": identity, "client_secret": secret, "scope": scope}
        if "S256" in items(told.get("code_challenge_methods_supported")):
            verifier = kept["verifier"] = secrets.token_urlsafe(64)
            challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
            query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        return Grant(url=f"{client.url}/oauth/authorize?{urlencode(query)}", kept=kept)

    async def finish(
        self, settings: Mapping[str, str], http: Http, back: str, kept: Mapping[str, str], code: str
    ) -> Mapping[str, str]:
        """Exchange the code for an access token: the account's settings. Raises `LogInAgain` where it is refused."""
        client = Client(http, address(settings.get("server", "")), "")
        asked = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back,
            "client_id": kept["client_id"], "client_secret": kept["client_secret"], "scope": kept["scope"],
        } | ({"code_verifier": kept["verifier"]} if "verifier" in kept else {})  # fmt: skip
        hidden = [code, kept["client_secret"], kept.get("verifier", "")]
        try:
            answer = await http.post(f"{client.url}/oauth/token", data=asked, secrets=hidden)
        except Refused as error:
            raise LogInAgain(
                "The server did not accept the sign-in; it may have taken too long: begin again."
            ) from error
        token = text(_read(answer.body).get("access_token"))
        if not token:
            raise BadData("The server did not give an access token: begin again, or enter one by hand.")
        return {**settings, "server": client.url, "token": token}


async def _metadata(client: Client) -> Mapping[str, Any]:
    """What the server tells of its sign-in; nothing, on most that are not Mastodon."""
    try:
        return fields(decode((await client.get("/.well-known/oauth-authorization-server")).body))
    except (Refused, LogInAgain, Unreadable):
        return {}


def _read(raw: bytes) -> Mapping[str, Any]:
    try:
        return fields(decode(raw))
    except Unreadable as error:
        raise BadData("The server did not answer as one of the fediverse does: check its address.") from error


LOGIN = Login()
