"""What somebody newly wrote, apart from what a mail program put below it: the mail that is answered, and a signature.

Written after what Gmail, Outlook, Apple Mail, Thunderbird and Yahoo put there in their languages, and after RFC 3676
(the signature's separator, and lines quoted by ">").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from amends.channels.email.languages import APPLIANCES, BEGINS, FROM, SENT, SUBJECT, TO, WROTE

QUOTED = re.compile(r"\s{0,3}[>＞]")
COLONS = (":", "：")

VERB = re.compile(rf"(?:{'|'.join(map(re.escape, WROTE))})(?!\w)[^\n]{{0,80}}$", re.I)
# Where the language has no such word: "2024年3月12日(火) 10:11 Ann <ann@example.org>:".
ADDRESSED = re.compile(r"<[^<>\s]+@[^<>\s]+>\s*[:：]$")
DATED = re.compile(r"\d{4}|\d[./-]\d")
TIME = re.compile(r"\d[:.h]\s?\d\d")
LONGEST = 400  # characters of a line that says something of this kind

# "-----Original Message-----", "---------- Forwarded message ---------", "-------- Original-Nachricht --------".
SEPARATOR = re.compile(r"\s*(?:-{3,}|_{5,})\s?[^\W\d_][^\n]{2,60}?\s?(?:-{3,}|_{5,})\s*")
HEADS = tuple(
    re.compile(rf"[\s*]*(?:{'|'.join(map(re.escape, words))})[\s*]*[:：].*", re.I)
    for words in (FROM, SENT, TO, SUBJECT)
)
APPLIANCE = re.compile(rf"\s*(?:{'|'.join(APPLIANCES)})\s*(?:<?https?://\S+>?)?\s*", re.I)

SIGNED = "-- "
SHORT = 12  # lines of a signature whose separator has lost its blank


def fold(text: str) -> tuple[str, str]:
    """(what was newly written, the rest as it stood). Answers written between quoted lines stay, without those."""
    lines = text.split("\n")
    own: list[str] = []
    folded: list[str] = []
    at = 0
    while at < len(lines):
        if QUOTED.match(lines[at]) or (len(lines[at]) < LONGEST and APPLIANCE.fullmatch(lines[at])):
            folded.append(lines[at])
            at += 1
        elif taken := _attribution(lines, at):
            folded += ["", *lines[at : at + taken]]
            at += taken
        elif _begins_the_rest(lines, at):
            folded += ["", *lines[at:]]
            break
        else:
            own.append(lines[at])
            if not lines[at].strip():
                folded.append("")
            at += 1
    return _tidy(own), _tidy(folded)


def _attribution(lines: Sequence[str], at: int) -> int:
    """How many lines from here say who wrote what follows: up to three, of which the last ends in a colon. 0: none."""
    for count in (1, 2, 3):
        some = lines[at : at + count]
        if len(some) < count or not some[-1].strip() or sum(map(len, some)) > LONGEST:
            return 0
        if not some[-1].rstrip("* ").endswith(COLONS):
            continue
        text = " ".join(line.strip(" *") for line in some)
        timed = TIME.search(text) is not None
        bare = timed and ADDRESSED.search(text) and DATED.search(text)
        said = VERB.search(text) and (count == 1 or BEGINS.match(lines[at]))
        sure = timed or ("@" in text and DATED.search(text)) or _quoted_next(lines, at + count)
        return count if bare or (said and sure) else 0
    return 0


def _quoted_next(lines: Sequence[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 4] if line.strip()), "")
    return bool(QUOTED.match(following))


def _begins_the_rest(lines: Sequence[str], at: int) -> bool:
    """Whether all from here on is another mail, or a signature."""
    line = lines[at]
    if len(line) > LONGEST:
        return False
    if SEPARATOR.fullmatch(line) or line == SIGNED:
        return True
    if line.rstrip() == "--":
        below = (lines[index] for index in range(at + 1, len(lines)))
        written = (one for one in below if one.strip() and not QUOTED.match(one))
        return sum(1 for _ in islice(written, SHORT + 1)) <= SHORT
    return _heads(lines, at)


def _heads(lines: Sequence[str], at: int) -> bool:
    """Whether Outlook's block of headers begins here: who, and two more of when, to whom and what about."""
    if not HEADS[0].fullmatch(lines[at]):
        return False
    block = [line for line in lines[at + 1 : at + 9] if line.strip()][:6]
    return sum(any(head.fullmatch(line) for line in block) for head in HEADS[1:]) >= 2


def _tidy(lines: Sequence[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
