"""The words of a piece of HTML, as a reader sees them: never the HTML itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from amends.channels.tags import pieces

BLOCKS = frozenset(
    {
        "address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "form",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "pre", "section", "table", "tr",
        "ul",
    }
)  # fmt: skip
SILENT = frozenset({"head", "noscript", "object", "script", "style", "svg", "template", "textarea", "title"})
LONGEST = 2 << 20  # characters of HTML that are read
DEEPEST = 100  # elements in each other that are not shown

# What most posts on open networks are made of, which needs no parser: paragraphs, breaks, links and spans.
SIMPLE = re.compile(r"(?:[^<>]|</?(?:p|a|span|b|i|em|strong|u|code)(?:\s[^<>]*)?>|<br\s*/?>)*", re.ASCII)
HIDDEN = re.compile(r"\s(?:class|style|hidden|aria-hidden)\b[^<>]{0,200}(?:invisible|none|hidden)", re.ASCII)
BREAK = re.compile(r"<br\s*/?>", re.ASCII)
PARAGRAPH = re.compile(r"</?p(?:\s[^<>]*)?>", re.ASCII)  # many are never closed
TAG = re.compile(r"<[^<>]*>")
SPACE = re.compile(r"[ \t\r\f\v]+")
EMPTY = re.compile(r"\n{3,}")


def words(html: str) -> str:
    """The text: a line for each line break, an empty line between paragraphs, nothing of what is not shown. Links keep
    the words that they are written with. Any text is taken; what is malformed is read as browsers do, or left out."""
    html = html[:LONGEST]
    if "<" not in html:
        return unescape(html).replace("\x00", "").strip()
    if SIMPLE.fullmatch(html) and not HIDDEN.search(html):
        text = PARAGRAPH.sub("\n\n", BREAK.sub("\n", html))
        return _tidy(unescape(TAG.sub("", text)))
    return _tidy("".join(_shown(html)))


def _tidy(text: str) -> str:
    lines = (SPACE.sub(" ", line).strip() for line in text.replace("\x00", "").replace("\xa0", " ").split("\n"))
    return EMPTY.sub("\n\n", "\n".join(lines)).strip()


def _shown(html: str) -> Iterator[str]:
    """What is shown, with the line breaks that its elements make."""
    silent: list[str] = []  # the elements we are in that are not shown
    for piece in pieces(html):
        if isinstance(piece, str):
            if not silent:
                yield re.sub(r"\s+", " ", unescape(piece))
        elif piece.closes and piece.name in silent:
            while silent.pop() != piece.name:
                continue
        elif piece.name in SILENT:
            if not (piece.closes or piece.alone) and len(silent) < DEEPEST:
                silent.append(piece.name)
        elif piece.name == "p":
            yield "\n\n"
        elif piece.name in BLOCKS or (piece.name == "br" and not piece.closes):
            yield "\n"
        elif piece.name in ("td", "th") and piece.closes:
            yield " "
        elif piece.name == "img" and not silent:
            yield piece.attributes().get("alt", "")
