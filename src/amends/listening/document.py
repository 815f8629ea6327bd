"""What a query is held against: a post's text and what is known besides."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from .tokens import beginnings, fold_name

_MEDIA = frozenset({"image", "video", "audio"})


class Document(msgspec.Struct, frozen=True):
    """A post as the matcher sees it.

    `text` is all that was written (with the subject, if there is one), `author` what people type after @, `lang` a
    BCP 47 code, `has` the kinds of media ("image", "video", "audio", "link", "file"), `kinds` what `is:` asks for
    ("review", "reply", "promoted", "direct", "mail").
    """

    text: str
    author: str = ""
    lang: str = ""
    has: Collection[str] = ()
    kinds: Collection[str] = ()


def field_keys(document: Document) -> list[str]:
    """Every `Field.key` that is true of it: `from:` for each beginning of the author's handle, `lang:` for the
    language with and without its region, `has:media` beside has:image, has:video or has:audio, and `has:link` also
    where the text holds an address."""
    author = fold_name(document.author.lstrip("@"))
    keys = [f"from:{name}" for name in beginnings(author)] if author else []
    if document.lang:
        keys += [f"lang:{code}" for code in beginnings(document.lang.lower().replace("_", "-"))]
    keys += [f"has:{kind}" for kind in document.has]
    keys += [f"is:{kind}" for kind in document.kinds]
    if not _MEDIA.isdisjoint(document.has):
        keys.append("has:media")
    if "://" in document.text and "link" not in document.has:
        keys.append("has:link")
    return keys
