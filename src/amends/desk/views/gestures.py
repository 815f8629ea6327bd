"""What else than answering is done with a post: a like, and a correction of what we wrote."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.desk.door import act, done, refuse
from amends.desk.http import Request, tell
from amends.desk.views.answer import on_its_way
from amends.replies import gestures
from amends.replies.gate import Held


@act
def like(request: Request, member: Member, case_id: int, post_id: int) -> HttpResponse:
    """Like a post as the brand's account."""
    made = gestures.like(member, case_id, post_id, timezone.now())
    if not request.htmx:
        return done(request, _("On its way."), reverse("case", args=[member.brand.slug, case_id]))
    response = render(request, "desk/_like.html", {"brand": member.brand, "post": {"liked": str(made.author)}})
    return tell(response, {"desk:touched": {"case": case_id}})


@act
def correct(request: Request, member: Member, case_id: int, post_id: int) -> HttpResponse:
    """Put other words into what we wrote. What the gate holds back is said, and stays in its box."""
    try:
        gestures.correct(member, case_id, post_id, request.POST.get("text", ""), timezone.now())
    except Held as held:
        return refuse(request, str(held), reverse("case", args=[member.brand.slug, case_id]))
    if not request.htmx:
        return done(request, _("On its way."), reverse("case", args=[member.brand.slug, case_id]))
    return tell(on_its_way(request, member, case_id), {"desk:touched": {"case": case_id}})
