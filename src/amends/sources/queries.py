"""What may be asked about what we listen to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import Http404

from amends.accounts.access import Member
from amends.channels.base import Checked
from amends.sources.coverage import Span, gaps
from amends.sources.models import NOTE, Coverage, OwnHandle, Query, Source


def sources(member: Member) -> list[Source]:
    return list(Source.objects.filter(brand=member.brand).order_by("label", "pk"))


def source(member: Member, source_id: int) -> Source:
    """One of the brand's sources, or 404."""
    row = Source.objects.filter(brand=member.brand, pk=source_id).first()
    if row is None:
        raise Http404
    return row


def of_channel(member: Member, channel: str, source_id: str) -> Source | None:
    """One of the brand's sources, as an address names it, if it is of this channel."""
    rows = Source.objects.filter(brand=member.brand, channel=channel)
    return rows.filter(pk=source_id).first() if source_id.isascii() and source_id.isdecimal() else None


def twin(member: Member, channel: str, checked: Checked | None) -> Source | None:
    """The source that listens as this very account already."""
    if checked is None or checked.account is None:
        return None
    return Source.objects.filter(brand=member.brand, channel=channel, account_id=checked.account.id).first()


def queries(member: Member) -> list[Query]:
    return list(Query.objects.filter(brand=member.brand).order_by("name", "pk"))


def own_handles(member: Member) -> list[OwnHandle]:
    return list(OwnHandle.objects.filter(brand=member.brand).order_by("network", "name"))


@dataclass(frozen=True)
class Health:
    """How well a source hears: `gaps` are the holes of the last week, by feed; `silent`: since when it is too quiet.
    `account` is our name there, "" where it is not known, and `note` what the network told when it was last asked."""

    source_id: int
    label: str
    channel: str
    account: str
    note: str
    state: str
    problem: str
    heard: datetime | None
    asked: datetime | None
    silent: datetime | None
    covered_since: datetime | None
    gaps: list[tuple[str, Span]]


def health(member: Member, now: datetime) -> list[Health]:
    """Every source of the brand, with what was missed in the last seven days."""
    rows = sources(member)
    spans: dict[int, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for one in Coverage.objects.filter(source__in=rows, end__gte=now - timedelta(days=7)):
        spans[one.source_id][one.feed].append(Span(one.start, one.end))
    named = OwnHandle.objects.filter(brand=member.brand).exclude(external_id="")
    names = {(one.network, one.external_id): one.name for one in named}
    return [
        Health(
            source_id=row.pk,
            label=str(row),
            channel=row.channel,
            account=names.get((row.channel, row.account_id), ""),
            note=row.learned.get(NOTE, ""),
            state=row.state,
            problem=row.problem,
            heard=row.heard,
            asked=row.asked,
            silent=row.silent_since,
            covered_since=min((span.start for feed in spans[row.pk].values() for span in feed), default=None),
            gaps=[(feed, hole) for feed, heard in sorted(spans[row.pk].items()) for hole in gaps(heard)],
        )
        for row in rows
    ]
