"""One account of a forum, or one anonymous listener there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from amends.channels.base import (
    Author,
    Base,
    Batch,
    Can,
    Checked,
    Limits,
    LogInAgain,
    Outgoing,
    Query,
    Received,
    Rejected,
    Sent,
)
from amends.channels.cursors import believed
from amends.channels.discourse import finding, hook, sending
from amends.channels.discourse.client import MEMBERS, Client
from amends.channels.discourse.cursor import Cursor
from amends.channels.discourse.inbox import messages, notifications
from amends.channels.discourse.manifest import MANIFEST
from amends.channels.discourse.polling import posts
from amends.channels.discourse.site import site
from amends.channels.foreign import count, fields, number, text
from amends.channels.http import Http, Refused

AS_ACCOUNT = frozenset({Can.NOTIFICATIONS, Can.REPLY, Can.DIRECT, Can.LIKE, Can.FIND, Can.EDIT_OUT})
SPARING = timedelta(minutes=2)  # a user API key may make 2,880 calls a day


class Discourse(Base):
    """The channel. `secret` is that of the forum's webhook, "" without one; `longest` and `shortest` are what the forum
    said of its posts."""

    manifest = MANIFEST

    def __init__(self, client: Client, secret: str, longest: int, shortest: int) -> None:
        self._client, self._secret, self._shortest = client, secret, shortest
        self._limits = msgspec.structs.replace(MANIFEST.limits, text=longest) if longest else MANIFEST.limits

    def __repr__(self) -> str:
        return f"Discourse({self._client!r})"

    @property
    def can(self) -> frozenset[Can]:
        lacking = {Can.ANONYMOUS} if self._client.has_key else AS_ACCOUNT
        return MANIFEST.can - lacking - (frozenset() if self._secret else {Can.RECEIVE})

    @property
    def limits(self) -> Limits:
        return self._limits

    async def check(self) -> Checked:
        if not self._client.has_key:
            return await self._check_anonymously()
        if not self._client.username and not self._client.user_key:
            raise LogInAgain("Enter the user name that the API key was made for, beside the key.")
        try:
            view = fields(fields((await self._client.get("session/current")).json()).get("current_user"))
        except Refused as error:
            raise self._client.wrong(error) from error
        identity, name = number(view.get("id")), text(view.get("username"))
        if not identity or not name:
            raise LogInAgain(f"{self._client.site.host} does not say whose key this is: make a new one.")
        account = Author(id=self._client.site.person(identity), name=name, display=text(view.get("name")))
        return Checked(account=account, learned={"account": name, **await self._settings()})

    async def _check_anonymously(self) -> Checked:
        try:
            view = fields((await self._client.get("site/basic-info")).json())
        except Refused as error:
            raise self._client.wrong(error) from error
        if view.get("login_required") is True:
            raise LogInAgain(f"{self._client.site.host} {MEMBERS}")
        title = text(view.get("title")) or self._client.site.host
        return Checked(note=f"Hears the public posts of {title}, without an account. It can't answer.")

    async def _settings(self) -> dict[str, str]:
        """How long posts may be here, as far as the forum tells."""
        try:
            view = fields((await self._client.get("site/settings")).json())
        except Refused:
            return {}
        told = {"longest": count(view.get("max_post_length")), "shortest": count(view.get("min_post_length"))}
        return {name: str(value) for name, value in told.items() if value}

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        state = Cursor.parse(believed(cursor, now))
        if self._client.user_key and state.heard and now - state.heard < SPARING:
            return
        feeds = [messages(self._client, state, now), notifications(self._client, state, now)]
        try:
            for feed in [*(feeds if self._client.has_key else []), posts(self._client, state, queries, now)]:
                async for batch in feed:
                    yield batch
        except Refused as error:
            raise self._client.wrong(error) from error

    def receive(self, call: Received, now: datetime) -> Batch:
        if not self._secret:
            raise Rejected(
                "No secret is entered for the forum's webhook, so that its calls can't be told from others'."
            )
        return hook.receive(self._client.site, self._client.us, self._secret, call, now)

    async def send(self, outgoing: Outgoing) -> Sent:
        return await sending.send(self._account(), outgoing, self._limits, self._shortest)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        client = self._account()
        return await finding.find(client, outgoing, await sending.target(client, outgoing))

    def _account(self) -> Client:
        if not self._client.has_key:
            raise LogInAgain("This source only listens: enter an API key of the forum to answer.")
        return self._client


def connect(settings: Mapping[str, str], http: Http) -> Discourse:
    """A channel from settings checked against the manifest, and what `check` learned."""
    given = {name: value.strip() for name, value in settings.items()}
    client = Client(
        http,
        site(given.get("address", "")),
        given.get("username", "").removeprefix("@") or given.get("account", ""),
        given.get("api_key", ""),
        given.get("user_key", ""),
    )
    longest, shortest = (
        int(value) if value.isdecimal() else 0 for value in map(given.get, ("longest", "shortest"), ("", ""))
    )
    return Discourse(client, given.get("hook_secret", ""), longest, shortest)
