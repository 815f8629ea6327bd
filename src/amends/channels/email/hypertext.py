"""The words of a mail's HTML, in the form that plain mail has: what programs mark as quoted gets a ">" before each
line, for `quoting` to fold.

The marks are those that Gmail, Outlook, Apple Mail, Thunderbird, Yahoo and Proton put into what they send.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from amends.channels.markup import LONGEST, words
from amends.channels.tags import Tag, pieces

# Classes and ids of elements that hold what is quoted, or a signature. Outlook puts x_ before those of others.
FOLDED = re.compile(
    r"(?:gmail_attr|gmail_signature|yahoo_quoted|ydp\w*yahoo_quoted|moz-cite-prefix|moz-signature|protonmail_quote"
    r"|protonmail_signature_block|AppleMailSignature|AppleOriginalContents|ms-outlook-mobile-signature|Signature"
    r"|OutlookMessageHeader|zmail_extra)"
)  # fmt: skip
# With these begins the mail that is answered, up to the end.
REST = frozenset({"appendonsend", "divRplyFwdMsg", "stopSpelling", "mail-editor-reference-message-container"})
GMAIL = frozenset({"gmail_quote", "gmail_quote_container"})
VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "wbr"})
MARK = "> "


def plain(html: str) -> str:
    """The text, with a ">" before each line of what is quoted."""
    html = html[:LONGEST]
    found: list[str] = []
    end = 0
    for start, stop in _folded(html):
        found.append(words(html[end:start]))
        found.append("\n".join(MARK + line for line in words(html[start:stop]).split("\n")))
        end = stop
    found.append(words(html[end:]))
    return "\n\n".join(piece for piece in found if piece.strip(" >\n"))


class _Element(msgspec.Struct):
    """An open element that may be folded. `depth`: how many of its tag are open within it, itself among them."""

    tag: str
    start: int
    kind: str
    depth: int = 1


class _Range(NamedTuple):
    start: int
    stop: int
    kind: str


def _folded(html: str) -> list[tuple[int, int]]:
    """Where what is folded begins and ends: in order, none within another. What is never closed goes on to the end."""
    found, left = _elements(html)
    found += [_Range(one.start, len(html), one.kind) for one in left if one.kind != "gmail"]
    kept: list[tuple[int, int]] = []
    for start, stop, _ in sorted(found, key=lambda one: (one.start, -one.stop)):
        if not kept or start >= kept[-1][1]:
            kept.append((start, stop))
    return kept


def _elements(html: str) -> tuple[list[_Range], list[_Element]]:
    """(elements to fold, those that are never closed). At most two are open at a time: a Gmail reply, a quotation."""
    found: list[_Range] = []
    held: list[_Element] = []
    quoted_at = -1  # where the last quotation began
    for piece in pieces(html):
        if isinstance(piece, str) or piece.name in VOID:
            if not isinstance(piece, str) and _kind(piece) == "rest":
                found.append(_Range(piece.start, len(html), "rest"))
            continue
        for one in held:
            one.depth += (one.tag == piece.name) * (-1 if piece.closes else 1)
        if not piece.closes:
            kind = _kind(piece)
            if kind == "rest":
                found.append(_Range(piece.start, len(html), kind))
            elif kind and all(one.kind == "gmail" != kind for one in held):
                held.append(_Element(piece.name, piece.start, kind))
                quoted_at = piece.start if kind == "quote" else quoted_at
        elif closed := [one for one in held if not one.depth]:
            held = [one for one in held if one.depth]
            # A reply in Gmail has its quotations in one element, with what was written between them. In a forwarded
            # mail that element holds nothing but the other mail.
            found += [
                _Range(one.start, piece.start, one.kind)
                for one in closed
                if one.kind != "gmail" or quoted_at < one.start
            ]
    return found, held


def _kind(tag: Tag) -> str:
    """How an element is folded: "quote", "folded", "gmail" (its quotations are), "rest" (all from here), or ""."""
    if not tag.inner or tag.inner.isspace():
        return ""
    attributes = tag.attributes()
    named = (*attributes.get("class", "").split()[:20], attributes.get("id", ""))
    marks = [mark.removeprefix("x_").removeprefix("x_") for mark in named]
    if REST.intersection(marks):
        return "rest"
    if tag.name == "blockquote" and (attributes.get("type", "").lower() == "cite" or "gmail_quote" in marks):
        return "quote"
    if any(FOLDED.fullmatch(mark) for mark in marks):
        return "folded"
    return "gmail" if GMAIL.intersection(marks) else ""
