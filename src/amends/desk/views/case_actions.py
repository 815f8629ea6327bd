"""What is done to a case: each view calls one action and answers with the part of the page that it changed."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.cases import actions
from amends.cases import queries as cases
from amends.desk import case_page
from amends.desk.door import act, done
from amends.desk.http import Request, tell, toast
from amends.desk.snoozes import until
from amends.desk.views.case import render_header


def _changed(request: Request, member: Member, case_id: int, message: str = "", *, undo: bool = False) -> HttpResponse:
    """`undo`: the case went out of the queue, and can be had back at once."""
    if not request.htmx:
        return done(request, message, reverse("case", args=[member.brand.slug, case_id]))
    response = tell(render_header(request, member, case_id), {"desk:touched": {"case": case_id}})
    back = reverse("reopen", args=[member.brand.slug, case_id]) if undo else ""
    return toast(response, message, undo=back) if message else response


def number(text: str) -> int:
    """An id out of a form, or 404."""
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


@act
def assign(request: Request, member: Member, case_id: int) -> HttpResponse:
    """To a colleague (`to`), to nobody (`to` empty), or to a team."""
    now = timezone.now()
    if team := request.POST.get("team"):
        actions.hand_to_team(member, case_id, number(team), now)
    else:
        to = request.POST.get("to", "")
        actions.assign(member, case_id, number(to) if to else None, now)
    return _changed(request, member, case_id)


@act
def snooze(request: Request, member: Member, case_id: int) -> HttpResponse:
    actions.snooze(member, case_id, until(request.POST.get("until", "")), timezone.now())
    return _changed(
        request, member, case_id, _("Snoozed. It comes back by itself, or when the customer writes."), undo=True
    )


@act
def resolve(request: Request, member: Member, case_id: int) -> HttpResponse:
    actions.resolve(member, case_id, timezone.now())
    return _changed(request, member, case_id, _("Resolved. It opens again when the customer writes."), undo=True)


@act
def reopen(request: Request, member: Member, case_id: int) -> HttpResponse:
    actions.reopen(member, case_id, timezone.now())
    return _changed(request, member, case_id, _("Open again."))


@act
def hold(request: Request, member: Member, case_id: int) -> HttpResponse:
    """Wait for the customer."""
    actions.hold_pending(member, case_id, timezone.now())
    return _changed(request, member, case_id, _("Waiting for the customer."), undo=True)


@act
def priority(request: Request, member: Member, case_id: int) -> HttpResponse:
    actions.set_priority(member, case_id, request.POST.get("priority", ""), timezone.now())
    return _changed(request, member, case_id)


@act
def tag(request: Request, member: Member, case_id: int) -> HttpResponse:
    actions.tag(member, case_id, request.POST.get("name", ""), timezone.now())
    return _facts(request, member, case_id)


@act
def untag(request: Request, member: Member, case_id: int) -> HttpResponse:
    actions.untag(member, case_id, request.POST.get("name", ""), timezone.now())
    return _facts(request, member, case_id)


def _facts(request: Request, member: Member, case_id: int) -> HttpResponse:
    if not request.htmx:
        return done(request, otherwise=reverse("case", args=[member.brand.slug, case_id]))
    found = cases.case(member, case_id)
    return render(request, "desk/_facts.html", case_page.facts(member, found, timezone.now()))


@act
def note(request: Request, member: Member, case_id: int) -> HttpResponse:
    """Say something to colleagues."""
    actions.add_note(member, case_id, request.POST.get("text", ""), timezone.now())
    if not request.htmx:
        return done(request, otherwise=reverse("case", args=[member.brand.slug, case_id]))
    return tell(HttpResponse(status=204), {"desk:noted": {"case": case_id}})


@act
def presence(request: Request, member: Member, case_id: int) -> HttpResponse:
    """Somebody looks at the case, types, or has left."""
    actions.show_presence(member, case_id, request.POST.get("doing", ""), timezone.now())
    return HttpResponse(status=204)
