"""Facets: the spans of a post that are links, tags and mentions. Their offsets count bytes of UTF-8.

The lexicon app.bsky.richtext.facet, and the rules of https://docs.bsky.app/docs/advanced-guides/post-richtext.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from amends.channels.base import Author
from amends.channels.length import length

LINK = re.compile(r"(?<![\w/])https?://[^\s<>\"]+")
TAG = re.compile(r"(?<!\S)[#＃](\S+)")

Facet = dict[str, Any]


def facets(text: str, mentioned: Author | None = None) -> list[Facet]:
    """The facets of `text`, in order. `mentioned` is whom the post answers: their handle after an @ becomes a mention;
    other handles stay plain text, since their DIDs are not known here."""
    spans = [*_links(text), *_tags(text), *(_mentions(text, mentioned) if mentioned and mentioned.name else ())]
    return [_facet(text, *span) for span in sorted(spans, key=lambda span: span[0])]


def _links(text: str) -> Iterator[tuple[int, int, Facet]]:
    for found in LINK.finditer(text):
        url = found[0].rstrip(".,;:!?'")
        if url.endswith(")") and "(" not in url:
            url = url[:-1]
        if len(url.partition("://")[2]) > 2:
            yield found.start(), found.start() + len(url), {"$type": "app.bsky.richtext.facet#link", "uri": url}


def _tags(text: str) -> Iterator[tuple[int, int, Facet]]:
    for found in TAG.finditer(text):
        tag = found[1]
        while tag and unicodedata.category(tag[-1]).startswith("P"):
            tag = tag[:-1]
        if tag and not tag.isdecimal() and length(tag, "graphemes") <= 64 and length(tag, "bytes") <= 640:
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
            yield found.start(), found.start() + 1 + len(tag), feature


def _mentions(text: str, mentioned: Author) -> Iterator[tuple[int, int, Facet]]:
    handle = re.compile(rf"(?<![\w/.@])@{re.escape(mentioned.name)}(?![\w-]|\.\w)", re.IGNORECASE)
    for found in handle.finditer(text):
        yield *found.span(), {"$type": "app.bsky.richtext.facet#mention", "did": mentioned.id}


def _facet(text: str, start: int, end: int, feature: Facet) -> Facet:
    before = len(text[:start].encode())
    span = {"byteStart": before, "byteEnd": before + len(text[start:end].encode())}
    return {"index": span, "features": [feature]}
