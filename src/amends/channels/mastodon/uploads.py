"""Files of a reply: sent before it, each with its alternative text, and waited for while the server works on them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2b

from amends.channels.base import BadData, File, Rejected, RetryLater
from amends.channels.foreign import Unreadable, fields
from amends.channels.http import Answer, Refused
from amends.channels.mastodon.client import Client
from amends.channels.mastodon.fields import decode, ident
from amends.channels.mastodon.server import Server

WAITS = (0.1, 0.3, 0.6, 1.0, 2.0, 3.0, 4.0)  # seconds between looks at a file in work
KEPT = 200


class Uploads:
    """Files sent already, by what they are: a reply that is tried again does not send them again."""

    def __init__(self) -> None:
        self._sent: OrderedDict[bytes, str] = OrderedDict()

    async def send(self, client: Client, server: Server, files: Sequence[File]) -> list[str]:
        """The ids of the files on the server, in order. Raises `Rejected` for one that it does not take."""
        if len(files) > server.files:
            raise Rejected(
                f"A post on {server.domain} takes {server.files} files: leave out {len(files) - server.files}."
            )
        for file in files:
            refuse_too_large(file, server)
        return [await self._one(client, file) for file in files]

    async def _one(self, client: Client, file: File) -> str:
        mark = blake2b(b"\0".join([file.content, file.alt.encode(), file.mime.encode()]), digest_size=16).digest()
        known = self._sent.get(mark)
        answer = await (_look(client, known) if known else _upload(client, file))
        local = _id(answer)
        self._sent[mark] = local
        while len(self._sent) > KEPT:
            self._sent.popitem(last=False)
        for wait in WAITS:
            if answer.status not in (202, 206):
                return local
            await asyncio.sleep(wait)
            answer = await _look(client, local)
        raise RetryLater(f"The server is still working on {file.name}. Trying again.", timedelta(seconds=30))


def refuse_too_large(file: File, server: Server) -> None:
    most = server.image_bytes if file.mime.startswith("image/") else server.video_bytes
    if len(file.content) > most:
        raise Rejected(f"{file.name} is too large: {server.domain} takes files of {most >> 20} MB, so make it smaller.")


async def _upload(client: Client, file: File) -> Answer:
    """Twice does no harm: what no post has is thrown away by the server."""
    data = {"description": file.alt} if file.alt else None
    try:
        return await client.post("/api/v2/media", data=data, files={"file": file}, repeatable=True)
    except Refused as error:
        if error.status != 404:
            raise
    return await client.post("/api/v1/media", data=data, files={"file": file}, repeatable=True)


async def _look(client: Client, local: str) -> Answer:
    return await client.get(f"/api/v1/media/{local}")


def _id(answer: Answer) -> str:
    try:
        local = ident(fields(decode(answer.body)).get("id"))
    except Unreadable:
        local = ""
    if not local:
        raise BadData("The server took a file and did not say under which id.", answer.body)
    return local
