"""Answers: replies, quotes, favourites and corrections.

A server keeps an `Idempotency-Key` for an hour, if it knows of them at all. So after anything but a plain answer our
own posts are looked through, and what stands there decides.
"""

from __future__ import annotations

from contextlib import suppress

import msgspec

from amends.channels.base import Act, BadData, ChannelError, Outgoing, Rejected, Sent, Unclear, Visibility
from amends.channels.foreign import Unreadable, fields, items, text
from amends.channels.http import Answer, Refused
from amends.channels.mastodon.client import Client, listed
from amends.channels.mastodon.drafts import Draft, drafts, measured, naming
from amends.channels.mastodon.fields import decode, ident
from amends.channels.mastodon.parse import Context, context
from amends.channels.mastodon.server import Server
from amends.channels.mastodon.standing import local_id, same, sent_of, standing
from amends.channels.mastodon.uploads import Uploads

GONE = "The post is gone, or hidden from this account: it can't be answered any more."


class Desk:
    """What one account answers with."""

    def __init__(self, client: Client, server: Server, uploads: Uploads) -> None:
        self._client, self._server, self._uploads = client, server, uploads

    async def send(self, outgoing: Outgoing) -> Sent:
        """Do what the outgoing says. Raises `Unclear` where a look-up did not find it and it may be on its way yet,
        `Rejected` where the server refuses it; then nothing of it stands."""
        match outgoing.act:
            case Act.LIKE:
                return await self._like(outgoing)
            case Act.EDIT:
                return await self._edit(outgoing)
        made = await self._drafts(outgoing)
        media = await self._uploads.send(self._client, self._server, outgoing.files)
        done = await standing(self._client, self._server, made, outgoing) if len(made) > 1 else []
        for draft in made[len(done) :]:
            answers = local_id(done[-1]) if done else draft.answers
            try:
                done.append(await self._post(draft, answers, [] if done else media, outgoing))
            except Rejected as error:
                await self._take_back(done, error)
                raise
            except (Unclear, BadData) as error:
                done = await self._after(made, len(done), outgoing, error)
        return msgspec.structs.replace(done[0], more=tuple(done[1:]))

    async def find(self, outgoing: Outgoing) -> Sent | None:
        """The reply as it stands, whole; None where it does not, or not all of it."""
        match outgoing.act:
            case Act.LIKE | Act.EDIT:
                return await self._found(outgoing)
        made = await self._drafts(outgoing)
        done = await standing(self._client, self._server, made, outgoing)
        return msgspec.structs.replace(done[0], more=tuple(done[1:])) if len(done) == len(made) else None

    async def _drafts(self, outgoing: Outgoing) -> list[Draft]:
        if outgoing.act is Act.QUOTE and not self._server.quote:
            raise Rejected(f"{self._server.domain} can't quote posts: answer instead.")
        if not self._server.me:
            raise Rejected("The account was not checked yet: check the connection, then send it again.")
        made = drafts(outgoing, await self._to(outgoing) if outgoing.to else None, self._server)
        if not outgoing.to and outgoing.visibility is not Visibility.PUBLIC:
            raise Rejected("A message to one person answers something of theirs: nobody would see this one.")
        return made

    async def _to(self, outgoing: Outgoing) -> Context:
        """What it answers, as this server knows it. Raises `Rejected` where it does not."""
        with suppress(msgspec.DecodeError, UnicodeEncodeError):
            known = msgspec.json.decode(outgoing.to_context or "{}", type=Context)
            if known.at == self._server.domain and ident(known.id):
                return known
        given = {"q": outgoing.to, "type": "statuses", "resolve": "true", "limit": 1}
        answer = await self._client.ask("/api/v2/search", given)
        for raw in listed(answer.body, "statuses"):
            with suppress(Unreadable):
                view = fields(decode(raw))
                if ident(view.get("id")) and outgoing.to in (view.get("uri"), view.get("url")):
                    return msgspec.json.decode(context(view, self._server), type=Context)
        raise Rejected(GONE)

    async def _post(self, draft: Draft, answers: str, media: list[str], outgoing: Outgoing) -> Sent:
        body = draft.body(self._server, answers, media)
        try:
            answer = await self._client.post("/api/v1/statuses", json=body, key=draft.key)
        except Refused as error:
            if error.status == 404:
                raise Rejected(GONE) from error
            raise
        return self._sent(answer, outgoing)

    def _sent(self, answer: Answer, outgoing: Outgoing) -> Sent:
        try:
            return sent_of(fields(decode(answer.body)), self._server, outgoing)
        except Unreadable as error:
            raise BadData("The server did not answer with the post that it made.", answer.body) from error

    async def _after(self, made: list[Draft], before: int, outgoing: Outgoing, error: Unclear | BadData) -> list[Sent]:
        """What stands after a send that did not plainly succeed. Raises `error` where it went no further."""
        try:
            done = await standing(self._client, self._server, made, outgoing)
        except ChannelError as second:
            raise Unclear(f"{error} It could not be looked up either: {second}") from error
        if len(done) <= before:
            raise error
        return done[: before + 1]

    async def _take_back(self, done: list[Sent], error: Rejected) -> None:
        """Delete what was sent of an answer whose later part is refused. Raises `Rejected` where that fails."""
        for sent in reversed(done):
            try:
                await self._client.post(f"/api/v1/statuses/{local_id(sent)}", method="DELETE", repeatable=True)
            except ChannelError as second:
                if isinstance(second, Refused) and second.status == 404:
                    continue
                left = ", ".join(one.url or one.id for one in done)
                raise Rejected(f"{error} Its first parts still stand; delete them by hand: {left}") from second

    async def _like(self, outgoing: Outgoing) -> Sent:
        to = await self._to(outgoing)
        answer = await self._client.post(f"/api/v1/statuses/{to.id}/favourite", repeatable=True)
        return self._liked(self._sent(answer, outgoing), outgoing)

    def _liked(self, sent: Sent, outgoing: Outgoing) -> Sent:
        """A favourite has no id of its own on the network: it is named after the post and the account."""
        return msgspec.structs.replace(sent, id=f"{sent.id}#favourite-{self._server.name}", at=outgoing.created)

    async def _edit(self, outgoing: Outgoing) -> Sent:
        """Give a post of ours another text; the rest of it is sent along, since a server drops what is left out."""
        to = await self._to(outgoing)
        path = f"/api/v1/statuses/{to.id}"
        view = fields(decoded(await self._client.get(path)))
        body = {
            "status": naming(outgoing.text, _first(view, self._server), self._server),
            "spoiler_text": text(view.get("spoiler_text")),
            "sensitive": view.get("sensitive") is True,
            "media_ids": [ident(fields(one).get("id")) for one in items(view.get("media_attachments"))],
        } | ({"language": view["language"]} if text(view.get("language")) else {})
        if measured(str(body["status"]), self._server) > self._server.characters:
            raise Rejected(f"A post on {self._server.domain} has at most {self._server.characters} characters.")
        answer = await self._client.post(path, json=body, method="PUT", repeatable=True)
        return self._sent(answer, outgoing)

    async def _found(self, outgoing: Outgoing) -> Sent | None:
        """Whether a favourite or a correction has arrived."""
        try:
            to = await self._to(outgoing)
            answer = await self._client.get(f"/api/v1/statuses/{to.id}")
        except Rejected:
            return None
        view, sent = fields(decoded(answer)), self._sent(answer, outgoing)
        if outgoing.act is Act.LIKE:
            return self._liked(sent, outgoing) if view.get("favourited") is True else None
        wanted = naming(outgoing.text, _first(view, self._server), self._server)
        return sent if await same(self._client, view, wanted) else None


def decoded(answer: Answer) -> object:
    try:
        return decode(answer.body)
    except Unreadable as error:
        raise BadData("The server did not answer with a post.", answer.body) from error


def _first(view: object, server: Server) -> Context | None:
    """Whom a post of ours answers, from the people that it names."""
    answered = ident(fields(view).get("in_reply_to_account_id"))
    for one in map(fields, items(fields(view).get("mentions"))):
        if answered and ident(one.get("id")) == answered:
            return Context("", server.domain, name=server.full(text(one.get("acct"))))
    return None
