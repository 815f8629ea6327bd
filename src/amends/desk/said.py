"""The words of a post with what is marked in them: personal data in public, and what weighed on a reading. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amends.channels.base import Visibility
from amends.conversations.queries import ThreadPost
from amends.conversations.reading import said as read_of
from amends.triage import personal
from amends.triage.personal import Kind
from amends.triage.weighing import Weight

LOOKED_AT = 5_000  # characters of a post in which personal data is looked for
SURE = 0.5  # what is less sure to be personal is not marked

KINDS = {
    Kind.CARD: gettext_noop("card number"),
    Kind.ACCOUNT: gettext_noop("account number"),
    Kind.EMAIL: gettext_noop("e-mail address"),
    Kind.PHONE: gettext_noop("phone number"),
    Kind.BOOKING: gettext_noop("booking code"),
    Kind.ADDRESS: gettext_noop("address"),
}


class Span(NamedTuple):
    """Characters `start` to `end`, and how they are marked."""

    start: int
    end: int
    css: str
    title: str = ""


class Piece(NamedTuple):
    """A part of a text; plain where `css` is ""."""

    text: str
    css: str = ""
    title: str = ""


@dataclass(frozen=True)
class Why:
    """The words that weighed most on what was read: those for it and those against it, each once."""

    name: str
    title: str
    favour: list[str]
    against: list[str]


@dataclass(frozen=True)
class Said:
    """A post's subject and text in pieces, one after another the whole. `personal` says what of it nobody should have
    to read in public."""

    id: int
    subject: list[Piece]
    pieces: list[Piece]
    lang: str
    personal: str
    why: Why | None = None

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def said(post: ThreadPost, why: tuple[str, str, Sequence[Weight]] | None = None) -> Said:
    """A post as it stands in the thread. `why`: the name and title of a reading, and the words that weighed most on
    it, as they stand in what was read of the post."""
    text = _("Deleted by its author.") if post.deleted and not post.text else post.text
    subject = "" if post.deleted else post.subject
    headed, found = _personal(post, subject), _personal(post, text)
    name, title, weights = why or ("", "", ())
    read = read_of(post.kind, subject, text)
    whole = f"{subject}\n{text}"
    begins = len(subject) + 1 if read == text else whole.find(read)  # where in the whole is what was read
    return Said(
        post.id,
        pieces(subject, [*_public(headed), *_weighed(weights, -begins)]),
        pieces(text, [*_public(found), *_weighed(weights, len(subject) + 1 - begins)]),
        post.lang,
        _told([*headed, *found]),
        Why(
            name,
            title,
            favour=list(dict.fromkeys(read[one.start : one.end] for one in weights if one.by > 0)),
            against=list(dict.fromkeys(read[one.start : one.end] for one in weights if one.by < 0)),
        )
        if why
        else None,
    )


def _weighed(weights: Sequence[Weight], heading: int) -> list[Span]:
    most = max((abs(one.by) for one in weights), default=0.0)
    return [Span(one.start - heading, one.end - heading, _css(one.by, most)) for one in weights]


def _css(by: float, most: float) -> str:
    strength = "strong" if abs(by) * 2 >= most else "weak"
    return f"weight {strength}" if by > 0 else f"weight {strength} against"


def pieces(text: str, spans: Iterable[Span]) -> list[Piece]:
    """The text cut where marks begin and end; where several lie over each other a piece has all of theirs."""
    marks = [span for span in spans if 0 <= span.start < span.end <= len(text)]
    cuts = sorted({0, len(text), *(span.start for span in marks), *(span.end for span in marks)})
    found = []
    for start, end in pairwise(cuts):
        over = [span for span in marks if span.start <= start and end <= span.end]
        title = ", ".join(span.title for span in over if span.title)
        found.append(Piece(text[start:end], " ".join(span.css for span in over), title))
    return found


def _personal(post: ThreadPost, text: str) -> list[personal.Span]:
    """What stands there in public about whoever wrote it."""
    if post.ours or post.deleted or post.visibility != Visibility.PUBLIC:
        return []
    return [one for one in personal.find(text[:LOOKED_AT]) if one.sure >= SURE]


def _public(found: Iterable[personal.Span]) -> list[Span]:
    return [
        Span(one.start, one.end, "personal", _("%(kind)s in public") % {"kind": _(KINDS[one.kind])}) for one in found
    ]


def _told(found: Iterable[personal.Span]) -> str:
    """What to do about it, in a sentence or two."""
    kinds = list(dict.fromkeys(_(KINDS[one.kind]) for one in found))
    if not kinds:
        return ""
    if len(kinds) == 1:
        return _("Their %(kind)s stands here in public. Ask them to take the post down.") % {"kind": kinds[0]}
    listed = {"kinds": ", ".join(kinds[:-1]), "last": kinds[-1]}
    return _("Their %(kinds)s and %(last)s stand here in public. Ask them to take the post down.") % listed
