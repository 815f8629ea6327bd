"""The words of a piece of HTML, as a reader sees them: never the HTML itself."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

BLOCKS = frozenset(
    {
        "address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "form",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "pre", "section", "table", "tr",
        "ul",
    }
)  # fmt: skip
SILENT = frozenset({"head", "noscript", "object", "script", "style", "svg", "template", "textarea", "title"})
LONGEST = 2 << 20  # characters of HTML that are read

# What most posts on open networks are made of, which needs no parser: paragraphs, breaks, links and spans.
SIMPLE = re.compile(r"(?:[^<>]|</?(?:p|a|span|b|i|em|strong|u|code)(?:\s[^<>]*)?>|<br\s*/?>)*", re.ASCII)
HIDDEN = re.compile(r"\s(?:class|style|hidden|aria-hidden)\b[^<>]*(?:invisible|none|hidden)", re.ASCII)
BREAK = re.compile(r"<br\s*/?>", re.ASCII)
PARAGRAPH = re.compile(r"</?p(?:\s[^<>]*)?>", re.ASCII)  # many are never closed
TAG = re.compile(r"<[^<>]*>")
MARKED = re.compile(r"<!\[[^>]*>?")  # to a browser a comment; the parser gives up on those that it does not know
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
    reader = _Reader()
    reader.feed(MARKED.sub("", html))
    reader.close()
    return _tidy("".join(reader.found))


def _tidy(text: str) -> str:
    lines = (SPACE.sub(" ", line).strip() for line in text.replace("\x00", "").replace("\xa0", " ").split("\n"))
    return EMPTY.sub("\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Collects what is shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent.append(tag)
        elif tag == "br":
            self.found.append("\n")
        elif tag == "p":
            self.found.append("\n\n")
        elif tag in BLOCKS:
            self.found.append("\n")
        elif tag == "img" and not self._silent:
            self.found.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                continue
        elif tag == "p":
            self.found.append("\n\n")
        elif tag in BLOCKS:
            self.found.append("\n")
        elif tag in ("td", "th"):
            self.found.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(re.sub(r"\s+", " ", data))
