"""What Bluesky takes and what it does not: an answer is refused here rather than sent otherwise than it was meant."""

from __future__ import annotations

from collections.abc import Collection

from amends.channels.base import Act, Can, Outgoing, Rejected, Visibility
from amends.channels.bluesky.chat import ADVICE
from amends.channels.bluesky.manifest import ALONE, MANIFEST
from amends.channels.bluesky.messages import convo_of
from amends.channels.bluesky.pictures import SHOWN
from amends.channels.bluesky.telling import texts_of
from amends.channels.length import too_long


def refuse(outgoing: Outgoing, can: Collection[Can]) -> None:
    """Raises `Rejected` rather than make public what was not meant to be, or leave something out."""
    if outgoing.act is Act.EDIT:
        raise Rejected("Bluesky shows no edits: delete the reply there if it must go, and write another.")
    match outgoing.visibility:
        case Visibility.PRIVATE:
            _in_private(outgoing, can)
        case Visibility.LIMITED:
            raise Rejected("Bluesky has no posts for followers only: this one was meant to be and was not sent.")
        case Visibility.PUBLIC:
            _in_public(outgoing)


def _in_private(outgoing: Outgoing, can: Collection[Can]) -> None:
    if outgoing.act is not Act.REPLY:
        raise Rejected("What is said in a direct message can be answered there, but neither liked nor quoted.")
    if Can.DIRECT not in can:
        raise Rejected(f"This account does not send direct messages. {ADVICE}")
    if outgoing.files:
        raise Rejected("Direct messages on Bluesky carry no pictures: take them out.")
    if any(too_long(words, ALONE) for words in texts_of(outgoing)):
        raise Rejected(f"A direct message on Bluesky has at most {ALONE.text} characters: shorten the answer.")


def _in_public(outgoing: Outgoing) -> None:
    if convo_of(outgoing.to)[0]:
        raise Rejected("This was said in a direct message: it is answered in private, or not at all.")
    if outgoing.act is not Act.REPLY and not outgoing.to:
        raise Rejected("There is no post to like or to quote.")
    if outgoing.act is Act.LIKE:
        return
    limits = MANIFEST.limits
    if any(too_long(words, limits) for words in outgoing.posts):
        raise Rejected(f"A post on Bluesky has at most {limits.text} characters: shorten the answer.")
    if len(outgoing.posts) > limits.parts:
        raise Rejected(f"An answer goes out as at most {limits.parts} posts: shorten it.")
    if len(outgoing.files) > limits.files:
        raise Rejected(f"A post on Bluesky has at most {limits.files} pictures: take some out.")
    for file in outgoing.files:
        if file.mime not in SHOWN:
            raise Rejected(f"Bluesky shows JPEG, PNG, WebP and GIF pictures: take {file.name} out.")
        if len(file.content) > limits.file_bytes:
            raise Rejected(f"A picture on Bluesky has at most {limits.file_bytes:,} bytes: make {file.name} smaller.")
