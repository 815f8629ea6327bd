"""Following a mailbox: its first folder as mail comes in, the others once a minute, on one connection.

A folder's mails have uids that grow, as long as its UIDVALIDITY stays. When that changes (the mailbox was moved or
repaired), what came since the folder was last heard is heard again; what is known by its Message-ID is nothing new.
"""

from __future__ import annotations

import asyncio
from calendar import month_abbr
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

from amends.channels.base import Batch, Malformed, Period, Post, Rejected
from amends.channels.email import mailboxes
from amends.channels.email.account import Account
from amends.channels.email.cursor import Cursor, Place
from amends.channels.email.headers import date
from amends.channels.email.imap import Imap, Refused, Selected, logged_in
from amends.channels.email.parse import KEPT, parse
from amends.channels.email.responses import names, number
from amends.channels.http import Http

ROUND = 60.0  # seconds between looks into the other folders
QUIET = 240.0  # seconds until it is said that nothing came
LARGEST = 25 << 20  # bytes of a mail that are read
AT_ONCE = 50  # mails in a batch,
TOGETHER = 4 << 20  # and their bytes, but for a single larger one
LISTED = 500  # mails whose sizes are asked for in one go
READERS = 4  # mailboxes of which mails are held in memory at a time
OVERLAP = timedelta(days=1)  # IMAP searches by the server's own days
UNHEARD = frozenset({"\\draft", "\\deleted"})


async def follow(http: Http, account: Account, cursor: str) -> AsyncGenerator[Batch, None]:
    """Batches without end, from `cursor`. Raises when the connection is lost."""
    state = Cursor.parse(cursor)
    room = http.keep(("email", "reading"), lambda: asyncio.Semaphore(READERS))
    imap = await logged_in(http, account)
    try:
        folders, sent = await heard_folders(imap, account)
        ear = _Ear(imap, account, state, sent, room)
        due = 0.0
        while True:
            whole = monotonic() >= due
            for folder in reversed(folders) if whole else folders[:1]:  # the first is left open, to wait in
                async for batch in ear.news(folder):
                    yield batch
            if whole:
                due = monotonic() + ROUND
            await imap.wait(due - monotonic())
    finally:
        imap.close()


async def heard_folders(imap: Imap, account: Account) -> tuple[list[str], str]:
    """(the folders to hear, the Sent folder or "", which is the last of them). Raises `Rejected` for one that is not
    there."""
    there = await imap.folders()
    named = {one.name.casefold(): one.name for one in there} | {"inbox": "INBOX"}
    wanted = [*account.folders, *([account.sent] if account.sent else [])]
    if missing := [one for one in wanted if one.casefold() not in named]:
        known = ", ".join(sorted(named.values())[:30])
        raise Rejected(f"The mailbox has no folder '{missing[0]}': correct it in the settings. There are: {known}.")
    sent = named[account.sent.casefold()] if account.sent else mailboxes.sent(there)
    folders = [named[one.casefold()] for one in account.folders]
    return list(dict.fromkeys([*folders, *([sent] if sent else [])])), sent


