"""What a status holds beside its envelope: its words, media, quote and who may read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from amends.channels.base import Media, MediaKind, Visibility
from amends.channels.foreign import count, fields, items, text
from amends.channels.markup import words

MOST = 32  # attachments, options of a poll
LONGEST = 5000  # characters of a description or an address

# A copy of the quoted post's address, for readers that know no quotes.
INLINE = re.compile(r'<(p|span) class="quote-inline">.*?</\1>', re.ASCII | re.DOTALL)

KINDS = {
    "image": MediaKind.IMAGE,
    "gifv": MediaKind.VIDEO,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}
VISIBILITIES = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.PUBLIC,  # for everybody, though in no public timeline
    "direct": Visibility.PRIVATE,
}


def visibility(given: object) -> Visibility:
    """Followers, lists, circles and whatever a server invents are for some people only."""
    return VISIBILITIES.get(given, Visibility.LIMITED) if isinstance(given, str) else Visibility.LIMITED


def body(status: Mapping[str, Any]) -> str:
    """The words, then the options of a poll, a line each. Custom emoji stay as :names:."""
    html = text(status.get("content"))
    if "quote-inline" in html:
        html = INLINE.sub("", html)
    # Mastodon hides the ends of long addresses; a reader of the words wants them whole.
    found = words(html.replace(' class="invisible"', "") if "invisible" in html else html)
    options = [text(fields(one).get("title")) for one in items(fields(status.get("poll")).get("options"))[:MOST]]
    return "\n".join([found, *(f"( ) {option}" for option in options)]).strip() if options else found


def media_of(status: Mapping[str, Any]) -> tuple[Media, ...]:
    """Attachments and the card of a link. What has no address is left out."""
    return tuple(_media(status))


def quoted(status: Mapping[str, Any]) -> str:
    """The global id of the post that is quoted, or "": as Mastodon tells it, then as Pleroma and the forks that had
    quotes before."""
    quote = fields(status.get("quote"))
    there = fields(quote.get("quoted_status")) or quote
    return text(there.get("uri")) or text(fields(status.get("pleroma")).get("quote_url"))


def _media(status: Mapping[str, Any]) -> Iterator[Media]:
    for one in map(fields, items(status.get("media_attachments"))[:MOST]):
        url = text(one.get("url")) or text(one.get("remote_url"))
        if _fits(url):
            kind, mime = one.get("type"), text(fields(one.get("pleroma")).get("mime_type"))[:100]
            known = KINDS.get(kind, MediaKind.FILE) if isinstance(kind, str) else MediaKind.FILE
            original = fields(fields(one.get("meta")).get("original"))
            alt = text(one.get("description"))[:LONGEST]
            yield Media(known, url, alt, mime, count(original.get("size")))
    card = fields(status.get("card"))
    url = text(card.get("url"))
    if _fits(url):
        yield Media(MediaKind.LINK, url, text(card.get("title"))[:LONGEST])


def _fits(url: str) -> bool:
    return url.startswith(("https://", "http://")) and len(url) <= LONGEST
