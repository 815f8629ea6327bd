"""Names of records: AT-URIs and TIDs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

POST = "app.bsky.feed.post"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# https://atproto.com/specs/did, /specs/nsid, /specs/record-key; each far below the length the specification allows.
DID = re.compile(r"did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,500}")
AT_URI = re.compile(rf"at://({DID.pattern})/([A-Za-z0-9.-]{{1,300}})/([A-Za-z0-9._:~-]{{1,512}})")

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"


class Uri(NamedTuple):
    did: str
    collection: str
    rkey: str

    def __str__(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"


def split(uri: str) -> Uri | None:
    """The parts of the AT-URI of a record, or None when it is not one."""
    found = AT_URI.fullmatch(uri)
    return Uri(*found.groups()) if found else None


def web(uri: Uri) -> str:
    """Where people read the post."""
    return f"https://bsky.app/profile/{uri.did}/post/{uri.rkey}"


def microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)


def tid(now: datetime, salt: int) -> str:
    """A record key of 13 characters that sorts by time (https://atproto.com/specs/tid): 53 bits of microseconds and
    10 bits of clock identifier, in base 32. The last three digits of the microseconds and the identifier hold `salt`,
    so that 1,024,000 salts have different keys within a millisecond."""
    millisecond = microseconds(now) // 1000
    high, low = divmod(salt % 1_024_000, 1024)
    number = ((millisecond * 1000 + high) & ((1 << 53) - 1)) << 10 | low
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))
