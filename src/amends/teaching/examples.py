"""What a brand's heads are learnt from: the words that were corrected, and what is right of them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Max, Q

from amends.conversations.models import Post
from amends.conversations.reading import said
from amends.teaching.models import Correction, OwnExample
from amends.teaching.queries import holding
from amends.teaching.told import FEELINGS, NAMESAKE, SENTIMENT
from amends.triage import Depth
from amends.triage.base import LABELS_IN
from amends.triage.decide import Verdict

MOST = 4_000  # corrections, the newest: they are read in some ten seconds
LONGEST = 1_000  # characters of a post, of which the encoder reads no more either
ANSWERED = 48  # posts that we answered
LOOKED_AT = 20_000  # posts, the newest, among which those are looked for

Examples = dict[str, tuple[str, int]]
"""Text and number of the right class (of a feeling its place, of a label 0 or 1), by the words alone: what was copied
counts once, so that no head is measured on words that it had learnt from."""


def examples(brand_id: int) -> dict[str, Examples]:
    """By name, of English posts, and of what was given with the brand's own labels."""
    found: dict[str, Examples] = {}
    for name, value, text in _corrected(brand_id):
        right = FEELINGS.index(value) if name == SENTIMENT else int(value == Verdict.YES)
        found.setdefault(name, {}).setdefault(_words(text), (text, right))
    active = OwnExample.objects.filter(label__brand=brand_id, label__active=True).order_by("pk")
    for name, text, has in active.values_list("label__name", "text", "has"):
        found.setdefault(name, {}).setdefault(_words(text), (text, int(has)))
    if any(right for _, right in found.get(NAMESAKE, {}).values()):
        for text in _answered(brand_id):
            found[NAMESAKE].setdefault(_words(text), (text, 0))
    return found


def _words(text: str) -> str:
    return " ".join(text.casefold().split())


def _corrected(brand_id: int) -> Iterator[tuple[str, str, str]]:
    """Name, value and text, the newest first."""
    read = Q(post__lang__in=LABELS_IN) | Q(post__depth=Depth.DEEP)
    rows = holding(brand_id).filter(read).order_by("-at", "-pk")
    columns = ("name", "value", "post__kind", "post__subject", "post__text")
    for name, value, kind, subject, text in rows.values_list(*columns)[:MOST]:
        if words := said(kind, subject, text)[:LONGEST].strip():
            yield name, value, words


def _answered(brand_id: int) -> list[str]:
    """What we answered is about us: few ever say so of a post, since it is what one expects."""
    newest = Post.objects.filter(brand=brand_id).aggregate(newest=Max("pk"))["newest"] or 0
    recent = Post.objects.filter(brand=brand_id, pk__gt=newest - LOOKED_AT, deleted=None)
    ours = recent.filter(ours=True).exclude(parent="").order_by("-pk").values_list("parent", flat=True)[:ANSWERED]
    theirs = recent.filter(external_id__in=list(ours), ours=False, lang__in=LABELS_IN).order_by("-pk")
    wrong = Correction.objects.filter(brand=brand_id, name=NAMESAKE, value=Verdict.YES).values("post")
    rows = theirs.exclude(pk__in=wrong).values_list("kind", "subject", "text")
    return [words for row in rows if (words := said(*row)[:LONGEST].strip())]
