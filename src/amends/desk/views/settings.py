"""Settings of a brand: people, teams, what is promised, and what was done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amends.accounts import actions as accounts
from amends.accounts import invitations, queries
from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.models import Role
from amends.cases import actions as cases
from amends.cases.models import Priority
from amends.cases.queries import targets as promised
from amends.desk.audit_words import lines
from amends.desk.door import act, done, page
from amends.desk.http import Request
from amends.desk.shell import show
from amends.desk.views.case_actions import number

LINK_MINUTES = 24 * 60  # an invitation is handed over by hand, which may take a day


@page
def people(request: Request, member: Member) -> HttpResponse:
    """Who works here."""
    return _people(request, member)


def _people(request: Request, member: Member, invited: str = "", link: str = "") -> HttpResponse:
    context = {
        "place": "settings",
        "tab": "people",
        "memberships": queries.memberships(member),
        "teams": queries.teams(member),
        "invitations": queries.invitations(member),
        "now": timezone.now(),
        "roles": Role.choices,
        "invited": invited,
        "link": link,
    }
    return show(request, member, "desk/people.html", context)


@act
def invite(request: Request, member: Member) -> HttpResponse:
    """Somebody is asked to work here, with a link to hand over; again, with a new link."""
    row, token = invitations.invite(
        member,
        request.POST.get("email", ""),
        request.POST.get("name", ""),
        request.POST.get("role", ""),
        _team(request),
        timezone.now(),
        LINK_MINUTES,
    )
    return _people(request, member, str(row), request.build_absolute_uri(reverse("join", args=[token])))


def _team(request: Request) -> int | None:
    team = request.POST.get("team", "")
    return number(team) if team else None


@act
def withdraw_invitation(request: Request, member: Member, invitation_id: int) -> HttpResponse:
    """Somebody is not asked any more."""
    invitations.withdraw(member, invitation_id, timezone.now())
    return done(request, _("The invitation is withdrawn."))


@act
def set_role(request: Request, member: Member, user_id: int) -> HttpResponse:
    """Another role or team for a colleague."""
    row = accounts.set_role(member, user_id, request.POST.get("role", ""), _team(request), timezone.now())
    return done(request, _("%(name)s is %(role)s now.") % {"name": row.user, "role": row.get_role_display()})


@act
def part(request: Request, member: Member, user_id: int) -> HttpResponse:
    """Somebody no longer works here."""
    accounts.remove_membership(member, user_id, timezone.now())
    if user_id == member.user.pk:
        return redirect("home")
    return done(request, _("Their access has ended."))


@act
def make_team(request: Request, member: Member) -> HttpResponse:
    accounts.make_team(member, request.POST.get("name", ""), timezone.now())
    return done(request)


@page
def targets(request: Request, member: Member) -> HttpResponse:
    """What the brand promises, by priority."""
    minutes = promised(member.brand.pk)
    rows = [(value, label, minutes[value].first, minutes[value].next) for value, label in Priority.choices]
    return show(request, member, "desk/targets.html", {"place": "settings", "tab": "targets", "targets": rows})


@act
def set_targets(request: Request, member: Member) -> HttpResponse:
    """Minutes until the first and until each next response."""
    now = timezone.now()
    for priority in Priority.values:
        first, following = request.POST.get(f"first-{priority}", ""), request.POST.get(f"next-{priority}", "")
        if not (first.isdecimal() and following.isdecimal() and len(first + following) < 18):
            raise Refused(_("Give whole minutes."))
        cases.set_target(member, priority, int(first), int(following), now)
    messages.success(request, _("Saved. Cases that arrive from now on have these clocks."))
    return redirect("targets", member.brand.slug)


@page
def audit(request: Request, member: Member) -> HttpResponse:
    """Who did what. For admins."""
    before = request.GET.get("before", "")
    rows = queries.audit(member, number(before) if before else None)
    older = rows[-1].pk if len(rows) == 100 else None
    context = {"place": "settings", "tab": "audit", "entries": lines(member, rows, timezone.now()), "older": older}
    return show(request, member, "desk/audit.html", context)
