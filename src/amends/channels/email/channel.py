"""One mailbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing

from amends.channels.base import Author, Base, Batch, Can, Checked, Outgoing, Query, Rejected, Sent
from amends.channels.email import sending, smtp
from amends.channels.email.account import Account, account
from amends.channels.email.hearing import follow, heard_folders
from amends.channels.email.imap import logged_in
from amends.channels.email.manifest import MANIFEST
from amends.channels.http import Http


class Email(Base):
    manifest = MANIFEST

    def __init__(self, http: Http, held: Account) -> None:
        self._http, self._account = http, held

    def __repr__(self) -> str:
        return f"Email({self._account.address})"

    @property
    def can(self) -> frozenset[Can]:
        return MANIFEST.can - {Can.FIND} if self._account.copies == "nobody" else MANIFEST.can

    async def check(self) -> Checked:
        """Logs in to both servers."""
        held = self._account
        imap = await logged_in(self._http, held)
        try:
            folders, sent = await heard_folders(imap, held)
        finally:
            await imap.log_out()
        (await smtp.ready(self._http, held)).close()
        note = f"Hears {', '.join(folders)}."
        if not sent:
            note += " There is no Sent folder, so that answers written elsewhere are not seen."
        return Checked(account=Author(id=held.address, name=held.address, display=held.name), note=note)

    async def stream(self, cursor: str, queries: Sequence[Query]) -> AsyncIterator[Batch]:  # noqa: ARG002 - all is to us
        batches = follow(self._http, self._account, cursor)
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    async def send(self, outgoing: Outgoing) -> Sent:
        return await sending.send(self._http, self._account, outgoing)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        if self._account.copies == "nobody":
            raise Rejected("No copies of answers are filed, so that none can be looked up.")
        return await sending.find(self._http, self._account, outgoing)


def connect(settings: Mapping[str, str], http: Http) -> Email:
    """A channel from settings checked against the manifest; missing ones take their defaults."""
    return Email(http, account(settings))
