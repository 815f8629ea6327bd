"""RSS of every version and Atom, as feedparser reads them: also those that are no good XML.

Nothing of what feedparser finds is trusted. It gets a buffer, never a text: a text it would take for an address to
fetch, or for the name of a file.
"""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from amends.channels.base import BadData, Malformed, Media, MediaKind
from amends.channels.feeds.document import MOST, Document, Item, Rhythm, Writer, since_era, text, web
from amends.channels.feeds.encoding import as_text
from amends.channels.markup import words

# Comments may follow. Each ends at its first mark, or a row of them could be read in endlessly many ways.
ENDED = re.compile(
    r"</(?:\w+:)?(?:rss|feed|RDF|channel)\s*>\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+$", re.IGNORECASE | re.DOTALL
)
SKIPPED = re.compile(r"<skip(Hours|Days)>(.{0,2000}?)</skip", re.IGNORECASE | re.DOTALL)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KINDS = {kind.value: kind for kind in (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO)}
REFERENCE = re.compile(r"&#(?:(\d+)|x([0-9a-f]+));?", re.IGNORECASE)
# What a document that is no feed can make feedparser stumble over.
STUMBLES = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, ArithmeticError)


def read(body: bytes, url: str, content_type: str = "") -> Document:
    """The feed in `body`, which came from `url`. Raises `BadData` when it is none."""
    document = as_text(body, content_type)
    try:
        found = _parsed(document)
    except STUMBLES:
        try:
            found = _parsed(REFERENCE.sub(_character, document))
        except STUMBLES as error:
            raise BadData("This is not a feed that can be read.", body) from error
    feed, entries = dict(found.get("feed") or {}), list(found.get("entries") or ())
    if not found.get("version") and not entries:
        raise BadData("This is not a feed.", body)
    links = list(_links(feed, url))
    return Document(
        title=_words(feed, "title"),
        items=tuple(_item(dict(entry), url) for entry in entries[:MOST]),
        home=web(feed.get("link"), url),
        writer=_writer(feed, url) or Writer(),
        lang=text(feed.get("language")),
        hub=_linked(links, "hub"),
        address=_linked(links, "self"),
        following=_linked(links, "next") or _linked(links, "prev-archive"),
        rhythm=_rhythm(feed, document),
        whole=bool(ENDED.search(document[-2000:])),
    )


