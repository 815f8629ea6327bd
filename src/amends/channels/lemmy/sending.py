"""Comments, private messages, likes and edits. Lemmy takes no key of ours, and the same words twice: what stands there
is looked up before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amends.channels.base import Act, BadData, Limits, Outgoing, Rejected, Sent, Unclear, Visibility
from amends.channels.foreign import fields
from amends.channels.http import Answer, Refused
from amends.channels.lemmy.finding import find
from amends.channels.lemmy.parse import Context, context
from amends.channels.lemmy.placing import is_private, sent
from amends.channels.lemmy.session import Client
from amends.channels.length import too_long

WORDS = {
    "locked": "the post is locked: nobody may comment there any more.",
    "banned_from_community": "this account is banned from the community.",
    "person_is_banned_from_community": "this account is banned from the community.",
    "couldnt_find_post": "the post is gone.",
    "couldnt_find_comment": "the comment is gone.",
    "deleted": "what it answers was deleted.",
    "person_is_blocked": "the writer has blocked this account.",
    "instance_is_blocked": "the writer has blocked this server.",
    "language_not_allowed": "the community does not allow the account's language: choose another in its settings.",
    "max_comment_depth_reached": "comments can't be nested any deeper there.",
    "blocked_url": "the server allows no links to one of these addresses.",
}


async def send(client: Client, outgoing: Outgoing, limits: Limits) -> Sent:
    """Put it there, unless it stands there already. Raises `Rejected` where the server refuses it or it is not offered,
    `Unclear` where it is not known whether it arrived."""
    refuse_what_is_not_offered(outgoing, limits)
    about = target(outgoing)
    match outgoing.act:
        case Act.LIKE:
            return await _like(client, outgoing, about)
        case Act.EDIT:
            return await _edit(client, outgoing, about)
    return await find(client, outgoing, about) or await _write(client, outgoing, about)


def refuse_what_is_not_offered(outgoing: Outgoing, limits: Limits) -> None:
    if outgoing.act is Act.QUOTE:
        raise Rejected("A post of our own that quotes another is not offered on Lemmy: reply to it.")
    if outgoing.act is Act.LIKE:
        return
    if outgoing.files:
        raise Rejected("Replies on Lemmy are sent without attachments: take them out.")
    if outgoing.parts or too_long(outgoing.text, limits):
        raise Rejected(f"A comment on Lemmy has at most {limits.text} characters: shorten the answer.")


def target(outgoing: Outgoing) -> Context:
    """What it is about. Raises `Rejected` where that is not known, or where it would be read by more than it is for."""
    about = context(outgoing.to_context)
    if about is None or not (about.post or about.message):
        raise Rejected("It is not known where this stands on Lemmy: answer it there, by hand.")
    if outgoing.visibility is Visibility.LIMITED and not about.limited and not about.message:
        raise Rejected("A comment in this community is public: choose that, or write to its author alone.")
    return about


async def _write(client: Client, outgoing: Outgoing, about: Context) -> Sent:
    body: dict[str, Any] = {"content": outgoing.text}
    if is_private(outgoing, about):
        if not about.person:
            raise Rejected("It is not known whom to write to: answer on Lemmy itself.")
        path, holds = "private_message", "private_message_view"
        body |= {"recipient_id": about.person}
    else:
        path, holds = "comment", "comment_view"
        body |= {"post_id": about.post} | ({"parent_id": about.comment} if about.comment else {})
    try:
        answer = await client.post(path, body)
    except Refused as error:
        raise _refused(error) from error
    return sent(_view(answer, holds), outgoing)


async def _like(client: Client, outgoing: Outgoing, about: Context) -> Sent:
    if about.message:
        raise Rejected("A private message can't be liked on Lemmy.")
    path, which = ("comment", about.comment) if about.comment else ("post", about.post)
    try:
        await client.post(f"{path}/like", {f"{path}_id": which, "score": 1}, repeatable=True)
    except Refused as error:
        raise _refused(error) from error
    return Sent(id=outgoing.to, at=outgoing.created)


async def _edit(client: Client, outgoing: Outgoing, about: Context) -> Sent:
    path, which = ("private_message", about.message) if about.message else ("comment", about.comment)
    body = {f"{path}_id": which, "content": outgoing.text}
    try:
        answer = await client.post(path, body, repeatable=True, method="PUT")
    except Refused as error:
        raise _refused(error) from error
    return sent(_view(answer, f"{path}_view"), outgoing)


def _view(answer: Answer, name: str) -> Mapping[str, Any]:
    try:
        return fields(fields(answer.json()).get(name))
    except BadData as error:
        raise Unclear("Lemmy answered something that can't be read. The reply may stand there.") from error


def _refused(error: Refused) -> Rejected:
    return Rejected(f"Lemmy refused it: {WORDS[error.code]}") if error.code in WORDS else error
