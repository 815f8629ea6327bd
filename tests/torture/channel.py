"""The channel of the small network in `peer`, installed for the processes under torture by an entry point."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

from amends.channels.base import (
    Author,
    Base,
    Batch,
    Can,
    Checked,
    Manifest,
    Outgoing,
    Post,
    Query,
    Sent,
    Setting,
)  # fmt: skip
from amends.channels.http import Http, Refused

NAME = "torture"
MANIFEST = Manifest(
    name=NAME,
    label="Torture",
    about="A small network on loopback.",
    can=frozenset({Can.POLL, Can.REPLY, Can.FIND, Can.BACKFILL}),
    settings=(Setting(name="service", label="Service"),),
    poll_every=timedelta(milliseconds=50),
    pace=(1000, timedelta(seconds=1)),
)


class Torture(Base):
    manifest = MANIFEST

    def __init__(self, service: str, http: Http) -> None:
        self.service, self.http = service, http

    async def check(self) -> Checked:
        return Checked(account=Author(id="air", name="air"))

    async def poll(self, cursor: str, queries: Sequence[Query], now: datetime) -> AsyncIterator[Batch]:
        while True:
            answer = (await self.http.get(f"{self.service}/posts", params={"after": cursor or "0"})).json()
            cursor = str(answer["last"])
            yield Batch(posts=tuple(map(as_post, answer["posts"])), cursor=cursor)
            if not answer["posts"]:
                return

    def new_key(self, now: datetime, salt: int) -> str:
        return f"key-{salt}"

    async def send(self, outgoing: Outgoing) -> Sent:
        given = {"key": outgoing.key, "text": outgoing.text, "parent": outgoing.to, "root": outgoing.root}
        given |= {"sent": time.time()}
        return as_sent((await self.http.post(f"{self.service}/replies", json=given)).json())

    async def find(self, outgoing: Outgoing) -> Sent | None:
        try:
            return as_sent((await self.http.get(f"{self.service}/replies/{outgoing.key}")).json())
        except Refused as error:
            if error.status == 404:
                return None
            raise

    async def close(self) -> None:
        """Nothing is held open."""


def as_post(given: Mapping[str, str]) -> Post:
    return Post(
        network=NAME,
        id=given["id"],
        author=Author(id=given["author"], name=given["author"], followers=100),
        created=datetime.fromisoformat(given["at"]),
        text=given["text"],
        parent=given["parent"],
        root=given["root"],
    )


def as_sent(given: Mapping[str, str]) -> Sent:
    return Sent(id=given["id"], at=datetime.fromisoformat(given["at"]))


def connect(settings: Mapping[str, str], http: Http) -> Torture:
    return Torture(settings["service"], http)
