"""JSON Feed, versions 1 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from amends.channels.base import BadData, Malformed, Media, MediaKind
from amends.channels.feeds.document import MOST, Document, Item, Writer, text, web
from amends.channels.foreign import UNDECODABLE, count, fields, items, when
from amends.channels.markup import words

KINDS = {kind.value: kind for kind in (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO)}


def read(body: bytes, url: str) -> Document:
    """The feed in `body`, which came from `url`. Raises `BadData` when it is none."""
    try:
        outer = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        found = msgspec.json.decode(outer["items"], type=list[msgspec.Raw])
        feed = {name: msgspec.json.decode(value) for name, value in outer.items() if name != "items"}
    except (*UNDECODABLE, KeyError) as error:
        raise BadData("This is not a JSON feed that can be read.", body) from error
    hubs = [fields(hub) for hub in items(feed.get("hubs"))]
    return Document(
        title=text(feed.get("title")),
        items=tuple(_item(bytes(raw), url) for raw in found[:MOST]),
        home=web(feed.get("home_page_url"), url),
        writer=_writer(feed, url),
        lang=text(feed.get("language")),
        hub=next((web(hub.get("url"), url) for hub in hubs if text(hub.get("type")).lower() == "websub"), ""),
        address=web(feed.get("feed_url"), url),
        following=web(feed.get("next_url"), url),
    )


def _item(raw: bytes, base: str) -> Item | Malformed:
    try:
        item = msgspec.json.decode(raw)
    except UNDECODABLE as error:
        return Malformed(str(error), raw)
    if not isinstance(item, dict):
        return Malformed("an item that is not an object", raw)
    link = web(item.get("url"), base) or web(item.get("external_url"), base)
    html = text(item.get("content_html"))
    said = text(words(html)) if html else text(item.get("content_text")) or text(item.get("summary"))
    title = text(item.get("title"))
    if not (title or said or link):
        return Malformed("an item without words and without a link", raw)
    given = item.get("id")
    return Item(
        guid=str(given) if isinstance(given, int) and not isinstance(given, bool) else text(given),
        link=link,
        title=title,
        text=said,
        writer=_writer(item, base),
        published=when(text(item.get("date_published"))),
        updated=when(text(item.get("date_modified"))),
        media=tuple(_media(item, base)),
        lang=text(item.get("language")),
        raw=raw,
    )


def _writer(values: Mapping[str, Any], base: str) -> Writer:
    for one in (*items(values.get("authors")), values.get("author")):
        named = fields(one)
        name, url = text(named.get("name")), web(named.get("url"), base)
        if name or url:
            return Writer(name, url, avatar=web(named.get("avatar"), base))
    return Writer()


def _media(item: Mapping[str, Any], base: str) -> Iterator[Media]:
    for name in ("image", "banner_image"):
        if url := web(item.get(name), base):
            yield Media(MediaKind.IMAGE, url)
    for one in map(fields, items(item.get("attachments"))[:20]):
        if url := web(one.get("url"), base):
            mime, size = text(one.get("mime_type")), count(one.get("size_in_bytes"))
            kind = KINDS.get(mime.partition("/")[0], MediaKind.FILE)
            yield Media(kind, url, alt=text(one.get("title")), mime=mime, size=size or None)
