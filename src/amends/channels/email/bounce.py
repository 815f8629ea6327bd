"""What a mail server says of a mail that it could not deliver (RFC 3464), in plain words.

Servers that write no such report are understood by what they have in common: who they call themselves, whom they name
in `X-Failed-Recipients`, and our own Message-ID in what they give back.
"""

from __future__ import annotations

import re
from email.message import Message

import msgspec

from amends.channels.email import ids
from amends.channels.email.body import content
from amends.channels.email.headers import ADDRESS, Headers

SYSTEM = re.compile(r"(?:mailer-daemon|mail-daemon|postmaster|mailerdaemon)@.*")
FAILED = re.compile(r"<([^<>\s@]+@[^<>\s@]+)>:")
ARRIVED = ("delivered", "relayed", "expanded")
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")

# RFC 3463: the subject and detail of a status, and what it means. The longest that fits is told.
MEANINGS = {
    "1.1": "There is no mailbox of that name.",
    "1.2": "There is no mail server for that domain.",
    "1.3": "That is no address.",
    "1.6": "The mailbox has moved and left no address.",
    "1.10": "That domain takes no mail.",
    "1": "There is no such address.",
    "2.1": "The mailbox is switched off.",
    "2.2": "The mailbox is full.",
    "2.3": "The mail is larger than the mailbox takes.",
    "2": "The mailbox can't take it.",
    "3.4": "The mail is larger than the server takes.",
    "4.1": "The server there does not answer.",
    "4.4": "There is no mail server for that domain.",
    "4.7": "The server there could not be reached for days.",
    "4": "The server there could not be reached.",
    "7.1": "The server there refuses mail from this address.",
    "7": "The server there refused it as unwanted or not trustworthy.",
}


class Recipient(msgspec.Struct, frozen=True):
    """What became of the mail for one address. `said`: the other server's own words."""

    address: str
    action: str  # failed, delayed, delivered, relayed, expanded
    status: str
    said: str

    @property
    def failed(self) -> bool:
        return self.action not in ("delayed", *ARRIVED)


class Report(msgspec.Struct, frozen=True):
    """`mail` and `references` are those of the mail that was not delivered, as far as they were given back."""

    recipients: tuple[Recipient, ...]
    mail: str
    references: tuple[str, ...]


def report(message: Message, headers: Headers, raw: bytes) -> Report | None:
    """None where the mail is no such report."""
    recipients: list[Recipient] = []
    mail, references = "", ""
    for part in message.walk():
        mime = part.get_content_type()
        if mime in ("message/delivery-status", "message/global-delivery-status"):
            blocks = part.get_payload()
            recipients += (
                [_recipient(Headers(one)) for one in blocks if isinstance(one, Message)]
                if isinstance(blocks, list)
                else []
            )
        elif mime in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"):
            found = _given_back(part)
            mail, references = ids.own(found.raw("message-id")), f"{found.raw('references')} {found.raw('in-reply-to')}"
    recipients = [one for one in recipients if one.address]
    system = any(SYSTEM.fullmatch(box.address) for box in headers.mailboxes("from"))
    if not recipients and not (system or "x-failed-recipients" in headers):
        return None
    if recipients:
        return Report(tuple(recipients), mail, ids.listed(references))
    text = raw[:200_000].decode("latin-1")
    status, named, given_back = STATUS.search(text), FAILED.search(text), ids.OURS.search(text)
    boxes = headers.mailboxes("x-failed-recipients")
    address = boxes[0].address if boxes else named[1].lower() if named else ""
    one = Recipient(address, "failed", status[0] if status else "", "")
    return Report((one,), mail or (given_back[0] if given_back else ""), ids.listed(references))


def told(found: Report) -> str:
    """The report as a person would say it."""
    return "\n".join(_told(one) for one in found.recipients[:10])


def _told(one: Recipient) -> str:
    mail = f"A mail to {one.address}" if one.address else "A mail"
    if one.action == "delayed":
        first = f"{mail} has not arrived so far. The mail server goes on trying."
    elif one.action in ARRIVED:
        first = f"{mail} was delivered."
    else:
        first = f"{mail} did not arrive."
    return " ".join(filter(None, (first, _meaning(one.status), f"Their server said: {one.said}" if one.said else "")))


def _meaning(status: str) -> str:
    found = STATUS.fullmatch(status)
    if not found or found[1] == "2":
        return ""
    return MEANINGS.get(f"{found[2]}.{found[3]}") or MEANINGS.get(found[2], "")


def _recipient(block: Headers) -> Recipient:
    named = block.raw("original-recipient") or block.raw("final-recipient")
    address = ADDRESS.search(named.partition(";")[2] or named)
    said = block.raw("diagnostic-code").partition(";")[2].strip()
    status = STATUS.search(block.raw("status")) or STATUS.search(said)
    action = block.raw("action").partition(" ")[0].strip().lower()
    return Recipient(address[0].lower() if address else "", action or "failed", status[0] if status else "", said[:300])


def _given_back(part: Message) -> Headers:
    """The headers of the mail that was not delivered: it is there whole, or only they are."""
    inner = part.get_payload()
    if isinstance(inner, list) and inner and isinstance(inner[0], Message):
        return Headers(inner[0])
    from email.parser import BytesHeaderParser

    return Headers(BytesHeaderParser().parsebytes(content(part)))
