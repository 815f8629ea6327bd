"""What is attached to a post: pictures, films, link cards and quoted posts, read from its record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amends.channels.base import Media, MediaKind
from amends.channels.bluesky.ids import split
from amends.channels.foreign import count, fields, items, text

CDN = "https://cdn.bsky.app/img/feed_fullsize/plain"
VIDEO = "https://video.bsky.app/watch"

MOST = 10  # pictures of a post; the lexicon has four, and 20 in a gallery, of which apps show 10
LONGEST = 5000  # characters of a description or an address; servers take a megabyte


def media_of(embed: object, did: str) -> tuple[Media, ...]:
    """The media of a record's `embed`, written by `did`. What has no address is left out."""
    return tuple(_media(fields(embed), did))


def quoted(embed: object) -> str:
    """The address of the post that is quoted, or "". With media beside it, it stands one level deeper."""
    record = fields(fields(embed).get("record"))
    uri = text(record.get("uri")) or text(fields(record.get("record")).get("uri"))
    return uri if split(uri) else ""


def _media(embed: Any, did: str) -> Iterator[Media]:
    match embed.get("$type"):
        case "app.bsky.embed.images":
            for image in map(fields, items(embed.get("images"))[:MOST]):
                yield from _blob(MediaKind.IMAGE, image.get("image"), f"{CDN}/{did}/", "", text(image.get("alt")))
        case "app.bsky.embed.gallery":
            yield from _media({"$type": "app.bsky.embed.images", "images": embed.get("items")}, did)
        case "app.bsky.embed.video":
            yield from _blob(
                MediaKind.VIDEO, embed.get("video"), f"{VIDEO}/{did}/", "/playlist.m3u8", text(embed.get("alt"))
            )
        case "app.bsky.embed.external":
            card = fields(embed.get("external"))
            uri = text(card.get("uri"))
            if uri.startswith(("https://", "http://")) and len(uri) <= LONGEST:
                yield Media(kind=MediaKind.LINK, url=uri, alt=text(card.get("title"))[:LONGEST])
        case "app.bsky.embed.recordWithMedia":
            inner = fields(embed.get("media"))
            if inner.get("$type") != "app.bsky.embed.recordWithMedia":
                yield from _media(inner, did)


def _blob(kind: MediaKind, blob: object, before: str, after: str, alt: str) -> Iterator[Media]:
    value = fields(blob)
    cid = text(fields(value.get("ref")).get("$link"))
    if cid.isalnum() and len(cid) <= 200:
        url = f"{before}{cid}{after}"
        mime = text(value.get("mimeType"))[:100]
        yield Media(kind=kind, url=url, alt=alt[:LONGEST], mime=mime, size=count(value.get("size")))
