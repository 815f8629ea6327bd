"""One account of a Lemmy server, or one anonymous listener there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from amends.channels.base import Author, Base, Batch, Can, Checked, LogInAgain, Outgoing, Query, Rejected, Sent
from amends.channels.foreign import fields, items, number, text
from amends.channels.http import Http, Refused
from amends.channels.lemmy import finding, sending
from amends.channels.lemmy.manifest import MANIFEST
from amends.channels.lemmy.parents import Parents
from amends.channels.lemmy.parse import Reader
from amends.channels.lemmy.placing import is_private
from amends.channels.lemmy.polling import Poll
from amends.channels.lemmy.session import REFUSED, Client

AS_ACCOUNT = frozenset({Can.NOTIFICATIONS, Can.REPLY, Can.DIRECT, Can.LIKE, Can.FIND, Can.EDIT_OUT})
# What servers of version 1 tell and take only in the API of version 4.
OLD_ONLY = frozenset({Can.NOTIFICATIONS, Can.DIRECT})
NEWER = (
    "This server runs Lemmy {version}. Its public posts and comments are heard and answered; its notifications and "
    "private messages can't be heard yet, since it tells them only in its new interface."
)


class Lemmy(Base):
    """The channel. `version` is the server's, "" before it was asked."""

    manifest = MANIFEST

    def __init__(
        self, client: Client, parents: Parents, communities: Sequence[str], version: str, languages: Mapping[int, str]
    ) -> None:
        self._client, self._parents, self._communities = client, parents, communities
        self._version, self._languages = version, languages

    def __repr__(self) -> str:
        return f"Lemmy({self._client!r})"

    @property
    def can(self) -> frozenset[Can]:
        if not self._client.has_account:
            return MANIFEST.can - AS_ACCOUNT
        return MANIFEST.can - {Can.ANONYMOUS} - (OLD_ONLY if is_newer(self._version) else frozenset())

    async def check(self) -> Checked:
        if not self._client.has_account:
            site = fields((await self._client.site()).json())
            view = fields(site.get("site_view"))
            if fields(view.get("local_site")).get("private_instance") is True:
                raise LogInAgain(f"{self._client.host} {REFUSED['instance_is_private']}")
            name = text(fields(view.get("site")).get("name")) or self._client.host
            note = f"Hears what {name} knows of Lemmy, without an account. It can't answer."
            return Checked(note=note, learned=learned(site))
        session = await self._client.session()
        site = fields((await self._client.get("site")).json())
        if not site.get("my_user"):  # a session that ended is not refused here: anybody's view is given
            session = await self._client.renew(session)
        account = Author(
            id=session.actor, name=f"{session.name}@{self._client.host}", display=session.display
        )  # fmt: skip
        version = text(site.get("version"))
        note = NEWER.format(version=version) if is_newer(version) else ""
        return Checked(account=account, note=note, learned=learned(site))

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        us = (await self._client.session()).actor if self._client.has_account else ""
        reader = Reader(us, None, self._languages)
        poll = Poll(self._client, self._parents, reader, self._communities, inbox=Can.NOTIFICATIONS in self.can)
        try:
            async for batch in poll.batches(cursor, queries, now):
                yield batch
        except Refused as error:
            raise self._client.wrong(error) from error

    async def send(self, outgoing: Outgoing) -> Sent:
        if is_newer(self._version) and is_private(outgoing, sending.target(outgoing)):
            raise Rejected(f"{NEWER.format(version=self._version)} Write to the person on its own page.")
        return await sending.send(self._account(), outgoing, self.limits)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return await finding.find(self._account(), outgoing, sending.target(outgoing))

    def _account(self) -> Client:
        if not self._client.has_account:
            raise LogInAgain("This source only listens: enter an account of the server to answer.")
        return self._client


def learned(site: Mapping[str, Any]) -> dict[str, str]:
    """What to keep of what a server tells of itself."""
    codes = [(number(one.get("id")), text(one.get("code"))) for one in map(fields, items(site.get("all_languages")))]
    languages = ",".join(f"{one}:{code}" for one, code in codes if one and code.isalnum() and code != "und")
    return {"version": text(site.get("version")), "languages": languages}


def is_newer(version: str) -> bool:
    """Whether a server is of version 1 or later."""
    major = version.partition(".")[0]
    return major.isdecimal() and int(major) >= 1


def connect(settings: Mapping[str, str], http: Http) -> Lemmy:
    """A channel from settings checked against the manifest, and what `check` learned. Sessions are kept in `http`: a
    server lets an address log in only a few times an hour."""
    given = {name: value.strip() for name, value in settings.items()}
    address = given.get("address", "").rstrip("/")
    secrets = tuple(given.get(name, "") for name in ("username", "password", "totp"))
    client = http.keep(("lemmy", address, *secrets), lambda: Client(http, address, *secrets))
    parents = http.keep(("lemmy", address), Parents)
    communities = [name.removeprefix("!") for name in given.get("communities", "").split()]
    codes = (pair.partition(":") for pair in given.get("languages", "").split(","))
    languages = {int(one): code for one, _, code in codes if one.isdecimal()}
    return Lemmy(client, parents, communities, given.get("version", ""), languages)