class _Ear:
    """Hears the folders of one connection. `room` lets only a few mailboxes hold mails in memory at a time."""

    def __init__(self, imap: Imap, account: Account, state: Cursor, sent: str, room: asyncio.Semaphore) -> None:
        self._imap, self._account, self._state, self._sent, self._room = imap, account, state, sent, room
        self._told: dict[str, float] = {}  # when each folder was last spoken of
        self._open: dict[str, Selected] = {}

    async def news(self, folder: str) -> AsyncGenerator[Batch, None]:
        """What came into a folder, and up to when it was heard."""
        began = datetime.now(UTC)
        place, uids = await self._new(folder, began)
        since = datetime.fromtimestamp(place.heard, UTC)
        for at in range(0, len(uids), LISTED):
            async for batch in self._read(folder, uids[at : at + LISTED], place):
                yield batch
        place.heard = max(place.heard, began.timestamp())
        if uids or monotonic() - self._told.get(folder, -QUIET) >= QUIET:
            self._told[folder] = monotonic()
            yield Batch(cursor=self._state.text(), covered=(Period(folder, min(since, began), began),))

    async def _new(self, folder: str, now: datetime) -> tuple[Place, list[int]]:
        """(where the folder was heard to, the uids that are new)."""
        imap, held = self._imap, self._state.folders.get(folder)
        if imap.open != folder:
            if held and folder in self._open and imap.open:
                stands = await imap.status(folder)
                if (stands.validity, stands.next) == (held.validity, held.next):
                    return held, []
            self._open[folder] = await imap.select(folder)
        validity, following = self._open[folder]
        if held and held.validity == validity:
            return held, [uid for uid in await imap.search(f"UID {held.next}:*") if uid >= held.next]
        since = datetime.fromtimestamp(held.heard, UTC) if held else now - timedelta(days=self._account.days)
        uids = await imap.search(f"SINCE {_day(since - OVERLAP)}")
        if not uids:
            following = max(following, 1)
        place = Place(validity, uids[0] if uids else following, since.timestamp())
        self._state.folders[folder] = place
        return place, uids

    async def _read(self, folder: str, uids: Sequence[int], place: Place) -> AsyncGenerator[Batch, None]:
        """The mails of these uids, some at a time."""
        told = await self._imap.fetch(uids, "RFC822.SIZE INTERNALDATE FLAGS")
        sizes = {
            uid: number(told[uid].get("RFC822.SIZE"))
            for uid in uids
            if uid in told and not UNHEARD & names(told[uid].get("FLAGS"))
        }
        for some in _portions(sizes):
            async with self._room:
                mails = await self._mails(some)
                received = {uid: _received(told[uid]) for uid in some}
                found = await asyncio.to_thread(self._parsed, mails, sizes, received, folder == self._sent)
                del mails
            place.next = some[-1] + 1
            yield Batch(
                posts=tuple(one for one in found if isinstance(one, Post)),
                malformed=tuple(one for one in found if isinstance(one, Malformed)),
                cursor=self._state.text(),
            )
        place.next = max(place.next, uids[-1] + 1)

    async def _mails(self, uids: Sequence[int]) -> dict[int, bytes | str]:
        """Each mail, or why the server does not give it: one that it can't read must not stop the others."""
        try:
            fetched = await self._imap.fetch(uids, f"BODY.PEEK[]<0.{LARGEST}>")
        except Refused as error:
            if len(uids) == 1:
                return {uids[0]: str(error)}
            return {uid: mail for one in uids for uid, mail in (await self._mails([one])).items()}
        return {uid: held for uid in uids if isinstance(held := fetched.get(uid, {}).get("BODY[]"), bytes)}

    def _parsed(
        self, mails: Mapping[int, bytes | str], sizes: Mapping[int, int], received: Mapping[int, datetime], sent: bool
    ) -> list[Post | Malformed]:
        return [
            parse(mail, received[uid], self._account.address, sent=sent, size=sizes[uid])
            if isinstance(mail, bytes)
            else Malformed(mail, f"uid {uid}".encode()[:KEPT])
            for uid, mail in mails.items()
        ]


def _portions(sizes: Mapping[int, int]) -> list[list[int]]:
    found: list[list[int]] = []
    together = 0
    for uid, size in sizes.items():
        read = min(size, LARGEST)
        if not found or len(found[-1]) >= AT_ONCE or together + read > TOGETHER:
            found.append([])
            together = 0
        found[-1].append(uid)
        together += read
    return found


def _received(told: Mapping[str, object]) -> datetime:
    value = told.get("INTERNALDATE")
    return (date(value.decode("ascii", "replace")) if isinstance(value, bytes) else None) or datetime.now(UTC)


def _day(moment: datetime) -> str:
    """As IMAP writes days."""
    return f"{moment.day}-{month_abbr[moment.month]}-{moment.year}"
