"""From a feed's document to posts: pure.

An item's id must be the same whichever feed of a site brings it, and however often. Only an id that is an address or
another URI is good for that by itself; what else sites write (a number, the same word for all) is joined with the link.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2s
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from amends.channels.base import Author, BadData, Malformed, Post
from amends.channels.feeds import jsonfeed, xmlfeed
from amends.channels.feeds.document import Document, Item, Writer, within
from amends.channels.foreign import microseconds

NETWORK = "feeds"
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
TRACKING = re.compile(r"utm_\w+|fbclid|gclid")


class Found(NamedTuple):
    """A post, and short marks by which it is recognised: its id's, and that of what it says."""

    key: str
    says: str
    post: Post


def read(body: bytes, url: str, content_type: str = "") -> Document:
    """The feed in `body`, of whichever format. Raises `BadData` when it is none."""
    bare = body.removeprefix(BOM_UTF8).lstrip()
    if bare[:1] == b"{":
        return jsonfeed.read(bare, url)
    return xmlfeed.read(body, url, content_type)


def is_page(body: bytes) -> bool:
    """Whether it is a web page, which may name a feed."""
    start = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(b"<!doctype html") or b"<html" in start


def posts(document: Document, url: str, now: datetime) -> list[Found | Malformed]:
    """Every item of the document that came from `url`, each id once: of two, the newer."""
    host = urlsplit(url).hostname or ""
    items = [item for item in document.items if isinstance(item, Item)]
    ids = _ids(items, host)
    found: dict[str, Found] = {}
    for item, name in zip(items, ids, strict=True):
        one = _found(name, item, document, host, now)
        if one.key not in found or found[one.key].post.stamp < one.post.stamp:
            found[one.key] = one
    return [*found.values(), *(item for item in document.items if isinstance(item, Malformed))]


def mark(*parts: str) -> str:
    """A short mark: 64 bits, so that among some thousands of items none is taken for another."""
    return digest("\x00".join(parts).encode("utf-8", "replace"))


def digest(content: bytes) -> str:
    """The same of what is no text."""
    return urlsafe_b64encode(blake2s(content, digest_size=8).digest()).decode().rstrip("=")


def _found(name: str, item: Item, document: Document, host: str, now: datetime) -> Found:
    published, updated = within(item.published, now), within(item.updated, now)
    created = published or updated or now
    newest = max(filter(None, (published, updated)), default=None)
    post = Post(
        network=NETWORK,
        id=name,
        author=_author(item, document, urlsplit(item.link).hostname or host),
        created=created,
        text=item.text or item.title,
        subject=item.title if item.text else "",
        parent=item.parent if item.parent != name else "",
        root=item.parent or name,
        lang=item.lang or document.lang,
        media=item.media,
        edited=updated if updated and updated > created else None,
        stamp=microseconds(newest) if newest else 0,
        url=item.link,
        raw=item.raw,
    )
    return Found(mark(name), mark(item.title, item.text, *(media.url for media in item.media)), post)


def _ids(items: Sequence[Item], host: str) -> list[str]:
    """The posts' ids. A site that gives several items one id, or one link, does not mean that they are the same."""
    links = [_bare(item.link) for item in items]
    named = {(item.guid, link) for item, link in zip(items, links, strict=True)}
    meanings = Counter(guid for guid, _ in named)
    bare = Counter(link for item, link in zip(items, links, strict=True) if not item.guid)
    return [
        item.guid
        if URI.fullmatch(item.guid) and (meanings[item.guid] == 1 or not link)
        else _joined(item, link, host, alone=bare[link] == 1)
        for item, link in zip(items, links, strict=True)
    ]


def _joined(item: Item, link: str, host: str, *, alone: bool) -> str:
    if item.guid:
        return link if item.guid == item.link else f"{link or host}#{item.guid}"
    if link and alone:
        return link
    when = item.published.isoformat() if item.published else item.text
    return f"{link or host}#{mark(item.title, when)}"


def _bare(link: str) -> str:
    """The link without what only says where it was followed from."""
    parts = urlsplit(link)
    if not TRACKING.search(parts.query):
        return link
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if not TRACKING.fullmatch(name)]  # fmt: skip
    return parts._replace(query=urlencode(kept)).geturl()


def _author(item: Item, document: Document, host: str) -> Author:
    """Who wrote it: known by their own address, else by their name at the site; the site itself where it names nobody.
    Their mail address is no lasting id: some sites write one for all."""
    writer = item.writer if item.writer != Writer() else document.writer
    name = writer.name.strip("/@")
    if writer.url and writer.url.rstrip("/") != document.home.rstrip("/"):
        key = writer.url
    elif writer.name:
        key = f"{host}/{writer.name}"
    else:
        return Author(id=host or NETWORK, display=document.title or host)
    handle = "" if " " in name else name
    return Author(id=key, name=handle, display=writer.name or host, avatar=writer.avatar)


def decode(body: bytes, url: str, content_type: str, now: datetime) -> tuple[Document, list[Found | Malformed]]:
    """Both steps at once. Raises `BadData`, saying what came instead of a feed."""
    try:
        document = read(body, url, content_type)
    except BadData as error:
        what = "a web page, and not a feed" if is_page(body) else "something that is not a feed"
        raise BadData(f"{shown(url)} answers with {what}: check the address.", body[:100_000]) from error
    return document, posts(document, url, now)


def shown(url: str) -> str:
    """An address as it may stand in a message: what follows the ? may be a secret."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path if len(parts.path) > 1 else ''}"
