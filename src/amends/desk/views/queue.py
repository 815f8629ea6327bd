"""The queue: its page, the next part of it, single rows and the counts."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amends.accounts import queries as accounts
from amends.accounts.access import Member
from amends.cases import queries as cases
from amends.cases.models import Priority
from amends.desk import filters
from amends.desk.door import page
from amends.desk.filters import Looking
from amends.desk.http import Request
from amends.desk.networks import labels
from amends.desk.rows import lines
from amends.desk.shell import longest, show
from amends.sources import queries as sources


@page
def queue(request: Request, member: Member) -> HttpResponse:
    """The list beside an empty case."""
    looking = filters.read(request.GET)
    context = queue_context(member, looking, request.GET.get("after", ""))
    return show(request, member, "desk/queue.html", {**context, "title": context["view_label"], "pane": "list"})


def queue_context(member: Member, looking: Looking, after: str = "", current: int | None = None) -> dict[str, Any]:
    """All that the list shows, with `current` marked as the open case."""
    now = timezone.now()
    found = cases.queue(member, looking.view, now, after)
    teams, networks = accounts.teams(member), labels()
    url = reverse("queue", args=[member.brand.slug])
    view = f"?{looking.query()}".rstrip("?")
    return {
        "place": looking.name,
        "view_label": view_labels()[looking.name],
        "view": looking.view,
        "query": looking.query(),
        "order": "newest" if looking.view.state == "resolved" else "soonest",
        "list_url": f"{url}{view}",
        "rows": lines(member, found.rows, looking, now),
        "next": looking.query(after=found.next) if found.next else "",
        "more_url": reverse("more", args=[member.brand.slug]),
        "current": current,
        "filters": filters.chips(looking, url, teams, networks),
        "unfiltered": url if looking.name == "queue" else f"{url}?view={looking.name}",
        "priorities": Priority.choices,
        "networks": sorted(networks.items()),
        "teams": teams,
        "tags": cases.tags(member),
        "listening": bool(found.rows) or bool(sources.sources(member)),
    }


def view_labels() -> dict[str, str]:
    """The named views in words."""
    return {
        "queue": _("Queue"),
        "mine": _("Mine"),
        "late": _("Late"),
        "waiting": _("Waiting"),
        "snoozed": _("Snoozed"),
        "praise": _("Praise"),
        "resolved": _("Resolved"),
    }


@page
def more(request: Request, member: Member) -> HttpResponse:
    """The next rows, to be put under the last: rows for the list, and the button for those after them."""
    looking = filters.read(request.GET)
    now = timezone.now()
    found = cases.queue(member, looking.view, now, request.GET.get("after", ""))
    context = {
        "rows": lines(member, found.rows, looking, now),
        "next": looking.query(after=found.next) if found.next else "",
        "more_url": reverse("more", args=[member.brand.slug]),
    }
    return render(request, "desk/_next_rows.html", context)


@page
def rows(request: Request, member: Member) -> HttpResponse:
    """These cases as rows, `?ids=1,2,3`, as far as they belong to the view; the others are left out."""
    ids = [int(one) for one in request.GET.get("ids", "").split(",") if one.isdecimal() and len(one) < 18]
    looking = filters.read(request.GET)
    now = timezone.now()
    found = cases.rows(member, ids, looking.view, now)
    return render(request, "desk/_rows.html", {"rows": lines(member, found, looking, now)})


@page
def counts(_request: Request, member: Member) -> JsonResponse:
    """What waits in each view of the rail, and how long the longest of them."""
    now = timezone.now()
    found = cases.counts(member, now)
    names = ("open", "mine", "late", "pending", "snoozed", "praise")
    return JsonResponse({**{name: getattr(found, name) for name in names}, "longest": longest(found, now)})
