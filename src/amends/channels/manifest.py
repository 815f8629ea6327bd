"""What a channel declares about itself: what it can, the network's limits, the form that connects it, and which of the
rules that every channel is graded by it can't keep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

import msgspec


class Can(StrEnum):
    """What a channel may be able to do. The desk offers only what is declared."""

    POLL = "poll"
    STREAM = "stream"
    RECEIVE = "receive"  # webhooks
    SEARCH = "search"
    NOTIFICATIONS = "notifications"
    REPLY = "reply"
    QUOTE = "quote"  # a post of our own that quotes theirs
    LIKE = "like"
    DIRECT = "direct"  # can write to its author alone
    BY_HAND = "by_hand"  # a person answers on the network's own page, and says so on the desk
    FIND = "find"  # can look up whether a reply arrived
    MEDIA_OUT = "media_out"
    EDIT_OUT = "edit_out"  # can change a reply of ours that stands already
    EDITS = "edits"  # hears of edits
    DELETIONS = "deletions"  # hears of deletions
    ENGAGEMENT = "engagement"
    BACKFILL = "backfill"  # can hear what happened while it was not listening
    ANONYMOUS = "anonymous"  # can listen without any credentials


HEARING = frozenset({Can.POLL, Can.STREAM, Can.RECEIVE})
ANSWERING = frozenset({Can.REPLY, Can.DIRECT})


class Rule(StrEnum):
    """What every channel is graded by. The documentation shows them, and `channels.testing` verifies each but `REAL`:
    for that `Manifest.proved` names the server that others made."""

    RESUMES = "Goes on from its cursor"
    ONCE = "Hears the same thing once"
    BACKFILLS = "Hears what was written while it was away"
    EDITS = "Hears of edits"
    DELETIONS = "Hears of deletions"
    PACED = "Waits as long as the network asks"
    LOGS_IN = "Logs in again by itself when a session ends"
    REPLIES_ONCE = "A reply stands at most once, whatever breaks"
    LIMITS = "Knows the network's limits before it sends"
    HEALTH = "Says what is wrong, and what to do"
    SECRETS = "Never tells a secret, not even to its log"
    DAMAGE = "Takes or sets aside every damaged payload"
    CHAOS = "Loses nothing when the network breaks"
    PROXY = "Works behind a proxy"
    RECORDED = "Is tested with recorded payloads"
    REAL = "Is tested against a server that others made"


class Setting(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field of the form that connects an account. Labels and help are in the user's words. `advanced`: folded away,
    because its default suits nearly everybody."""

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    default: str = ""
    pattern: str = ""  # a regular expression the whole value must match
    advanced: bool = False
    lines: bool = False  # several lines: a list, a key file


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """The network's rules for a reply, known beforehand.

    `counts` names the unit of `text`: "graphemes", "codepoints", "bytes" or "utf16". A longer text may go out as up to
    `parts` posts, each answering the one before. `alone`: other limits for what goes to its author alone.
    """

    text: int = 0  # 0: no limit
    counts: str = "codepoints"
    bytes: int = 0  # a second limit some networks have
    parts: int = 1
    files: int = 0
    file_bytes: int = 0  # of each file
    reply_window: timedelta | None = None  # a reply is refused when the post is older
    alone: Limits | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel declares about itself.

    `poll_every` is how often a poll is polite while there is news, and `slowest` how rare it becomes where there is
    hardly ever any; `pace` is how many writes an account may make in how long. `local`: it reads what lies on the
    server itself, so that only an operator may connect it. `proved`: the real server that its tests run against.
    `lacks`: {rule that it can't keep: why}, in words for whoever connects it; it claims all others that apply to it.
    """

    name: str
    label: str
    about: str
    can: frozenset[Can]
    limits: Limits = Limits()
    settings: tuple[Setting, ...] = ()
    poll_every: timedelta = timedelta(seconds=60)
    slowest: timedelta | None = None  # None: always `poll_every`
    pace: tuple[int, timedelta] = (30, timedelta(minutes=1))
    access: str = ""  # what the network asks for and what it costs, in a sentence
    local: bool = False
    proved: str = ""
    lacks: Mapping[Rule, str] = {}

    def applies(self, rule: Rule) -> bool:
        """Whether the rule is about what this channel does at all."""
        match rule:
            case Rule.RESUMES:
                return bool(self.can & {Can.POLL, Can.STREAM})
            case Rule.LOGS_IN | Rule.SECRETS:
                return any(setting.secret for setting in self.settings)
            case Rule.REPLIES_ONCE | Rule.LIMITS:
                return bool(self.can & ANSWERING)
            case Rule.PACED | Rule.PROXY:
                return not self.local and bool(self.can & ({Can.POLL, Can.STREAM} | ANSWERING))
            case Rule.BACKFILLS | Rule.EDITS | Rule.DELETIONS | Rule.CHAOS | Rule.RECORDED | Rule.REAL:
                return not self.local
            case _:
                return True

    def keeps(self, rule: Rule) -> bool:
        """Whether the channel claims to keep it."""
        return self.applies(rule) and rule not in self.lacks