def _parsed(document: str) -> Mapping[str, Any]:
    import feedparser  # type: ignore[import-untyped]

    found: Mapping[str, Any] = feedparser.parse(
        io.BytesIO(document.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return found


def _character(reference: re.Match[str]) -> str:
    """A reference to a character as it is, if there is such a character: feedparser gives up on others."""
    digits = reference[1] or reference[2]
    code = int(digits, 10 if reference[1] else 16) if len(digits) < 10 else 0
    return reference[0] if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"


def _item(entry: Mapping[str, Any], base: str) -> Item | Malformed:
    raw = msgspec.json.encode({name: _plain(value) for name, value in entry.items()})
    title, said, link = _words(entry, "title"), _said(entry), web(entry.get("link"), base)
    if not (title or said or link):
        return Malformed("an item without words and without a link", raw)
    guid = text(entry.get("id"))
    detail = entry.get("title_detail")
    return Item(
        guid=guid,
        link=link,
        title=title,
        text=said,
        writer=_writer(entry, base) or _source(entry, base),
        published=_when(entry, "published") or _when(entry, "created"),
        updated=_when(entry, "updated"),
        media=tuple(_media(entry, base)),
        lang=text(_fields(detail).get("language")),
        parent=text(_fields(entry.get("thr_in-reply-to")).get("ref")),
        raw=raw,
    )


def _said(entry: Mapping[str, Any]) -> str:
    """The longest of what the item says in words: some give a beginning as the summary, some the whole."""
    given = entry.get("content")
    found = [_fields(one) for one in given] if isinstance(given, list) else []
    said = [_as_words(text(one.get("value")), text(one.get("type"))) for one in found[:5]]
    if not any(one.get("value") == entry.get("summary") for one in found):  # feedparser fills it in where it is missing
        said.append(_words(entry, "summary"))
    return max(said, key=len)


def _words(values: Mapping[str, Any], name: str) -> str:
    return _as_words(text(values.get(name)), text(_fields(values.get(f"{name}_detail")).get("type")))


def _as_words(value: str, kind: str) -> str:
    return text(words(value)) if "html" in kind else value


def _writer(values: Mapping[str, Any], base: str) -> Writer | None:
    """The first author; None where none is named."""
    given = values.get("authors")
    named = [_fields(one) for one in given] if isinstance(given, list) else []
    named.append({"name": values.get("author")})
    for one in named:
        name, url, email = text(one.get("name")), web(one.get("href"), base), text(one.get("email"))
        if name or url or email:
            return Writer(name or email.partition("@")[0], url, email)
    return None


def _source(entry: Mapping[str, Any], base: str) -> Writer:
    """Where a collection of several sites took it from (RSS 2.0 and Atom: `source`)."""
    source = _fields(entry.get("source"))
    return Writer(text(source.get("title")), web(source.get("href") or source.get("link"), base))


def _media(entry: Mapping[str, Any], base: str) -> Iterator[Media]:
    """Enclosures, and what Media RSS adds; each address once."""
    seen: set[str] = set()
    for one in (*_links_of(entry, "enclosure"), *_all(entry, "media_content"), *_all(entry, "media_thumbnail")):
        url = web(one.get("href") or one.get("url"), base)
        mime = text(one.get("type"))
        kind = KINDS.get(mime.partition("/")[0]) or KINDS.get(text(one.get("medium")))
        if kind is None:
            kind = MediaKind.FILE if mime else MediaKind.IMAGE
        if url and url not in seen and len(seen) < 20:
            seen.add(url)
            size = text(one.get("length") or one.get("filesize"))
            whole = size.isascii() and size.isdecimal() and len(size) < 16
            yield Media(kind, url, mime=mime, size=(int(size) or None) if whole else None)


def _links_of(entry: Mapping[str, Any], rel: str) -> Iterator[Mapping[str, Any]]:
    return (one for one in _all(entry, "links") if one.get("rel") == rel)


def _links(feed: Mapping[str, Any], base: str) -> Iterator[tuple[str, str]]:
    for one in _all(feed, "links"):
        yield text(one.get("rel")), web(one.get("href"), base)


def _linked(links: list[tuple[str, str]], rel: str) -> str:
    return next((url for name, url in links if name == rel and url), "")


def _all(values: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    given = values.get(name)
    return [_fields(one) for one in given] if isinstance(given, list) else []


def _rhythm(feed: Mapping[str, Any], document: str) -> Rhythm:
    """RSS 2.0: `ttl` in minutes, `skipHours` and `skipDays` in GMT. feedparser keeps only the last hour and day."""
    ttl = text(feed.get("ttl"))
    hours, days = set(), set()
    for what, inside in SKIPPED.findall(document[:50_000]):
        if what.lower() == "hours":
            hours |= {int(hour) % 24 for hour in re.findall(r">\s*(\d{1,2})\s*<", inside)}
        else:
            days |= {DAYS.index(day.lower()) for day in re.findall(r">\s*(\w+)\s*<", inside) if day.lower() in DAYS}
    minutes = int(ttl) if ttl.isascii() and ttl.isdecimal() and len(ttl) < 8 else 0
    return Rhythm(minutes, tuple(sorted(hours)), tuple(sorted(days)))


def _when(values: Mapping[str, Any], name: str) -> datetime | None:
    parsed = values.get(f"{name}_parsed")
    try:
        return since_era(datetime.fromtimestamp(timegm(parsed), UTC)) if parsed else None
    except (ValueError, OverflowError, TypeError, OSError):
        return None


def _fields(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _plain(value: object) -> object:
    """The same in what JSON knows."""
    match value:
        case Mapping():
            return {str(name): _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case str():
            return text(value)
        case bool() | int() | float() | None:
            return value
        case _:
            return str(value)
