"""Lines of the queue, ready to be shown: every word is chosen here, so that fifty of them render at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.cases.queries import Row
from amends.desk.filters import Looking
from amends.desk.templatetags.desk import hue, initials, millis
from amends.desk.words import clock, stars, when, why
from amends.people.queries import called


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list. `by` orders it; `due` is in milliseconds, "" where no clock runs."""

    id: int
    by: str
    url: str
    heat: int
    hue: int
    initials: str
    name: str
    beside: str
    due: str
    clock: str
    late: bool
    text: str
    lang: str
    first: str
    rest: str
    assignee: str


def lines(member: Member, rows: list[Row], looking: Looking, now: datetime) -> list[Line]:
    """The rows in words."""
    base = reverse("case", args=[member.brand.slug, 0])[:-2]
    query = looking.query()
    return [_line(member, row, f"{base}{row.id}/{'?' if query else ''}{query}", now) for row in rows]


def _line(member: Member, row: Row, url: str, now: datetime) -> Line:
    told, late = told_clock(row.state, row.due, row.snoozed_until, row.latest, now)
    first, rest = reasons(row, now)
    name = row.name or _("Unknown")
    return Line(
        id=row.id,
        by=millis(row.latest if row.state == "resolved" else row.answer_by),
        url=url,
        heat=row.heat,
        hue=hue(name),
        initials=initials(name),
        name=name,
        beside=stars(row.stars) or (row.handle if row.handle != called(name) else ""),
        due=millis(row.due) if row.state == "open" else "",
        clock=told,
        late=late,
        text=row.text or _("No words: see the case"),
        lang=row.lang,
        first=first,
        rest=rest,
        assignee=_("me") if row.assignee_id == member.user.pk else row.assignee,
    )


def reasons(row: Row, now: datetime) -> tuple[str, str]:
    """Why the case stands where it stands: the weightiest reason, and the rest of them."""
    told = why(row.reasons, now - row.waiting if row.waiting else timedelta(0))
    first, _comma, rest = told.partition(", ")
    return first[:1].upper() + first[1:], rest


def told_clock(
    state: str, due: datetime | None, until: datetime | None, latest: datetime, now: datetime
) -> tuple[str, bool]:
    """What the clock beside a case says, and whether it is past its time."""
    if state == "snoozed" and until:
        return _("until %(when)s") % {"when": when(until, now)}, False
    if due and state == "open":
        return clock(due, now)
    return when(latest, now), False
