"""A mail as it came -> a `Post`, or `Malformed` with the reason. Pure; nothing else is raised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.message import Message
from email.parser import BytesParser

import msgspec

from amends.channels.base import Author, Kind, Malformed, Post, Visibility
from amends.channels.email import bounce, ids
from amends.channels.email.attached import taken
from amends.channels.email.body import contents
from amends.channels.email.headers import Headers, Mailbox, written
from amends.channels.email.languages import FORWARD
from amends.channels.email.nature import NOBODY, unanswerable
from amends.channels.email.quoting import fold
from amends.channels.foreign import microseconds
from amends.channels.monsters import monstrous

NETWORK = "email"
KEPT = 256 << 10  # bytes of the mail as it came; its files are kept by themselves
MOST_REFERENCES = 20
RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-forwarded-to", "bcc", "resent-to")
FORWARDED = re.compile(rf"\s*(?:{'|'.join(FORWARD)})\s*[:：]", re.I)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an answer needs: where it goes, its subject, the mails that it follows. `refuse`: why there can be none."""

    to: str = ""
    subject: str = ""
    references: tuple[str, ...] = ()
    refuse: str = ""


def parse(raw: bytes, received: datetime, ours: str, *, sent: bool = False, size: int = 0) -> Post | Malformed:
    """`ours` is the mailbox's address in lower case. `sent`: it lies in the Sent folder. `size`: bytes of the whole
    mail, of which `raw` may be the beginning."""
    if reason := monstrous(raw):
        return Malformed(reason, raw[:KEPT])
    try:
        message = BytesParser().parsebytes(raw)
        headers = Headers(message)
        if not (found := headers.mailboxes("from", "sender", "return-path")):
            return Malformed("This mail names no sender.", raw[:KEPT])
        references = ids.listed(f"{headers.raw('references')} {headers.raw('in-reply-to')}")
        mail = ids.own(headers.raw("message-id")) or ids.made_up(raw)
        if not sent and (report := bounce.report(message, headers, raw)):
            return _returned(message, headers, report, found[0], mail, received, raw)
        return _post(message, headers, found[0], mail, references, received, ours, sent, max(size, len(raw)), raw)
    except RecursionError:
        return Malformed("The parts of this mail are nested too deeply.", raw[:KEPT])


def _post(
    message: Message, headers: Headers, sender: Mailbox, mail: str, references: Sequence[str], received: datetime,
    ours: str, sent: bool, size: int, raw: bytes,
) -> Post:  # fmt: skip
    answers = headers.mailboxes("reply-to")[:1]
    target = (answers or [sender])[0]
    refuse = unanswerable(headers, mail, sender.address, target.address, ours)
    doubt = _doubt(headers) if not sent else ""
    speaks = not sent and _speaks_for(headers, sender, target, ours)
    warning = doubt or _elsewhere(sender, target, ours, speaks, refuse)
    if speaks:
        sender = Mailbox(target.address, target.display or sender.display)
    own = sent or sender.address == ours
    if own:
        target, refuse, warning = next(iter(headers.mailboxes("to")), sender), "", doubt
    parts = contents(message)
    files, left = taken(parts.files)
    text, folded = fold(parts.text())
    subject = headers.words("subject")[:500]
    if folded and not text and FORWARDED.match(subject):  # passed on without a word: then that is what it says
        text, folded = folded, ""
    notes = [f"[Left in the mailbox, being too large: {', '.join(left)}]"] if left else []
    if parts.encrypted:
        notes.append("[This mail is encrypted: read it in the mailbox itself.]")
    if size > len(raw):
        notes.append(f"[This mail has {size / 1e6:.0f} MB: only its beginning was read.]")
    context = Context(target.address, subject, chain(references, mail), refuse)
    created = written(headers.raw("date"), received)
    parent = (ids.listed(headers.raw("in-reply-to")) or tuple(references[-1:]) or ("",))[0]
    return Post(
        network=NETWORK,
        id=mail,
        author=_author(sender, ours, own, doubt),
        created=created,
        text="\n\n".join(filter(None, (text, *notes))),
        folded=folded,
        subject=subject,
        kind=Kind.MAIL,
        visibility=Visibility.PRIVATE,
        parent=parent if parent != mail else "",
        root=_thread(headers, mail, references, ours),
        parent_author=ours if ids.OURS.fullmatch(parent) and not (own or refuse) else "",
        lang=next(iter(LANGUAGE.findall(headers.raw("content-language"))), ""),
        files=files,
        warning=warning,
        stamp=microseconds(created),
        context=msgspec.json.encode(context).decode(),
        addressed=not own and not refuse,
        unanswerable=refuse,
        raw=raw[:KEPT],
    )


