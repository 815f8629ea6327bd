"""Replies, each of which leaves at most once.

Before the words of a mail go to the SMTP server, a copy is put into the Sent folder and marked as a draft; when the
server has taken the mail, the mark is taken away, and when it certainly has not, the copy. So the Sent folder always
tells: no copy, and it never left; a copy, and it did; a draft, and only the mail server's log knows: a person decides.

Where the provider itself files what is sent (Gmail, Outlook), a copy there says that it left; that none is there says
nothing. Where nobody files copies, nothing can be looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from amends.channels.base import ChannelError, Outgoing, Rejected, RetryLater, Sent, Unclear
from amends.channels.email import mailboxes, smtp
from amends.channels.email.account import Account
from amends.channels.email.compose import Mail, compose
from amends.channels.email.imap import Imap, Refused, logged_in
from amends.channels.email.responses import names
from amends.channels.http import Http

DRAFT = "\\draft"


async def send(http: Http, account: Account, outgoing: Outgoing) -> Sent:
    """Raises `RetryLater` when it certainly did not leave, `Rejected` when it never will, `Unclear` when it may."""
    mail = compose(account, outgoing)
    if account.copies == "nobody":
        await _leave(http, account, mail, None)
        return _sent(mail, outgoing)
    imap = await logged_in(http, account)
    try:
        folder = await _sent_folder(http, imap, account)
        copies = await _copies(imap, folder, mail.id)
        if any(not draft for draft in copies.values()):
            return _sent(mail, outgoing)
        ledger = _Ledger(imap, folder, mail, list(copies)) if account.copies == "amends" else None
        await _leave(http, account, mail, ledger)
    finally:
        await imap.log_out()
    return _sent(mail, outgoing)


async def find(http: Http, account: Account, outgoing: Outgoing) -> Sent | None:
    """None: it certainly never left. Raises `Unclear` where the Sent folder does not tell."""
    mail = compose(account, outgoing)
    imap = await logged_in(http, account)
    try:
        copies = await _copies(imap, await _sent_folder(http, imap, account), mail.id)
    finally:
        await imap.log_out()
    if any(not draft for draft in copies.values()):
        return _sent(mail, outgoing)
    if copies:
        raise Unclear(
            "The connection broke while the mail was handed over. Its copy lies in the Sent folder, marked as a draft: "
            f"the log of {account.smtp.host} knows whether it left, or ask the customer."
        )
    if account.copies == "server":
        raise Unclear(
            f"{account.imap.host} has not put it into the Sent folder so far: look there before sending anew."
        )
    return None


class _Ledger:
    """The copy of one mail in the Sent folder. `drafts`: uids of copies that an earlier attempt has left, which is
    known not to have sent it."""

    def __init__(self, imap: Imap, folder: str, mail: Mail, drafts: Sequence[int]) -> None:
        self._imap, self._folder, self._mail, self._drafts = imap, folder, mail, drafts

    async def open(self) -> None:
        if not self._drafts:
            try:
                await self._imap.append(self._folder, self._mail.content, "\\Seen \\Draft")
            except Refused as error:
                raise Rejected(f"The Sent folder takes no copy, so that the mail was not sent. {error}") from error

    async def settle(self, left: bool) -> None:
        """It left, or it did not. That it can't be written down changes nothing about it."""
        with suppress(ChannelError):
            drafts = list(await _copies(self._imap, self._folder, self._mail.id))
            if drafts and left:
                await self._imap.store(drafts[:1], "-FLAGS.SILENT (\\Draft)")
            elif drafts:
                await self._imap.remove(drafts)


async def _leave(http: Http, account: Account, mail: Mail, ledger: _Ledger | None) -> None:
    out = await smtp.ready(http, account)
    try:
        await out.envelope(mail.to, len(mail.content))
        if ledger:
            await ledger.open()
        try:
            await out.data(mail.content)
        except (RetryLater, Rejected):
            if ledger:
                await ledger.settle(False)
            raise
        if ledger:
            await ledger.settle(True)
    finally:
        out.close()


async def _copies(imap: Imap, folder: str, mail: str) -> dict[int, bool]:
    """{uid: whether it is marked as a draft} of this mail in the Sent folder."""
    if imap.open != folder:
        await imap.select(folder, write=True)
    uids = await imap.search(f'UNDELETED HEADER Message-ID "{mail}"')
    found = await imap.fetch(uids, "FLAGS") if uids else {}
    return {uid: DRAFT in names(fields.get("FLAGS")) for uid, fields in found.items()}


async def _sent_folder(http: Http, imap: Imap, account: Account) -> str:
    """Its name, asked for once; made where there is none."""
    known: dict[str, str] = http.keep(("email", "sent", account.imap, account.user, account.sent), dict)
    if "name" not in known:
        folders = await imap.folders()
        known["name"] = account.sent or mailboxes.sent(folders) or await _made(imap, folders)
    return known["name"]


async def _made(imap: Imap, folders: Sequence[mailboxes.Folder]) -> str:
    try:
        await imap.create("Sent")
    except Refused:
        delimiter = next((one.delimiter for one in folders if one.delimiter), ".")
        await imap.create(f"INBOX{delimiter}Sent")
        return f"INBOX{delimiter}Sent"
    return "Sent"


def _sent(mail: Mail, outgoing: Outgoing) -> Sent:
    return Sent(id=mail.id, at=outgoing.created, context=msgspec.json.encode(mail.context).decode())
