"""The words of a mail's HTML, in the form that plain mail has: what programs mark as quoted gets a ">" before each
line, for `quoting` to fold.

The marks are those that Gmail, Outlook, Apple Mail, Thunderbird, Yahoo and Proton put into what they send.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser

import msgspec

from amends.channels.markup import LONGEST, words

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
    reader = _Quotes(html)
    reader.feed(html)
    reader.close()
    pieces: list[str] = []
    end = 0
    for start, stop in reader.outermost():
        pieces.append(words(html[end:start]))
        pieces.append("\n".join(MARK + line for line in words(html[start:stop]).split("\n")))
        end = stop
    pieces.append(words(html[end:]))
    return "\n\n".join(piece for piece in pieces if piece.strip(" >\n"))


class _Element(msgspec.Struct):
    """An open element that may be folded. `depth`: how many of its tag are open within it, itself among them."""

    tag: str
    start: int
    kind: str
    depth: int = 1


class _Quotes(HTMLParser):
    """Finds where folded elements begin and end."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [0, *(found.end() for found in re.finditer("\n", html))]
        self._length = len(html)
        self._open: list[_Element] = []
        self._found: list[tuple[int, int, str]] = []

    def outermost(self) -> list[tuple[int, int]]:
        """Where to fold: in order, none within another. What was never closed goes on to the end."""
        left = [(one.start, self._length, one.kind) for one in self._open if one.kind != "gmail"]
        kept: list[tuple[int, int]] = []
        for start, stop, _ in sorted([*self._found, *left], key=lambda one: (one[0], -one[1])):
            if not kept or start >= kept[-1][1]:
                kept.append((start, stop))
        return kept

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for one in self._open:
            one.depth += one.tag == tag
        kind = _kind(tag, {name: value or "" for name, value in attrs})
        if kind == "rest":
            self._found.append((self._at(), self._length, kind))
        elif kind and tag not in VOID and all(one.kind == "gmail" != kind for one in self._open):
            self._open.append(_Element(tag, self._at(), kind))

    def handle_endtag(self, tag: str) -> None:
        for one in self._open:
            one.depth -= one.tag == tag
        for one in [one for one in self._open if not one.depth]:
            self._open.remove(one)
            # A reply in Gmail has its quotations in one element, with what was written between them. In a forwarded
            # mail that element holds nothing but the other mail.
            if one.kind != "gmail" or not any(at > one.start and kind == "quote" for at, _, kind in self._found):
                self._found.append((one.start, self._at(), one.kind))

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[min(line, len(self._lines)) - 1] + column


def _kind(tag: str, attrs: Mapping[str, str]) -> str:
    """How an element is folded: "quote", "folded", "gmail" (its quotations are), "rest" (all from here), or ""."""
    marks = [
        mark.removeprefix("x_").removeprefix("x_")
        for mark in (*attrs.get("class", "").split()[:20], attrs.get("id", ""))
    ]
    if REST.intersection(marks):
        return "rest"
    if tag == "blockquote" and (attrs.get("type", "").lower() == "cite" or "gmail_quote" in marks):
        return "quote"
    if any(FOLDED.fullmatch(mark) for mark in marks):
        return "folded"
    return "gmail" if GMAIL.intersection(marks) else ""
