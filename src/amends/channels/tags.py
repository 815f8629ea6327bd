"""The tags of a piece of HTML, whatever it is, found in one pass over it.

What the HTML standard's tokenizer (13.2.5) does, in short. The standard library's parser takes minutes for some 100 kB
of tags that are never closed, which anybody may send.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
# Up to the end of a tag: a ">" in a quoted value is none. Nothing in it is tried twice.
INSIDE = re.compile(r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+>""")
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?""")
RAW = frozenset({"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"})  # hold no tags
MOST = 60  # attributes of a tag


class Tag(NamedTuple):
    """`name` is in small letters. It stands from `start` to `end`; `inner` is what follows its name."""

    name: str
    closes: bool
    start: int
    end: int
    inner: str

    @property
    def alone(self) -> bool:
        """Whether it says that it holds nothing: `<svg/>`."""
        return self.inner.endswith("/")

    def attributes(self) -> dict[str, str]:
        """By name in small letters; the first of a name counts."""
        found: dict[str, str] = {}
        for count, one in enumerate(ATTRIBUTE.finditer(self.inner)):
            if count == MOST:
                break
            found.setdefault(one[1].lower(), unescape(one[2] or one[3] or one[4] or ""))
        return found


def pieces(html: str) -> Iterator[str | Tag]:
    """Text, with its character references as they are, and tags. Comments are left out, and so is what scripts and
    styles hold; what is not closed when the text ends is left out as well."""
    at = 0
    while (start := html.find("<", at)) >= 0:
        if start > at:
            yield html[at:start]
        if name := NAME.match(html, start):
            inside = INSIDE.match(html, name.end())
            if not inside:
                return
            at = inside.end()
            tag = Tag(name[1].lower(), html[start + 1] == "/", start, at, html[name.end() : at - 1])
            yield tag
            if tag.name in RAW and not (tag.closes or tag.alone):
                end = re.compile(f"</{re.escape(tag.name)}", re.IGNORECASE).search(html, at)
                if not end:
                    return
                at = end.start()
        elif html[start + 1 : start + 2] in ("!", "?", "/"):
            mark = "-->" if html.startswith("<!--", start) else ">"
            end_at = html.find(mark, start + 2)
            if end_at < 0:
                return
            at = end_at + len(mark)
        else:
            yield "<"
            at = start + 1
    yield html[at:]
