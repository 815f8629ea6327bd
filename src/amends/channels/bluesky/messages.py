"""From the chat service's payloads to posts: direct messages, pure, field by field, never trusting.

The lexicon chat.bsky.convo.defs. A message has no AT-URI; here it is `chat:CONVERSATION/MESSAGE`, and its thread is
`chat:CONVERSATION`. A message's text is never changed, and nobody can take it back from the other one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import Author, Deletion, Kind, Malformed, Post, Visibility
from amends.channels.bluesky.embeds import quoted
from amends.channels.bluesky.ids import DID
from amends.channels.bluesky.parse import NETWORK, Context, author
from amends.channels.foreign import Unreadable, decode, fields, items, microseconds, text, when

MESSAGE = "chat.bsky.convo.defs#messageView"
GROUP = "chat.bsky.convo.defs#groupConvo"

NAME = re.compile(r"[A-Za-z0-9._:~-]{1,200}")


class Logged(NamedTuple):
    """One entry of the log: `what` it tells, None for what is not about messages. `convo` is "" where it has none."""

    convo: str
    what: Post | Deletion | Malformed | None


class Convo(NamedTuple):
    """One conversation. `people` are those in it, by DID; `last` is when something was said, in microseconds, 0 where
    nothing was."""

    id: str
    direct: bool
    people: Mapping[str, Author]
    last: int


def thread_of(convo: str) -> str:
    return f"chat:{convo}"


def convo_of(id: str) -> tuple[str, str]:  # noqa: A002  # the posts' own word
    """(conversation, message) of a direct message's id; twice "" for anything else."""
    convo, _, message = id.removeprefix("chat:").partition("/")
    return (convo, message) if id.startswith("chat:") and message else ("", "")


def url_of(convo: str) -> str:
    """Where the two of them read it."""
    return f"https://bsky.app/messages/{convo}"


def message(view: Mapping[str, Any], convo: str, people: Mapping[str, Author], raw: bytes) -> Post:
    """A message of one conversation. Raises `Unreadable`."""
    name, sent = text(view.get("id")), when(view.get("sentAt"))
    did = text(fields(view.get("sender")).get("did"))
    if not (NAME.fullmatch(convo) and NAME.fullmatch(name)):
        raise Unreadable("a message without a name")
    if not DID.fullmatch(did):
        raise Unreadable("a message without a sender")
    if sent is None:
        raise Unreadable("a message without a time")
    if not isinstance(view.get("text"), str):
        raise Unreadable("a message without a text")
    answered = text(fields(view.get("replyTo")).get("id"))
    return Post(
        network=NETWORK,
        id=f"{thread_of(convo)}/{name}",
        author=people.get(did) or Author(id=did),
        created=sent,
        text=text(view["text"]),
        kind=Kind.DIRECT,
        visibility=Visibility.PRIVATE,
        parent=f"{thread_of(convo)}/{answered}" if NAME.fullmatch(answered) else "",
        root=thread_of(convo),
        quotes=quoted(view.get("embed")),
        stamp=microseconds(sent),
        url=url_of(convo),
        context=Context(convo=convo).text(),
        addressed=True,
        raw=raw,
    )


def logged(raw: bytes, now: datetime) -> Logged:
    """One entry of the log, read at `now`: of a deletion it does not tell when."""
    convo = ""
    try:
        entry = fields(decode(raw))
        if not isinstance(entry.get("$type"), str):
            raise Unreadable("an entry of a log without a kind")  # noqa: TRY301  # every way out of here is one
        convo = text(entry.get("convoId"))
        return Logged(convo, _told(entry, convo, raw, now))
    except (Unreadable, msgspec.DecodeError, UnicodeDecodeError) as error:
        return Logged(convo, Malformed(str(error), raw))


def _told(entry: Mapping[str, Any], convo: str, raw: bytes, now: datetime) -> Post | Deletion | None:
    view = fields(entry.get("message"))
    match entry["$type"]:
        case "chat.bsky.convo.defs#logCreateMessage" if view.get("$type", MESSAGE) == MESSAGE:
            return message(view, convo, people(entry.get("relatedProfiles")), raw)
        case "chat.bsky.convo.defs#logDeleteMessage":
            name = text(view.get("id"))
            if not (NAME.fullmatch(convo) and NAME.fullmatch(name)):
                raise Unreadable("the deletion of a message without a name")
            return Deletion(network=NETWORK, id=f"{thread_of(convo)}/{name}", at=now)
        case _:
            return None


def messages(raws: Iterable[bytes], convo: Convo) -> list[Post | Malformed]:
    """The messages of a page, in its order; what is deleted and what the service itself says is left out."""
    found: list[Post | Malformed] = []
    for raw in raws:
        try:
            view = fields(decode(raw))
            if view.get("$type", MESSAGE) == MESSAGE:
                found.append(message(view, convo.id, convo.people, raw))
        except (Unreadable, msgspec.DecodeError, UnicodeDecodeError) as error:
            found.append(Malformed(str(error), raw))
    return found


def conversation(view: Mapping[str, Any]) -> Convo | None:
    """A conversation's view; None where it can't be read. One with more than two in it is a group, whatever it says."""
    name = text(view.get("id"))
    if not NAME.fullmatch(name):
        return None
    members = people(view.get("members"))
    last = when(fields(view.get("lastMessage")).get("sentAt"))
    direct = fields(view.get("kind")).get("$type") != GROUP and len(members) <= 2
    return Convo(name, direct, members, microseconds(last) if last else 0)


def people(profiles: object) -> dict[str, Author]:
    """Authors by DID, from profiles as they stand beside messages."""
    found = {}
    for profile in map(fields, items(profiles)):
        if DID.fullmatch(text(profile.get("did"))):
            one = author(profile)
            found[one.id] = one
    return found
