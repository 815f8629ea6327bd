"""One post of a thread, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amends.channels.base import Can
from amends.conversations.queries import ThreadPost
from amends.desk.readings import Chip, readings
from amends.desk.said import Said, said
from amends.desk.words import counted, stars
from amends.people.queries import called
from amends.teaching.queries import UNTAUGHT, Taught

if TYPE_CHECKING:
    from amends.desk.timeline import CaseLink


class Enclosed(NamedTuple):
    """A picture, film or file in words. The desk never loads it: its address is there to be opened by will."""

    kind: str
    alt: str
    url: str
    host: str


class FileLink(NamedTuple):
    """A file that came with a post. `id` is 0 where only its name was kept."""

    id: int
    name: str
    alt: str
    size: str


CHIPS = 5  # shown at once


@dataclass(frozen=True)
class Post:
    """A post in words. `css` says how it stands in the thread."""

    id: int
    key: str
    css: str
    name: str
    beside: str
    after: str
    created: datetime
    url: str
    visibility: str
    text: str
    lang: str
    said: Said
    folded: str
    media: list[Enclosed]
    files: list[FileLink]
    wordings: int
    stars: str
    chips: list[Chip]
    more: list[Chip]
    can_teach: bool
    counted: str
    case: CaseLink | None
    can_answer: bool
    can_like: bool
    liked: str
    can_correct: bool


def shown(
    post: ThreadPost,
    answers: str,
    before: str,
    customers: bool,
    case: CaseLink | None,
    can: frozenset[Can] = frozenset(),
    liked: str = "",
    taught: Taught = UNTAUGHT,
) -> Post:
    """`answers` names whose post this one answers, `before` is the id of the post above it, `customers`: it is by
    the customer whose case this is; `can`: what our accounts can do on its network, `liked`: who of us liked it;
    `taught`: what people said of the posts, beside what is told of a reading."""
    name = post.author_user or post.name or post.handle or _("Unknown")
    deleted = post.deleted is not None
    words = said(post)
    theirs = not (post.ours or deleted)
    chips = readings(post, taught.thresholds, taught.corrected.get(post.id, {}), taught.labels) if theirs else []
    return Post(
        id=post.id,
        key=f"post-{post.id}",
        css=_css(post, customers),
        name=name,
        beside=_beside(post, name),
        after=_after(post, answers if post.parent != before and answers != name else ""),
        created=post.created,
        url=safe(post.url),
        visibility=post.visibility,
        text=words.text,
        lang=post.lang,
        said=words,
        folded=post.folded,
        media=enclosed(post.media),
        files=[
            FileLink(one.id if one.kept else 0, one.name, one.alt, filesizeformat(one.size)) for one in post.attached
        ],
        wordings=post.versions,
        stars=stars(post.stars),
        chips=chips[:CHIPS],
        more=chips[CHIPS:],
        can_teach=theirs,
        counted=counted(post.likes, post.reshares, post.replies, post.views),
        case=case,
        can_answer=not (post.ours or deleted or post.unanswerable),
        can_like=Can.LIKE in can and not post.ours and not deleted,
        liked=liked,
        can_correct=Can.EDIT_OUT in can and post.ours and not deleted,
    )


def _css(post: ThreadPost, customers: bool) -> str:
    if post.ours:
        return "ours"
    return " ".join(
        css
        for css, holds in (
            ("deeper", bool(post.parent) and not customers),
            ("other", not customers),
            ("deleted", post.deleted is not None),
        )
        if holds
    )


def _beside(post: ThreadPost, name: str) -> str:
    handle = post.handle
    return f"{handle}," if handle and handle != called(name) else ""


def _after(post: ThreadPost, answers: str) -> str:
    told = [
        (bool(answers), _("to %(name)s") % {"name": answers}),
        (post.promoted, _("promoted")),
        (post.edited is not None, _("edited")),
        (post.deleted is not None and bool(post.text), _("deleted since")),
    ]
    return "".join(f", {text}" for holds, text in told if holds)


KINDS = {
    "image": gettext_noop("picture"),
    "video": gettext_noop("film"),
    "audio": gettext_noop("sound"),
    "link": gettext_noop("link"),
    "file": gettext_noop("file"),
}


def enclosed(media: Iterable[dict[str, Any]]) -> list[Enclosed]:
    """What is attached, in words."""
    return [
        Enclosed(
            _(KINDS.get(str(one.get("kind", "")), "file")),
            str(one.get("alt") or _("without a description")),
            safe(str(one.get("url", ""))),
            _host(str(one.get("url", ""))),
        )
        for one in media
    ]


def safe(url: str) -> str:
    """The address if it is one of the web: whoever writes a post picks it, and may pick a script."""
    return url if url.startswith(("https://", "http://")) else ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # such as http://[
        return ""
