"""A case's thread as it is read: conversations one after another, posts and notes by time, long talk of others folded.

Pure: posts and notes in, entries out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import ClassVar, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amends.channels.base import Can
from amends.conversations.queries import ThreadPost
from amends.desk.posts import Post, shown
from amends.desk.words import when
from amends.teaching.queries import UNTAUGHT, Taught

FOLD_FROM = 5  # so many posts of others in a row are folded
KEPT = 2  # the last of them stay, for they may be what was answered


class CaseLink(NamedTuple):
    """Another commenter's own case."""

    url: str
    text: str


class NoteIn(NamedTuple):
    """A colleague's note."""

    id: int
    author: str
    text: str
    created: datetime


@dataclass(frozen=True)
class Divider:
    """Where a conversation begins."""

    key: str
    text: str
    shape: ClassVar = "divider"


@dataclass(frozen=True)
class NoteEntry:
    key: str
    author: str
    text: str
    created: datetime
    shape: ClassVar = "note"


@dataclass(frozen=True)
class Fold:
    """A run of posts by others, closed until somebody asks."""

    key: str
    text: str
    posts: list[Post]
    shape: ClassVar = "fold"


Entry = Divider | NoteEntry | Fold | Post


def timeline(
    posts: Sequence[ThreadPost],
    notes: Iterable[NoteIn],
    customer: frozenset[int],
    cases: Mapping[int, CaseLink],
    networks: Mapping[str, str],
    now: datetime,
    can: Mapping[str, frozenset[Can]] = {},
    liked: Mapping[int, str] = {},
    taught: Taught = UNTAUGHT,
) -> list[Entry]:
    """`posts` oldest first, `customer` the handles that are the case's own, `cases` others' by handle; `can`: what our
    accounts can do on each network, `liked`: by whom of us which posts are liked; `taught`: what people
    said of the posts."""
    names = {post.external_id: post.name for post in posts}
    answered = {post.parent for post in posts if post.ours or post.handle_id in customer}
    first_seen = {post.conversation_id: n for n, post in reversed(list(enumerate(posts)))}
    ordered = sorted(posts, key=lambda post: (first_seen[post.conversation_id], post.created, post.id))
    after = _notes_by_post(ordered, notes)
    entries: list[Entry] = [_note(note) for note in after.get(None, [])]
    for conversation, group in groupby(ordered, key=lambda post: post.conversation_id):
        run: list[Post] = []
        whole = list(group)
        entries.append(Divider(f"conversation-{conversation}", _opening(whole[0], networks, now)))
        before = ""
        for post in whole:
            entry = shown(
                post,
                names.get(post.parent, ""),
                before,
                post.handle_id in customer,
                cases.get(post.handle_id or 0),
                can.get(post.network, frozenset()),
                liked.get(post.id, ""),
                taught,
            )
            before = post.external_id
            if _by_others(post, customer) and post.external_id not in answered and post.id not in after:
                run.append(entry)
                continue
            entries += [*_folded(run), entry]
            run = []
            entries += [_note(note) for note in after.get(post.id, [])]
        entries += _folded(run)
    return entries


def _by_others(post: ThreadPost, customer: frozenset[int]) -> bool:
    return not post.ours and post.handle_id not in customer


def _folded(run: list[Post]) -> list[Entry]:
    if len(run) < FOLD_FROM:
        return list(run)
    away, near = run[:-KEPT], run[-KEPT:]
    text = ngettext("%(number)d more post by others", "%(number)d more posts by others", len(away))
    return [Fold(f"fold-{away[0].id}", text % {"number": len(away)}, away), *near]


def _notes_by_post(posts: Sequence[ThreadPost], notes: Iterable[NoteIn]) -> dict[int | None, list[NoteIn]]:
    """Each note with the last post that was written before it; None for what came before all of them."""
    after: dict[int | None, list[NoteIn]] = {}
    for note in sorted(notes, key=lambda one: one.created):
        earlier = [post for post in posts if post.created <= note.created]
        last = max(earlier, key=lambda post: (post.created, post.id)).id if earlier else None
        after.setdefault(last, []).append(note)
    return after


def _note(note: NoteIn) -> NoteEntry:
    return NoteEntry(f"note-{note.id}", note.author, note.text, note.created)


def _opening(post: ThreadPost, networks: Mapping[str, str], now: datetime) -> str:
    values = {"network": networks.get(post.network, post.network), "when": when(post.created, now)}
    if post.kind == "mail":
        return _("Mail, since %(when)s") % values
    if post.kind == "review":
        return _("Review on %(network)s, %(when)s") % values
    if post.visibility == "private":
        return _("Private messages on %(network)s, since %(when)s") % values
    if post.visibility == "limited":
        return _("For followers on %(network)s, started %(when)s") % values
    return _("Public thread on %(network)s, started %(when)s") % values
