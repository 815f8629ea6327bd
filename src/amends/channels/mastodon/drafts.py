"""What a reply becomes: one status a part, each with whom it names and who may read it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from amends.channels.base import Act, Outgoing, Rejected, Visibility
from amends.channels.length import length
from amends.channels.mastodon.manifest import NAMED
from amends.channels.mastodon.parse import Context
from amends.channels.mastodon.server import Server

# From the widest to the narrowest.
WIDTHS = ("public", "unlisted", "private", "direct")
ASKED = {Visibility.PUBLIC: "public", Visibility.LIMITED: "private", Visibility.PRIVATE: "direct"}

LINK = re.compile(r"https?://\S+")
DOMAIN = r"(?:@[\w.:-]+\w)?"


class Draft(msgspec.Struct, frozen=True):
    """One status to be. `answers` is a local id, "" for a part that answers the part before, and for none."""

    key: str
    text: str
    visibility: str
    answers: str = ""
    quotes: str = ""
    warning: str = ""
    lang: str = ""

    def body(self, server: Server, answers: str, media: list[str]) -> Mapping[str, Any]:
        """What is posted to `/api/v1/statuses`."""
        made: dict[str, Any] = {"status": self.text, "visibility": self.visibility}
        if answers:
            made["in_reply_to_id"] = answers
        if self.quotes:
            made[server.quote] = self.quotes
        if self.warning:
            made |= {"spoiler_text": self.warning, "sensitive": True}
        if self.lang:
            made["language"] = self.lang.partition("-")[0]
        if media:
            made["media_ids"] = media
        return made


def drafts(outgoing: Outgoing, to: Context | None, server: Server) -> list[Draft]:
    """The statuses of a reply, in order. Raises `Rejected` where one is too long."""
    width, quoting = visibility(outgoing, to), outgoing.act is Act.QUOTE
    warning = outgoing.subject or (to.warning if to and not quoting else "")
    made = []
    for number, part in enumerate(outgoing.posts):
        # Who may read the narrow ones is who is named in them; of public ones the thread tells.
        named = to if not quoting and (number == 0 or width in ("private", "direct")) else None
        refuse_too_long(part, named, server)
        draft = Draft(
            key=outgoing.key if len(outgoing.posts) == 1 else f"{outgoing.key}-{number}",
            text=naming(part, named, server),
            visibility=width,
            answers=to.id if to and not quoting and not number else "",
            quotes=to.id if to and quoting and not number else "",
            warning=warning,
            lang=outgoing.lang,
        )
        fits = measured(draft.text, server) + measured(warning, server) <= server.characters
        made.append(draft if fits else msgspec.structs.replace(draft, warning=""))
    return made


def refuse_too_long(text: str, to: Context | None, server: Server) -> None:
    """Raises `Rejected`. A text that names nobody yet leaves room for a name."""
    whole = naming(text, to, server)
    kept = 0 if whole == text else NAMED
    over = max(measured(text, server) + kept, measured(whole, server)) - server.characters
    if over > 0:
        raise Rejected(
            f"A post on {server.domain} has at most {server.characters} characters, {NAMED} of them for the name of "
            f"whom it answers: shorten the answer by {over}."
        )


def visibility(outgoing: Outgoing, to: Context | None) -> str:
    """Who may read it: as asked for, and never more people than may read the post answered."""
    asked = WIDTHS.index(ASKED[outgoing.visibility])
    if to is None:
        return WIDTHS[asked]
    known = to.visibility in WIDTHS
    return WIDTHS[max(asked, WIDTHS.index(to.visibility) if known else WIDTHS.index("private"))]


def naming(text: str, to: Context | None, server: Server) -> str:
    """The text with the name of whom it answers: who is not named is not told of it."""
    if to is None or not to.name or to.name == server.name:
        return text
    name, _, domain = to.name.partition("@")
    near = domain == server.domain
    wanted = rf"(?<![\w@/])@{re.escape(name)}" + (rf"(?:@{re.escape(domain)})?" if near else rf"@{re.escape(domain)}")
    if re.search(rf"{wanted}(?![\w@-])", text, re.IGNORECASE):
        return text
    return f"@{name if near else to.name} {text}"


def measured(text: str, server: Server) -> int:
    """How long a text is, as servers count: each link as long as any other, and of names no domain."""
    text = LINK.sub("x" * server.per_link, text)
    text = re.sub(rf"(?<![\w/@])(@\w[\w.-]*){DOMAIN}", r"\1", text)
    return length(text, "graphemes" if server.graphemes else "codepoints")