def _returned(
    message: Message,
    headers: Headers,
    report: bounce.Report,
    sender: Mailbox,
    mail: str,
    received: datetime,
    raw: bytes,
) -> Post:
    """A mail server's report stands in the thread of the mail that it is about. Whoever it names as its sender, it is
    neither ours nor a customer's."""
    created = written(headers.raw("date"), received)
    first = report.mail or mail
    nobody = "A mail server wrote this: it reads no answers."
    context = Context("", headers.words("subject")[:500], (), nobody)
    return Post(
        network=NETWORK,
        id=mail,
        author=Author(id=f"system:{sender.address}", name=sender.address, display="Mail system"),
        created=created,
        text=bounce.told(report),
        folded="\n\n".join(piece.strip() for piece in contents(message).plain),
        subject=context.subject,
        kind=Kind.MAIL,
        visibility=Visibility.PRIVATE,
        parent=report.mail,
        root=ids.thread(first, report.references, (), ""),
        stamp=microseconds(created),
        context=msgspec.json.encode(context).decode(),
        unanswerable=nobody,
        returns=report.mail if any(one.failed for one in report.recipients) else "",
        raw=raw[:KEPT],
    )


def _thread(headers: Headers, mail: str, references: Sequence[str], ours: str) -> str:
    return ids.thread(mail, references, (box.address for box in headers.mailboxes(*RECIPIENTS)), ours)


def chain(references: Sequence[str], mail: str) -> tuple[str, ...]:
    """References of an answer: the first and the newest, and the mail itself (RFC 5322, 3.6.4)."""
    whole = [one for one in references if one != mail] + [mail]
    return tuple(whole if len(whole) <= MOST_REFERENCES else [whole[0], *whole[1 - MOST_REFERENCES :]])


def _speaks_for(headers: Headers, sender: Mailbox, target: Mailbox, ours: str) -> bool:
    """Whether a program sends what somebody else wrote, and names that person in Reply-To: a form on a website, or a
    group's address."""
    if target.address == sender.address or ids.is_own(target.address, ours):
        return False
    generated = headers.raw("auto-submitted").strip().lower().startswith("auto-generated")
    return sender.address == ours or bool(NOBODY.fullmatch(sender.address)) or generated


def _elsewhere(sender: Mailbox, target: Mailbox, ours: str, speaks: bool, refuse: str) -> str:
    """What has to be known of a mail whose Reply-To is not its sender: anybody can name anybody there. `speaks`: it is
    taken for what that other person wrote."""
    if not speaks:
        return "" if refuse or target.address == sender.address else f"Answers go to {target.address}."
    if sender.address.rpartition("@")[2] == ours.rpartition("@")[2]:
        return ""  # our own form
    return f"{sender.address} sent this in the name of {target.address}, who may not have written it."


def _doubt(headers: Headers) -> str:
    """What our mail server says of the sender's proofs (RFC 8601) where they failed: only the topmost header is its."""
    found = headers.raw("authentication-results").lower()
    if "dmarc=fail" in found or ("spf=fail" in found and "dkim=pass" not in found):
        return "The sender could not be proved: this mail may come from somebody else."
    return ""


def _author(sender: Mailbox, ours: str, own: bool, doubt: str) -> Author:
    """Whoever only says to be somebody is not taken for them: neither for us, nor for one of our customers."""
    address = ours if own else sender.address
    name = f"unproved:{address}" if doubt else address
    return Author(id=name, name=name, display=sender.display)
