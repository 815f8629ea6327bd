"""Names of records: AT-URIs and TIDs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from amends.channels.foreign import EPOCH, microseconds

POST = "app.bsky.feed.post"
LIKE = "app.bsky.feed.like"

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


def instant(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)


def tid(now: datetime, salt: int) -> str:
    """A record key of 13 characters that sorts by time (https://atproto.com/specs/tid): 53 bits of microseconds and
    10 bits of clock identifier, in base 32. The last three digits of the microseconds and the identifier hold `salt`,
    so that 1,024,000 salts have different keys within a millisecond."""
    millisecond = microseconds(now) // 1000
    high, low = divmod(salt % 1_024_000, 1024)
    return _written(((millisecond * 1000 + high) & ((1 << 53) - 1)) << 10 | low)


def following(key: str, steps: int) -> str:
    """The key of a reply's further part: so many milliseconds after that of its first. Another reply's never is the
    same, since within a millisecond its salt is another."""
    if not steps:
        return key
    number = 0
    for sign in key:
        number = number << 5 | ALPHABET.index(sign)
    return _written(number + (steps * 1000 << 10) & (1 << 63) - 1)


def like_key(uri: str) -> str:
    """The key of the like of a post: one for each, so that an account likes it once however often it is told to. It has
    a TID's form, for no other is shown, and no time in it."""
    return _written(int.from_bytes(blake2b(uri.encode(), digest_size=8).digest()) >> 1)


def _written(number: int) -> str:
    """63 bits in base 32, so that they sort as text."""
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))
