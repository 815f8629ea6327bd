"""One system of the company's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from amends.channels.base import Base, Batch, Can, Checked, Limits, LogInAgain, Outgoing, Received, Sent
from amends.channels.http import Http
from amends.channels.inbound import mail
from amends.channels.inbound.manifest import MANIFEST, NONE
from amends.channels.inbound.parse import parse
from amends.channels.inbound.sending import Address, refuse
from amends.channels.inbound.signature import NAME, verify

ANSWERING = frozenset({Can.REPLY, Can.DIRECT, Can.FIND})


class Inbound(Base):
    """The channel. `address` is None where the system takes no answers; `lookup`: it can be asked for one."""

    manifest = MANIFEST

    def __init__(
        self, system: str, secrets: Sequence[str], address: Address | None, *, lookup: bool, longest: int
    ) -> None:
        self._system, self._secrets, self._address = system, secrets, address
        self._lookup, self._longest = lookup, longest

    def __repr__(self) -> str:
        return f"Inbound({self._system}, {self._address})"

    @property
    def can(self) -> frozenset[Can]:
        if self._address is None:
            return MANIFEST.can - ANSWERING
        return MANIFEST.can if self._lookup else MANIFEST.can - {Can.FIND}

    @property
    def limits(self) -> Limits:
        return msgspec.structs.replace(MANIFEST.limits, text=self._longest)

    async def check(self) -> Checked:
        if self._address is None:
            return Checked(note="Waits for your system to call. It can't answer: no address for answers is entered.")
        return Checked(account=await self._address.ping(), note="Waits for your system to call; answers are taken.")

    def receive(self, call: Received, now: datetime) -> Batch:
        verify(self._secrets, call.headers.get(NAME.lower(), ""), call.body, now)
        kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "message/rfc822":
            return Batch(posts=(mail.parse(call.body, self._system, now),))
        return parse(call.body, self._system, now)

    def greet(self, call: Received, now: datetime) -> bytes:  # noqa: ARG002 - whoever asks gets the same answer
        return f"Post JSON or a mail here, signed with {NAME}.\n".encode()

    async def send(self, outgoing: Outgoing) -> Sent:
        address = self._answering()
        refuse(outgoing, self._longest)
        return await address.send(outgoing)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return await self._answering().find(outgoing)

    def _answering(self) -> Address:
        if self._address is None:
            raise LogInAgain("This system takes no answers: enter the address where answers go.")
        return self._address


def connect(settings: Mapping[str, str], http: Http) -> Inbound:
    """A channel from settings checked against the manifest; missing ones take their defaults."""
    given = {one.name: settings.get(one.name, "").strip() or one.default for one in MANIFEST.settings}
    secrets = [secret for secret in (given["secret"], given["old_secret"]) if secret and secret != NONE]
    address = Address(http, given["address"], secrets, given["system"]) if given["address"] else None
    return Inbound(
        given["system"], secrets, address, lookup=given["lookup"] == "yes", longest=int(given["length"])
    )  # fmt: skip
