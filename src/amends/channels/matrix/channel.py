"""One Matrix account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

import msgspec

from amends.channels.base import Author, Base, Batch, Checked, Limits, Outgoing, Query, Sent
from amends.channels.foreign import count, fields, text
from amends.channels.http import Http, Refused
from amends.channels.matrix import sending
from amends.channels.matrix.client import Client, Login
from amends.channels.matrix.hearing import follow, open_book
from amends.channels.matrix.ids import media, path
from amends.channels.matrix.manifest import MANIFEST, MOST_UPLOADED
from amends.channels.matrix.rooms import Book
from amends.channels.matrix.sync import look, page


class Matrix(Base):
    """The channel. It listens and answers as two devices, since a server lets each have one session and these are often
    two processes."""

    manifest = MANIFEST

    def __init__(self, listening: Client, answering: Client, settings: Mapping[str, str]) -> None:
        self._listening, self._answering = listening, answering
        self._rooms, self._invites = settings["rooms"].split(), settings["invites"]
        self._upload = settings.get("upload", "")

    def __repr__(self) -> str:
        return f"Matrix({self._listening})"

    @property
    def limits(self) -> Limits:
        if not self._upload.isdecimal():
            return MANIFEST.limits
        return msgspec.structs.replace(MANIFEST.limits, file_bytes=min(int(self._upload), MOST_UPLOADED))

    async def check(self) -> Checked:
        session = await self._listening.session()
        book = await open_book(self._listening, self._rooms)
        page(await look(self._listening, "", whole=True, limit=1), book, datetime.now(UTC))
        try:
            profile = fields((await self._listening.get(path("v3", "profile", session.user))).json())
        except Refused:
            profile = {}
        learned = {"homeserver": session.server, "device": session.device, "upload": await self._largest()}
        return Checked(
            account=Author(
                id=session.user,
                name=session.user[1:],
                display=text(profile.get("displayname")),
                avatar=media(session.server, text(profile.get("avatar_url"))),
            ),
            note=told(book, self._rooms),
            learned={name: value for name, value in learned.items() if value},
        )

    async def stream(self, cursor: str, queries: Sequence[Query]) -> AsyncIterator[Batch]:  # noqa: ARG002 - hears all
        batches = follow(self._listening, self._rooms, self._invites, cursor)
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    async def send(self, outgoing: Outgoing) -> Sent:
        return await sending.send(self._answering, outgoing, self.limits)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return await sending.find(self._answering, outgoing)

    async def _largest(self) -> str:
        """The largest file that the server takes, in bytes, "" where it does not say."""
        try:
            answer = await self._listening.get("/v1/media/config")
        except Refused:
            return ""
        largest = count(fields(answer.json()).get("m.upload.size"))
        return str(largest) if largest else ""


def told(book: Book, rooms: Sequence[str]) -> str:
    """What will be heard, and what not."""
    heard = [key for key in book.rooms if book.listens(key)]
    locked = book.unreadable
    said = [f"Rooms heard: {len(heard) - locked}."]
    if locked:
        said.append(f"Encrypted, and so not readable here: {locked}. Read those in a Matrix app.")
    if rooms and (missing := len(rooms) - len([key for key in book.wanted or () if key in book.rooms])):
        said.append(f"Listed, and not heard because the account is not in them: {missing}.")
    return " ".join(said)


def connect(settings: Mapping[str, str], http: Http) -> Matrix:
    """A channel from settings checked against the manifest; missing ones take their defaults. Sessions are kept in
    `http`: servers allow few log-ins, and an account is connected often."""
    given = {one.name: settings.get(one.name, "").strip() or one.default for one in MANIFEST.settings}
    given |= {name: settings.get(name, "") for name in ("device", "homeserver", "upload")}
    user, password, token = given["user"], given["password"], given["token"]

    def client(purpose: str, device: str) -> Client:
        login = Login(user, password, token, given["server"] or given["homeserver"], device)
        key = ("matrix", purpose, user, password, token, given["server"])
        return http.keep(key, lambda: Client(http, login))

    device = given["device"]
    return Matrix(client("listening", device), client("answering", f"{device}-answers" if device else ""), given)
