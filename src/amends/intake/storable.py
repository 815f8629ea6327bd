"""What a database can hold: PostgreSQL's text has no NUL, UTF-8 no lone surrogate. Both come from broken clients only,
and one such post must not stop a source."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from amends.channels.base import Post

_AS_THEY_ARE = (bytes, datetime)


def storable(text: str) -> str:
    """The text without NUL; a lone surrogate becomes a question mark."""
    if text.isascii():
        return text.replace("\x00", "")
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def storable_post(post: Post) -> Post:
    """The same of everything that the post and its author say."""
    author = post.author
    said = [
        post.text, post.subject, post.id, post.parent, post.root, post.parent_author, post.quotes, post.lang, post.url,
        post.context, post.folded, post.warning, post.unanswerable, post.returns,
        author.id, author.name, author.display, author.avatar, author.bio,
    ]  # fmt: skip
    said += [word for one in post.media for word in (one.url, one.alt, one.mime)]
    said += [word for one in post.files for word in (one.name, one.mime, one.alt)]
    whole = "".join(said)
    if storable(whole) == whole:
        return post
    tamed = _tamed(msgspec.to_builtins(post, builtin_types=_AS_THEY_ARE))
    return msgspec.convert(tamed, Post, builtin_types=_AS_THEY_ARE)


def _tamed(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {key: _tamed(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_tamed(one) for one in value]
    return value
