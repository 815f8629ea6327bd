"""One connected mailbox: what the settings say, with what its provider is known for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from amends.channels.email import providers
from amends.channels.email.manifest import MANIFEST
from amends.channels.email.providers import Provider


class Server(NamedTuple):
    host: str
    port: int
    security: str  # "tls" from the first byte, "starttls", or "none"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """`sent` is the Sent folder's name, "" to find it. `copies`: who puts replies there: "amends", "server", "nobody".
    `plus`: whether mail to name+word@ reaches it. `days`: how far back to begin."""

    address: str
    user: str
    password: str
    name: str
    signature: str
    imap: Server
    smtp: Server
    folders: tuple[str, ...]
    sent: str
    copies: str
    plus: bool
    days: int
    provider: Provider

    def __repr__(self) -> str:
        return f"Account({self.address})"

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def account(settings: Mapping[str, str]) -> Account:
    """From settings checked against the manifest; missing ones take their defaults."""
    given = {one.name: settings.get(one.name, "").strip() or one.default for one in MANIFEST.settings}
    address = given["address"].lower()
    provider = providers.of(address, given["imap"])
    folders = tuple(line.strip() for line in given["folders"].splitlines() if line.strip())
    return Account(
        address=address,
        user=given["user"] or given["address"],
        password=given["password"],
        name=given["name"],
        signature=given["signature"],
        imap=_server(given["imap"] or provider.imap, given["imap_security"], 993),
        smtp=_server(given["smtp"] or provider.smtp, given["smtp_security"], 465),
        folders=folders or ("INBOX",),
        sent=given["sent"],
        copies=given["copies"] or ("server" if provider.keeps_copies else "amends"),
        plus=given["plus"] == "yes" if given["plus"] else provider.plus,
        days=int(given["days"]),
        provider=provider,
    )


def _server(text: str, security: str, usual: int) -> Server:
    host, _, port = text.partition(":")
    number = int(port) if port else usual
    return Server(host.lower(), number, security or ("tls" if number in (993, 465) else "starttls"))
