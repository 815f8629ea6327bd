"""What a network answers: whole, with what it says of its rate limits, or as the error that it means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import msgspec

from amends.channels.base import BadData, Budget, Rejected, RetryLater, Unclear

# What networks call the header in which they tell it.
RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
LIMITS = ("ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit")
LEFT = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")


class Answer(msgspec.Struct, frozen=True):
    """A whole answer. `headers` have lower-case names; `body` is decoded and complete; `url` is where it came
    from, after redirects."""

    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""

    @property
    def onward(self) -> str:
        """Where it sends us instead: `url` itself where it names no address."""
        try:
            return urljoin(self.url, self.headers.get("location", ""))
        except ValueError:
            return self.url

    def json(self) -> Any:
        """The body as JSON. Raises `BadData` with the body."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadData(f"{self.host} answered something that is not JSON.", self.body) from error


class Refused(Rejected):
    """The network's 4xx, or a redirect. `code` is the network's own word for it ("ExpiredToken"), "" if it has none."""

    def __init__(self, message: str, answer: Answer, code: str) -> None:
        super().__init__(message)
        self.answer = answer
        self.code = code

    @property
    def status(self) -> int:
        return self.answer.status


def budget(headers: Mapping[str, str]) -> Budget | None:
    """What is left of the rate limit, from the headers that networks tell it in; None where they don't."""
    limit, left = (_number(headers, names) for names in (LIMITS, LEFT))
    if limit is None or left is None or not any(name in headers for name in RESETS):
        return None
    clock = _date(headers.get("date", "")) or datetime.now(UTC)
    return Budget(limit=limit, left=left, resets=clock + _until(headers, RESETS, clock, timedelta(0)))


def _number(headers: Mapping[str, str], names: Collection[str]) -> int | None:
    value = next((headers[name] for name in names if name in headers), "").partition(",")[0].partition(";")[0].strip()
    return min(int(value), 1 << 31) if value.isascii() and value.isdecimal() else None


def pause(headers: Mapping[str, str], usual: timedelta = timedelta(seconds=30)) -> timedelta:
    """How long an answer asks us to wait: `Retry-After` (seconds or a date), or the time its rate limit is reset (an
    instant in epoch seconds, or seconds from now). Between a second and a day; `usual` where it does not say.
    Instants are taken against the answer's own clock."""
    clock = _date(headers.get("date", "")) or datetime.now(UTC)
    return min(max(_until(headers, ("retry-after", *RESETS), clock, usual), timedelta(seconds=1)), timedelta(days=1))


def _until(headers: Mapping[str, str], names: Collection[str], clock: datetime, usual: timedelta) -> timedelta:
    """How long from `clock` to the moment that the first of these headers tells: seconds, an instant in epoch seconds,
    or a date as HTTP or as ISO 8601 writes it."""
    value = next((headers[name] for name in names if name in headers), "").strip()
    if value.isascii() and value.isdecimal():
        seconds = min(int(value), 1 << 40)
        return timedelta(seconds=min(seconds - clock.timestamp() if seconds > 1_000_000_000 else seconds, 1 << 30))
    until = _date(value)
    return until - clock if until else usual


def _date(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text) if text[10:11] == "T" else parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def cut(message: str, repeatable: bool) -> RetryLater | Unclear:
    return (
        RetryLater(f"{message} Trying again.")
        if repeatable
        else Unclear(f"{message} It may have been done all the same.")
    )


def refuse(answer: Answer, repeatable: bool, secrets: Collection[str]) -> None:
    """Raise what an answer of 300 and above means."""
    code, words = _told(answer, secrets)
    said = f": {words}" if words else "."
    if answer.status == 429:
        wait = pause(answer.headers, _asked(answer.body))
        raise RetryLater(
            f"{answer.host} limits how often it may be asked; again in {wait.total_seconds():.0f} s.", wait
        )
    if answer.status >= 500 or answer.status in (408, 425):
        error = cut(f"{answer.host} answered {answer.status}{said}", repeatable)
        if isinstance(error, RetryLater) and "retry-after" in answer.headers:
            error.after = pause(answer.headers)
        raise error
    if answer.status < 400:
        raise Refused(f"{answer.host} has moved elsewhere: enter the new address.", answer, code)
    raise Refused(f"{answer.host} answered {answer.status}{said}", answer, code)


def _asked(body: bytes) -> timedelta:
    """How long a 429 asks to wait in its body, which counts where it has no header for it: `retry_after_ms` (Matrix),
    or `retry_after` in seconds (Discord), also under `parameters` (Telegram), or `wait_seconds` under `extras`
    (Discourse). Half a minute where it does not say."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    for within in ("parameters", "extras"):
        if isinstance(found, dict) and isinstance(found.get(within), dict):
            found = found[within]
    names = (("retry_after_ms", 0.001), ("retry_after", 1.0), ("wait_seconds", 1.0))
    for name, unit in names if isinstance(found, dict) else ():
        if type(found.get(name)) in (int, float) and found[name] > 0:
            return timedelta(seconds=min(found[name] * unit, 1 << 30))
    return timedelta(seconds=30)


def _told(answer: Answer, secrets: Collection[str]) -> tuple[str, str]:
    """The network's code and words for an error, from the usual places, without secrets."""
    try:
        body = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", ""
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    if not isinstance(body, dict):
        return "", ""
    words = [body.get(name) for name in ("error", "code", "message", "error_description", "detail", "title")]
    known = [word for word in words if isinstance(word, str) and word]
    text = " ".join(dict.fromkeys(known))
    for secret in secrets:
        text = text.replace(secret, "[hidden]") if secret else text
    return known[0] if known and " " not in known[0] else "", text[:300]


def credentials(headers: Mapping[str, str]) -> list[str]:
    return [headers[name].rpartition(" ")[2] for name in headers if name.lower() in ("authorization", "cookie")]
