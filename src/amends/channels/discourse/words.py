"""The words of a post, apart from those that it quotes, and what hangs on it.

A post comes as its writer typed it (`raw`: Markdown with BBCode quotes) or as the forum shows it (`cooked`: HTML).
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

from amends.channels.base import Media, MediaKind
from amends.channels.markup import words

LONGEST = 1 << 20  # characters of a post that are read; forums allow 150,000
DEEPEST = 20  # quotes within quotes

# The innermost quote: none within it. [quote="alice, post:2, topic:5"]...[/quote]
TYPED = re.compile(r"\[quote(?:=([^\]]{0,300}))?\]((?:(?!\[/?quote\b).)*)\[/quote\]\n?", re.DOTALL | re.IGNORECASE)
SHOWN = re.compile(r"<aside\b([^>]{0,3000})>((?:(?!</?aside\b).)*)</aside>", re.DOTALL)
QUOTED = re.compile(r"\bpost:(\d{1,15}), ?topic:(\d{1,15})")
PICTURE = re.compile(r"!\[([^\]|]{0,500}+)[^\]]{0,100}+\]\([^)\s]{0,2000}\)")  # ![a bag|690x388](upload://abc.jpeg)
CAPTION = re.compile(r'<div class="(?:meta|quote-controls)">[^<]*(?:<(?!/div>)[^<]*){0,30}</div>')
TAG = re.compile(r"<(img|source|a)\b([^>]{0,3000})>")
ATTRIBUTE = re.compile(r'([a-z][a-z-]*)="([^"]*)"')
KINDS = {".mp4": MediaKind.VIDEO, ".webm": MediaKind.VIDEO, ".mov": MediaKind.VIDEO, ".mp3": MediaKind.AUDIO,
         ".ogg": MediaKind.AUDIO, ".wav": MediaKind.AUDIO, ".m4a": MediaKind.AUDIO}  # fmt: skip
DECORATION = frozenset({"emoji", "avatar", "site-icon"})


def typed(raw: str) -> tuple[str, str]:
    """(The writer's own words, those quoted) of a post as it was typed."""
    quoted: list[str] = []

    def fold(found: re.Match[str]) -> str:
        quoted.append(_quotation((found[1] or "").strip("\"'").partition(",")[0], found[2]))
        return ""

    text = raw[:LONGEST]
    for _ in range(DEEPEST):
        text, changes = TYPED.subn(fold, text)
        if not changes:
            break
    return PICTURE.sub(r"\1", text).strip(), "\n\n".join(quoted)


def shown(cooked: str) -> tuple[str, str]:
    """The same of a post as it is shown."""
    quoted: list[str] = []

    def fold(found: re.Match[str]) -> str:
        given = dict(ATTRIBUTE.findall(found[1]))
        if "quote" in given.get("class", "").split():
            quoted.append(_quotation(unescape(given.get("data-username", "")), words(CAPTION.sub("", found[2]))))
            return ""
        return f"<p>{given.get('data-onebox-src', '')}</p>"  # the preview of a link

    text = cooked[:LONGEST]
    for _ in range(DEEPEST):
        text, changes = SHOWN.subn(fold, text)
        if not changes:
            break
    return words(CAPTION.sub("", text)), "\n\n".join(quoted)


def quoted_post(raw: str, cooked: str) -> tuple[int, int]:
    """(topic, number) of the first post that is quoted, or twice 0."""
    if found := QUOTED.search(raw) if raw else None:
        return int(found[2]), int(found[1])
    for attributes, _ in SHOWN.findall(cooked[:LONGEST]):
        given = dict(ATTRIBUTE.findall(attributes))
        if given.get("data-post", "").isdecimal() and given.get("data-topic", "").isdecimal():
            return int(given["data-topic"][:15]), int(given["data-post"][:15])
    return 0, 0


def media(cooked: str, address: str) -> tuple[Media, ...]:
    """Pictures, films, sounds and files of the writer's own, at most twenty."""
    found: dict[str, Media] = {}
    if "<img" not in cooked and "<source" not in cooked and "attachment" not in cooked:
        return ()
    for tag, attributes in TAG.findall(SHOWN.sub("", cooked[:LONGEST])):
        given = {name: unescape(value) for name, value in ATTRIBUTE.findall(attributes)}
        classes = frozenset(given.get("class", "").split())
        url = given.get("href" if tag == "a" else "src", "").replace("\x00", "")
        if not url or classes & DECORATION or (tag == "a" and "attachment" not in classes):
            continue
        try:
            url = urljoin(address + "/", url)
        except ValueError:
            continue
        if tag == "img":
            kind = MediaKind.IMAGE
        else:
            kind = MediaKind.FILE if tag == "a" else KINDS.get(url[-4:].lower(), MediaKind.VIDEO)
        found.setdefault(url, Media(kind, url, alt=given.get("alt", "").replace("\x00", "")))
        if len(found) == 20:
            break
    return tuple(found.values())


def _quotation(writer: str, said: str) -> str:
    return f"{writer}: {said.strip()}" if writer else said.strip()
