"""Which column of a file holds what, by the names such columns usually have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache

from amends.channels.base import BadData

# What may be told of a post, and the names of columns that tell it, the likeliest first. Dots step into JSON objects.
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "id_str", "tweet_id", "post_id", "status_id", "review_id", "message_id", "uri", "guid"),
    "text": ("text", "full_text", "body", "content", "review", "review_text", "message", "comment", "tweet", "post"),
    "author": (
        *("author", "username", "user_name", "screen_name", "user", "handle", "name", "author_name", "reviewer"),
        *("from", "user.screen_name", "author.username", "author.handle", "author.name", "user.username", "user.name"),
    ),
    "author_id": ("author_id", "user_id", "author.id", "user.id_str", "user.id", "author.did"),
    "display": ("display_name", "displayname", "full_name", "author.display_name", "user.name", "author.displayname"),
    "created": (
        *("created", "created_at", "tweet_created", "createdat", "date", "timestamp", "time", "datetime", "posted_at"),
        *("published", "published_at", "review_date", "sent", "sent_at"),
    ),
    "edited": ("edited", "edited_at", "updated_at", "modified"),
    "subject": ("subject", "title", "headline", "review_title"),
    "url": ("url", "link", "permalink", "tweet_url"),
    "lang": ("lang", "language", "locale"),
    "stars": ("stars", "rating", "score", "star_rating", "review_rating"),
    "likes": ("likes", "favorites", "favourites", "favorite_count", "like_count", "public_metrics.like_count"),
    "reshares": (
        *("reshares", "retweets", "retweet_count", "reposts", "repost_count", "shares", "share_count", "reblogs_count"),
        "public_metrics.retweet_count",
    ),
    "replies": ("replies", "reply_count", "comments", "replies_count", "public_metrics.reply_count"),
    "quotes": ("quotes", "quote_count", "public_metrics.quote_count"),
    "views": ("views", "view_count", "impressions", "impression_count", "public_metrics.impression_count"),
    "followers": (
        *("followers", "follower_count", "followers_count", "user.followers_count", "author.followers_count"),
        "author.public_metrics.followers_count",
    ),
    "verified": ("verified", "user.verified", "author.verified"),
    "parent": (
        *("parent", "parent_id", "in_reply_to", "in_response_to", "in_reply_to_id", "in_reply_to_status_id"),
        *("in_response_to_tweet_id", "in_reply_to_tweet_id", "reply_to", "replied_to"),
    ),
    "root": ("root", "root_id", "thread_id", "conversation_id"),
    "network": ("network", "platform", "channel", "source_network"),
    "kind": ("kind", "post_kind"),
    "promoted": ("promoted", "is_promoted"),
}
NEEDED = ("text", "created")
NONE = ("", "-", "none")  # chosen for a field: leave it out though a column looks like it


class UnknownColumns(BadData):
    """The file lacks a column that was chosen or is needed. The message names those there are."""


def recognise(header: Iterable[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """{field: column} for the columns of `header`; `chosen` ({field: column}) goes before the usual names.

    Raises `UnknownColumns` when a chosen column is not there, or none can be the text or the time.
    """
    columns = tuple(header)
    known = {field: column for field, column in chosen.items() if column.strip().lower() not in NONE}
    for field, column in known.items():
        if field not in NAMES:
            raise UnknownColumns(f"There is no field '{field}'. Fields: {', '.join(NAMES)}.")
        if _match(column, columns) is None:
            near = get_close_matches(column, columns, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UnknownColumns(f"The file has no column '{column}' for {field}.{hint} It has: {_listed(columns)}.")
    found = matching(columns, tuple(sorted(chosen.items())))
    for field in NEEDED:
        if field not in found:
            raise UnknownColumns(
                f"No column of the file looks like the post's {'text' if field == 'text' else 'time'}. Its first line "
                f"must name the columns; choose one with --{field} COLUMN. It has: {_listed(columns)}."
            )
    return found


@lru_cache(maxsize=512)
def matching(columns: tuple[str, ...], chosen: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The same without complaint. Cached, since every line of JSONL may have columns of its own."""
    choice = dict(chosen)
    found: dict[str, str] = {}
    for field, column in choice.items():
        if column.strip().lower() not in NONE and (there := _match(column, columns)) is not None:
            found[field] = there
    taken = set(found.values())
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_plain(column), column)
    for field, names in NAMES.items():
        if field in choice:
            continue
        there = next((by_name[name] for name in names if name in by_name and by_name[name] not in taken), None)
        if there is not None:
            found[field] = there
            taken.add(there)
    return found


def _match(column: str, columns: tuple[str, ...]) -> str | None:
    """The column of that very name, or else the only one that differs in case, spaces and dashes alone."""
    if column in columns:
        return column
    alike = [there for there in columns if _plain(there) == _plain(column)]
    return alike[0] if len(alike) == 1 else None


def _plain(name: str) -> str:
    return re.sub(r"[\s\-]+", "_", name.strip().lower())


def _listed(columns: tuple[str, ...]) -> str:
    shown = ", ".join(columns[:40])
    return shown + (f" and {len(columns) - 40} more" if len(columns) > 40 else "")
