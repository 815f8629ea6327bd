"""What sort of mail it is: written by a person to us, or by a program, for a list, or going in circles.

After RFC 3834 (Auto-Submitted), RFC 2919 (List-Id), RFC 2076 (Precedence), and the headers that vacation programs,
help desks and Exchange put in. A person may answer what a person wrote; the rest is heard, and never answered.
"""

from __future__ import annotations

import re

from amends.channels.email import ids
from amends.channels.email.headers import Headers
from amends.channels.email.languages import ABSENT

HOPS = 40  # servers that a mail passes; Postfix gives up at 50

AUTOMATIC = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-autoreply-from", "x-mail-autoreply", "x-vacation")
BULK = frozenset({"bulk", "junk", "list"})
NOBODY = re.compile(r"(?:no|do-?not|don-?t|keine?)[._-]?(?:reply|respond|answer|antwort)[^@]*@.*", re.I)
ABOUT = re.compile(rf"(?:{'|'.join(ABSENT)})(?!\w)", re.I)


def unanswerable(headers: Headers, mail: str, sender: str, target: str, ours: str) -> str:
    """Why this mail is answered by nobody, in words for who would; "" for what a person wrote to us. `mail` is its id,
    `sender` who its From names and `target` where an answer would go. All addresses are in lower case."""
    if _circles(headers, mail, sender, ours):
        return "This mail goes in circles between two programs: answering it would keep it going."
    if reason := _automatic(headers, sender, target):
        return reason
    if _list(headers, ours):
        return "This mail came over a mailing list: an answer would not reach its writer alone."
    if not target:
        return "This mail names no address to answer to."
    if ids.is_own(target, ours):
        return "An answer to this mail would come back to this very mailbox."
    if NOBODY.fullmatch(target):
        return f"Nobody reads mail at {target}."
    return ""


def _circles(headers: Headers, mail: str, sender: str, ours: str) -> bool:
    looped = any(ours in value.lower() for value in headers.all("x-loop"))
    returned = bool(ids.OURS.fullmatch(mail))
    return len(headers.all("received")) > HOPS or ((looped or returned) and sender != ours)


def _automatic(headers: Headers, sender: str, target: str) -> str:
    submitted = headers.raw("auto-submitted").partition(";")[0].strip().lower()
    if submitted == "auto-generated" and target.rpartition("@")[2] != sender.rpartition("@")[2]:
        submitted = ""  # a web form: a program sends what a person wrote, and names that person in Reply-To
    precedence = headers.raw("precedence").strip().lower()
    replies = (submitted and submitted != "no") or precedence == "auto_reply" or ABOUT.match(headers.words("subject"))
    receipt = headers.raw("content-type").lower().startswith("multipart/report")
    if replies or receipt or any(name in headers for name in AUTOMATIC):
        return "A program wrote this mail by itself, such as an absence note: nobody would read an answer."
    return ""


def _list(headers: Headers, ours: str) -> bool:
    """Mail to many. A list of our own domain is how a group's address reaches a mailbox: its mail is to us."""
    domain = ours.rpartition("@")[2]
    named = " ".join(headers.all("list-id") + headers.all("list-post")).lower()
    if named:
        return not re.search(rf"[.@]{re.escape(domain)}\s*>", named)
    return headers.raw("precedence").strip().lower() in BULK
