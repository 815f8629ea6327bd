"""Message-IDs, and the tag that names a thread.

A thread is known by a tag made of the Message-ID of its first mail. Our replies carry the tag in their own Message-ID
and, where the mailbox takes it, in the address that answers go to (support+case-abcdefghij234567@acme.example). So an
answer finds its thread by whatever its writer's mail program has kept: that address, one of our Message-IDs, or the
first of References (RFC 5322, 3.6.4).
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Iterable, Sequence
from hashlib import blake2b

MARK = "amends."
THREAD = "mail:"
PLUS = "+case-"
LONGEST = 400  # characters of an id; longer ones are not kept

ID = re.compile(r"<[^<>\s]+>")
OURS = re.compile(r"<amends\.[0-9A-Za-z-]{1,80}\.([a-z2-7]{16})@[^<>\s]+>", re.IGNORECASE)
TAGGED = re.compile(r"(.+)\+case-([a-z2-7]{16})@(.+)")


def listed(text: str) -> tuple[str, ...]:
    """The ids in a header, in order, each once."""
    return tuple(dict.fromkeys(found for found in ID.findall(text) if len(found) <= LONGEST))


def own(text: str) -> str:
    """A mail's own id; "" where it has none that can be used. What lacks its brackets is given them."""
    bare = "".join(text.split())
    if not bare:
        return ""
    found = ID.search(bare)
    one = found[0] if found else f"<{bare.strip('<>')}>"
    return one if 3 <= len(one) <= LONGEST else ""


def made_up(raw: bytes) -> str:
    """The id of a mail that has none: the same for the same mail."""
    return f"<{blake2b(raw, digest_size=20).hexdigest()}@no-message-id.invalid>"


def tag(first: str) -> str:
    """The tag of the thread that begins with this id: 16 characters."""
    digest = blake2b(first.encode("utf-8", "surrogatepass"), digest_size=10, person=b"amends.mail")
    return b32encode(digest.digest()).decode().lower()


def tag_of(thread: str) -> str:
    """The tag of a thread as `Post.root` names it."""
    bare = thread.removeprefix(THREAD)
    return bare if thread.startswith(THREAD) and re.fullmatch("[a-z2-7]{16}", bare) else tag(thread)


def message_id(key: str, thread: str, domain: str) -> str:
    """The Message-ID of a reply: the same at every attempt."""
    return f"<{MARK}{key}.{tag_of(thread)}@{domain}>"


def reply_address(address: str, thread: str) -> str:
    """The address that answers to a reply go to; the plain one where it would grow too long (RFC 5321, 4.5.3.1)."""
    local, _, domain = address.rpartition("@")
    tagged = f"{local}{PLUS}{tag_of(thread)}"
    return f"{tagged}@{domain}" if len(tagged) <= 64 else address


def is_own(address: str, ours: str) -> bool:
    """Whether an address is ours, with or without a tag."""
    found = TAGGED.fullmatch(address)
    return (f"{found[1]}@{found[3]}" if found else address) == ours


def thread(mail: str, references: Sequence[str], recipients: Iterable[str], ours: str) -> str:
    """The thread of a mail. `references`: References, then In-Reply-To. `recipients`: addresses in lower case."""
    for address in recipients:
        found = TAGGED.fullmatch(address)
        if found and f"{found[1]}@{found[3]}" == ours:
            return THREAD + found[2]
    for one in (mail, *reversed(references)):
        if found := OURS.fullmatch(one):
            return THREAD + found[1].lower()
    return THREAD + tag(references[0] if references else mail)
