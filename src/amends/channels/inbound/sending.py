"""Answers, posted to the system's own address, signed and each with its key.

POST  {"type": "reply", "key": ..., "to": ..., "text": ...}   2xx {"id": ..., "url": ...}
POST  {"type": "ping"}                                        2xx, once a day
GET   ?key=...                                                200 as above, or 404
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from amends.channels.base import Act, Author, BadData, LogInAgain, Outgoing, Rejected, Sent
from amends.channels.http import Answer, Http, Refused
from amends.channels.inbound.parse import clean, own, theirs, web
from amends.channels.inbound.signature import NAME, sign


class Address:
    """Where the system takes answers."""

    def __init__(self, http: Http, url: str, secrets: Sequence[str], system: str) -> None:
        self._http, self._url, self._secrets, self._system = http, url, secrets, system

    def __repr__(self) -> str:
        return f"Address({urlsplit(self._url).hostname})"

    async def ping(self) -> Author | None:
        """Whether it is there and knows the secret; who we are there, if it tells."""
        answer = await self._post({"type": "ping"}, {}, repeatable=True)
        try:
            told = msgspec.json.decode(answer.body, type=dict[str, Any]).get("account")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        key, name, display = (_text(told, field) for field in ("id", "name", "display"))
        return Author(id=own(self._system, key), name=name, display=display) if key else None

    async def send(self, outgoing: Outgoing) -> Sent:
        writer = outgoing.to_author
        given = {
            "type": "reply",
            "key": outgoing.key,
            "text": outgoing.text,
            "created": outgoing.created,
            "to": theirs(self._system, outgoing.to),
            "root": theirs(self._system, outgoing.root),
            "author": {"id": theirs(self._system, writer.id), "name": writer.name} if writer else None,
            "visibility": outgoing.visibility,
            "subject": outgoing.subject,
            "lang": outgoing.lang,
        }
        return self._sent(await self._post(given, {"idempotency-key": outgoing.key}, repeatable=False), outgoing)

    async def find(self, outgoing: Outgoing) -> Sent | None:
        parts = urlsplit(self._url)
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), ("key", outgoing.key)])
        try:
            answer = await self._http.get(
                urlunsplit(parts._replace(query=query)), headers=self._signed(outgoing.key.encode())
            )
        except Refused as error:
            if error.status == 404:
                return None
            raise self._explained(error) from error
        return self._sent(answer, outgoing)

    async def _post(self, given: Mapping[str, Any], headers: Mapping[str, str], *, repeatable: bool) -> Answer:
        body = msgspec.json.encode(given)
        headers = {**headers, **self._signed(body), "content-type": "application/json", "accept": "application/json"}
        try:
            return await self._http.post(
                self._url, content=body, headers=headers, secrets=self._secrets, repeatable=repeatable
            )
        except Refused as error:
            raise self._explained(error) from error

    def _signed(self, body: bytes) -> dict[str, str]:
        return {NAME.lower(): sign(self._secrets, body, datetime.now(UTC))}

    def _explained(self, error: Refused) -> Rejected | LogInAgain:
        if error.status in (401, 403):
            return LogInAgain(
                f"{error.answer.host} does not accept our signature ({error.status}). Enter the same signing secret "
                "here and there."
            )
        return error

    def _sent(self, answer: Answer, outgoing: Outgoing) -> Sent:
        told = answer.json()
        key = _text(told, "id")
        if not key:
            raise BadData(f'{answer.host} did not say under which "id" the answer stands there.', answer.body)
        return Sent(id=own(self._system, key), at=outgoing.created, url=web(_text(told, "url")))


def refuse(outgoing: Outgoing, longest: int) -> None:
    """Raises `Rejected` for what a system is not asked to do."""
    if outgoing.act is not Act.REPLY or outgoing.files or outgoing.parts:
        raise Rejected("Your own system takes answers of plain text, and nothing else.")
    if len(outgoing.text) > longest:
        raise Rejected(f"It has {len(outgoing.text):,} characters, and {longest:,} are allowed there: shorten it.")


def _text(told: object, field: str) -> str:
    value = told.get(field) if isinstance(told, dict) else None
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return clean(text).strip()[:400]
