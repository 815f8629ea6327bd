"""The one send gate: all that goes to a customer passes it. Pure: the text, the facts, now -> what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import msgspec
from django.utils.translation import gettext as _

from amends.channels.base import Limits
from amends.channels.length import length
from amends.channels.split import split


class Level(StrEnum):
    WARN = "warn"
    BLOCK = "block"


class Finding(msgspec.Struct, frozen=True):
    """Something about a reply: `message` for the writer; the words it is about stand from `start` to `end`."""

    code: str
    level: Level
    message: str
    start: int = 0
    end: int = 0


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate knows beside the text. `problem`: why the post can't be answered through any account of ours."""

    limits: Limits
    problem: str = ""
    deleted: bool = False
    asked: datetime | None = None  # when the post that is answered was written
    just_sent: tuple[str, ...] = ()  # what the brand has written in this case within the last minutes
    files: tuple[tuple[str, int], ...] = ()  # name and bytes of each that goes with it


class Held(Exception):
    """The gate holds the reply back; `findings` says why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(" ".join(finding.message for finding in findings))
        self.findings = findings


def check(text: str, facts: Facts, now: datetime) -> tuple[Finding, ...]:
    """Everything that speaks against sending `text` now, what blocks it first."""
    found: list[Finding] = []
    limits = facts.limits

    def block(code: str, message: str, start: int = 0, end: int = 0) -> None:
        found.append(Finding(code, Level.BLOCK, message, start, end))

    if not text.strip():
        block("empty", _("Write an answer first."))
    if facts.problem:
        block("no_way", facts.problem)
    if facts.deleted:
        block("deleted", _("The post was deleted, so there is nothing left to answer in public."))
    posts = split(text, limits)
    if len(posts) > limits.parts:
        over = max(length(text.strip(), limits.counts) - limits.text * limits.parts, 1)
        if limits.parts > 1:
            said = _("%(over)s too many for %(parts)s posts of %(most)s.")
        elif limits.text and length(text.strip(), limits.counts) > limits.text:
            said = _("%(over)s too many: the network takes %(most)s.")
        else:
            over, said = length(text, "bytes") - limits.bytes, _("%(over)s bytes too many for the network.")
        block("long", said % {"over": over, "parts": limits.parts, "most": limits.text})
    elif len(posts) > 1:
        found.append(Finding("parts", Level.WARN, _("It goes out as %(count)s posts.") % {"count": len(posts)}))
    for message in _files(facts.files, limits):
        block("files", message)
    if limits.reply_window and facts.asked and now - facts.asked > limits.reply_window:
        block("window", _("The network takes no more answers to a post this old."))
    if text.strip() and text.strip() in facts.just_sent:
        block("again", _("These very words were sent a moment ago."))
    return tuple(sorted(found, key=lambda finding: finding.level == Level.WARN))


def hold(text: str, facts: Facts, now: datetime) -> None:
    """Let it pass, or raise `Held` with all that blocks it."""
    if blocking := tuple(finding for finding in check(text, facts, now) if finding.level == Level.BLOCK):
        raise Held(blocking)


def _files(files: tuple[tuple[str, int], ...], limits: Limits) -> Iterator[str]:
    """What speaks against the files."""
    if files and not limits.files:
        yield _("No files can be sent here: take them away, or choose another way.")
    elif len(files) > limits.files:
        yield _("%(most)s files at most can be sent here.") % {"most": limits.files}
    elif limits.file_bytes:
        most = limits.file_bytes / 1e6
        for name, size in files:
            if size > limits.file_bytes:
                yield _("%(name)s is larger than the %(most).1f MB that the network takes.") % {
                    "name": name,
                    "most": most,
                }
