"""What may be asked about corrections; everything through the member's brand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet

from amends.accounts.access import Member
from amends.accounts.models import Brand, Role
from amends.conversations.reading import said
from amends.teaching.models import Correction
from amends.teaching.own import own
from amends.teaching.told import Thresholds
from amends.triage.decide import Verdict
from amends.triage.labels import Definition


def thresholds(brand: Brand) -> Thresholds:
    """From which probability on a label is told at this brand, by depth and label."""
    return own(brand.pk).thresholds


def holding(brand: Brand | int) -> QuerySet[Correction]:
    """The corrections that still speak of what stands there: not of a post that was edited since, or deleted."""
    still = Q(post__edited=None) | Q(post__edited__lt=F("at"))
    return Correction.objects.filter(still, brand=brand, post__deleted=None)


def corrections(member: Member, post_ids: Sequence[int]) -> dict[int, dict[str, Correction]]:
    """What people said of these posts, by post and name, each with its user."""
    found: dict[int, dict[str, Correction]] = {}
    for row in holding(member.brand).filter(post__in=list(post_ids)).select_related("user"):
        found.setdefault(row.post_id, {})[row.name] = row
    return found


class Taught(NamedTuple):
    """From which probability on a label is told, by depth and label; the labels by name; and what people said of posts,
    by post and name."""

    thresholds: Thresholds
    labels: Mapping[str, Definition]
    corrected: Mapping[int, Mapping[str, Correction]]


UNTAUGHT = Taught({}, {}, {})


def taught(member: Member, post_ids: Sequence[int]) -> Taught:
    """All that showing these posts takes."""
    held = own(member.brand.pk)
    return Taught(held.thresholds, held.labels, corrections(member, post_ids))


@dataclass
class Tally:
    """How often one thing was corrected: what was told was right (`confirmed`) or not (`overturned`), it had not been
    told (`added`), or only as a doubt (`settled`)."""

    name: str
    corrections: int = 0
    confirmed: int = 0
    overturned: int = 0
    added: int = 0
    settled: int = 0


def counts(member: Member) -> list[Tally]:
    """What was corrected at the brand, the most often corrected first. For supervisors: 404 for others."""
    member.must(Role.SUPERVISOR)
    found: dict[str, Tally] = {}
    rows = holding(member.brand).values_list("name", "verdict", "value").annotate(number=Count("pk"))
    for name, verdict, value, number in rows:
        row = found.setdefault(name, Tally(name))
        row.corrections += number
        if value == verdict:
            row.confirmed += number
        elif verdict == Verdict.UNSURE:
            row.settled += number
        elif verdict == Verdict.NO:
            row.added += number
        else:
            row.overturned += number
    return sorted(found.values(), key=lambda row: (-row.corrections, row.name))


_EXPORTED = ("name", "value", "verdict", "told", "depth", "at")
_READ = ("post__kind", "post__subject", "post__text", "post__lang")


def export(member: Member) -> Iterator[dict[str, Any]]:
    """Every correction with the text that was read, oldest first, and without anybody's name. For supervisors: 404 for
    others, before the first is asked for."""
    member.must(Role.SUPERVISOR)
    rows = holding(member.brand).order_by("pk").values(*_EXPORTED, *_READ).iterator(chunk_size=500)
    return (
        {
            "text": said(row["post__kind"], row["post__subject"], row["post__text"]),
            "lang": row["post__lang"],
            **{name: row[name] for name in _EXPORTED},
        }
        for row in rows
    )
