"""A reply as a mail: the same bytes at every attempt."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from html import escape
from typing import Any

import msgspec

from amends.channels.base import Act, Outgoing, Rejected
from amends.channels.email import ids
from amends.channels.email.account import Account
from amends.channels.email.headers import ADDRESS
from amends.channels.email.languages import ANSWER
from amends.channels.email.manifest import MANIFEST
from amends.channels.email.parse import Context, chain
from amends.channels.length import too_long

ALL_FILES = 20_000_000  # bytes: base64 makes 27 MB of them, and few servers take more
ANSWERED = re.compile(rf"\s*(?:{'|'.join(ANSWER)})(?:\s*\[\d+\])?\s*[:：]", re.I)
STYLE = "font-family: sans-serif; font-size: 14px; line-height: 1.5"


class Verbatim(EmailPolicy):
    """Takes the values of headers for what they say. The library would decode what looks like an encoded word
    (RFC 2047), and write the line breaks in it: a customer's subject could begin headers and words of its own."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        return super().header_store_parse(name, str(value).replace("=?", "= ?"))


POLICY = Verbatim(linesep="\r\n", cte_type="7bit")


class Mail(msgspec.Struct, frozen=True):
    """`context` is for who would answer it again: the reply's own."""

    id: str
    to: str
    content: bytes
    context: Context


def compose(account: Account, outgoing: Outgoing) -> Mail:
    """Raises `Rejected` where this can't be answered, or not like this."""
    context = answered(outgoing)
    _refuse_what_is_not_offered(outgoing, context, account.address)
    thread = outgoing.root or outgoing.to
    mail = ids.message_id(outgoing.key, thread, account.domain)
    subject = " ".join((outgoing.subject or context.subject).split())[:500]
    if outgoing.to and not ANSWERED.match(subject):
        subject = f"Re: {subject}".strip()
    message = EmailMessage(POLICY)
    try:
        message["From"] = Address(account.name, addr_spec=account.address)
        display = outgoing.to_author.display if outgoing.to_author else ""
        message["To"] = Address(" ".join(display.split())[:200], addr_spec=_ascii(context.to))
        if account.plus and thread:
            message["Reply-To"] = Address(account.name, addr_spec=ids.reply_address(account.address, thread))
        message["Subject"] = subject
    except (MessageError, ValueError, IndexError) as error:
        raise Rejected(f"{context.to} is no address that mail can be sent to.") from error
    message["Date"] = format_datetime(outgoing.created)
    message["Message-ID"] = mail
    if outgoing.to:
        message["In-Reply-To"] = outgoing.to
        message["References"] = " ".join(context.references or (outgoing.to,))
    _fill(message, outgoing, account.signature)
    if outgoing.lang:
        message["Content-Language"] = re.sub(r"[^A-Za-z0-9-]", "", outgoing.lang)
    following = Context(context.to, subject, chain(context.references, mail))
    return Mail(mail, _ascii(context.to), message.as_bytes(), following)


def answered(outgoing: Outgoing) -> Context:
    """What is known of the mail answered; where nothing is, its author's address."""
    try:
        found = msgspec.json.decode(outgoing.to_context or "{}", type=Context)
    except (msgspec.DecodeError, UnicodeEncodeError):
        found = Context()
    if found.to or found.refuse or not outgoing.to_author:
        return found
    return msgspec.structs.replace(found, to=outgoing.to_author.id)


def _refuse_what_is_not_offered(outgoing: Outgoing, context: Context, ours: str) -> None:
    if outgoing.act is not Act.REPLY:
        raise Rejected("By mail one can only write back: nothing was sent.")
    if context.refuse:
        raise Rejected(context.refuse)
    if not ADDRESS.fullmatch(context.to):
        raise Rejected("This mail names no address to answer to.")
    if ids.is_own(context.to, ours):
        raise Rejected("The answer would come back to this very mailbox.")
    if too_long(outgoing.text, MANIFEST.limits):
        raise Rejected(f"A mail has at most {MANIFEST.limits.text:,} characters: shorten the answer, or attach it.")
    if len(outgoing.files) > MANIFEST.limits.files:
        raise Rejected(f"A mail takes at most {MANIFEST.limits.files} attachments: leave some out.")
    for file in outgoing.files:
        if len(file.content) > MANIFEST.limits.file_bytes:
            raise Rejected(
                f"{file.name} has more than {MANIFEST.limits.file_bytes // 1_000_000} MB: send a link to it."
            )
    if sum(len(file.content) for file in outgoing.files) > ALL_FILES:
        raise Rejected(f"The attachments have more than {ALL_FILES // 1_000_000} MB together: leave some out.")


def _fill(message: EmailMessage, outgoing: Outgoing, signature: str) -> None:
    """The words in both forms, and the files. Boundaries are made of the key, so that nothing is left to chance."""
    text = "\n\n".join(outgoing.posts)
    message.set_content(text + (f"\n\n-- \n{signature}" if signature else "") + "\n")
    below = f'<p style="color: #666">-- <br>{_lines(signature)}</p>' if signature else ""
    paragraphs = "".join(f"<p>{_lines(one)}</p>" for one in re.split(r"\n{2,}", text))
    html = f'<!doctype html><html><body style="{STYLE}">{paragraphs}{below}</body></html>\n'
    message.add_alternative(html, subtype="html")
    message.set_boundary(f"=_{outgoing.key}_words")
    for file in outgoing.files:
        main, _, sub = file.mime.partition("/")
        if main in ("", "message", "multipart") or not sub:
            main, sub = "application", "octet-stream"
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=" ".join(file.name.split()) or "file")
    if outgoing.files:
        message.set_boundary(f"=_{outgoing.key}_files")


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _ascii(address: str) -> str:
    """With its domain as name servers know it."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise Rejected(f"{address} is no address that mail can be sent to.") from error
