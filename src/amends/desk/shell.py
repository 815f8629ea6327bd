"""What stands round every page of a brand: the rail with its counts, the channels' health, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from amends.accounts import queries as accounts
from amends.accounts.access import Member
from amends.accounts.models import Role
from amends.cases import queries as cases
from amends.cases.queries import Counts
from amends.desk.http import Request
from amends.desk.script_words import script_words
from amends.desk.words import span
from amends.events import queries as events
from amends.sources import queries as sources
from amends.sources.models import Source, State

VIEWS = (  # name, label, icon, the field of Counts
    ("queue", gettext_lazy("Queue"), "in", "open"),
    ("mine", gettext_lazy("Mine"), "me", "mine"),
    ("late", gettext_lazy("Late"), "clock", "late"),
    ("waiting", gettext_lazy("Waiting"), "hourglass", "pending"),
    ("snoozed", gettext_lazy("Snoozed"), "moon", "snoozed"),
    ("praise", gettext_lazy("Praise"), "heart", "praise"),
    ("resolved", gettext_lazy("Resolved"), "check", ""),
)


@dataclass(frozen=True)
class Way:
    """One entry of the rail. `counter` names the count that lives beside it, "" for none."""

    name: str
    label: str
    icon: str
    url: str
    counter: str
    count: int | None
    hot: bool


def ways(member: Member, counts: Counts) -> list[Way]:
    """The views of the queue, with what waits in each."""
    queue = reverse("queue", args=[member.brand.slug])
    return [
        Way(
            name,
            str(label),
            icon,
            queue if name == "queue" else f"{queue}?view={name}",
            counter,
            getattr(counts, counter) if counter else None,
            name == "late" and counts.late > 0,
        )
        for name, label, icon, counter in VIEWS
    ]


def _trouble(source: Source) -> str:
    if source.state == State.LOGIN:
        return _("%(source)s needs new credentials") % {"source": source}
    if source.state == State.FAILING:
        return _("%(source)s can't be reached, trying again") % {"source": source}
    return _("%(source)s has fallen silent") % {"source": source}


def health_line(member: Member, now: datetime) -> tuple[str, bool]:
    """The channels' health in one line, and whether somebody should look."""
    rows = sources.sources(member)
    ill = [row for row in rows if row.state in (State.FAILING, State.LOGIN) or row.silent_since]
    ill.sort(key=lambda row: (row.state != State.LOGIN, row.state != State.FAILING))
    if not rows:
        return _("Listening to nothing yet"), True
    if ill:
        more = len(ill) - 1
        others = _(", %(number)d more in trouble") % {"number": more} if more else ""
        return _trouble(ill[0]) + others, True
    active = [row for row in rows if row.state == State.ACTIVE]
    if not active:
        return _("Listening is paused"), False
    number = {"number": len(active)}
    asked = [row.asked for row in active if row.asked]
    if len(asked) < len(active):
        return ngettext("%(number)d channel connected", "%(number)d channels connected", len(active)) % number, False
    within = {**number, "span": span(max(now - min(asked), timedelta(seconds=1)))}
    return ngettext(
        "%(number)d channel, heard within %(span)s", "%(number)d channels, all heard within %(span)s", len(active)
    ) % within, False


def longest(counts: Counts, now: datetime) -> str:
    """How many wait, and how long the longest of them."""
    waiting = ngettext("%(number)d waiting", "%(number)d waiting", counts.open) % {"number": counts.open}
    if counts.waiting_since is None:
        return waiting
    return _("%(waiting)s, longest %(span)s") % {"waiting": waiting, "span": span(now - counts.waiting_since)}


def show(request: Request, member: Member, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A whole page of the brand."""
    now = timezone.now()
    head = events.head()  # before anything is read, so that nothing falls between
    counts = cases.counts(member, now)
    line, alarming = health_line(member, now)
    shell = {
        "member": member,
        "brand": member.brand,
        "brands": accounts.brands(member.user),
        "supervisor": member.may(Role.SUPERVISOR),
        "admin": member.may(Role.ADMIN),
        "ways": ways(member, counts),
        "longest": longest(counts, now),
        "health": line,
        "alarming": alarming,
        "head": head,
        "script_words": script_words(),
        "pane": "page",
    }
    return render(request, template, shell | context, status=status)
