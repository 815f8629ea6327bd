"""Writing to the customer: the draft, the answer, and what becomes of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.cases import queries as cases
from amends.desk import case_page
from amends.desk.door import act, done, refuse
from amends.desk.http import Request, tell
from amends.desk.templatetags.desk import millis
from amends.desk.views.case_actions import number
from amends.replies import actions, uploads
from amends.replies import queries as replies
from amends.replies.by_hand import answer_by_hand
from amends.replies.gate import Held
from amends.replies.models import How, Reply


def _written(request: Request) -> tuple[str, int | None, str]:
    """What was written, to which post, in which way."""
    to = request.POST.get("to", "")
    return request.POST.get("text", ""), number(to) if to else None, request.POST.get("how", "") or How.REPLY


@act
def draft(request: Request, member: Member, case_id: int) -> HttpResponse:
    """Keep what has been written so far, and say what speaks against sending it."""
    now = timezone.now()
    text, to_id, how = _written(request)
    kept = actions.save_draft(member, case_id, text, to_id, now, how)
    found = cases.case(member, case_id)
    way = replies.route(member, found, to_id, how)
    files = uploads.waiting(member, case_id)
    looked_over = {**case_page.notice(way), "findings": case_page.findings(found, way, text, files, now)}
    response = render(request, "desk/_looked_over.html", looked_over)
    private = way.visibility == "private"
    told = {
        "answers": case_page.answers(way),
        "private": private,
        "how": how,
        "saved": millis(kept.updated if kept else None),
    }
    told |= {"send": case_page.send_label(way), "room": case_page.room(way)}
    told |= {"problem": bool(way.problem), "closed": case_page.closed(way, text)}
    return tell(response, {"desk:way": told})


@act
def answer(request: Request, member: Member, case_id: int) -> HttpResponse:
    """Into the outbox, if the gate lets it pass. What it holds back stays in the box, with the reasons."""
    text, to_id, how = _written(request)
    page = reverse("case", args=[member.brand.slug, case_id])
    by_hand = replies.route(member, cases.case(member, case_id), to_id).by_hand
    try:
        if by_hand:
            answer_by_hand(member, case_id, text, to_id, timezone.now())
        else:
            actions.approve(member, case_id, text, to_id, timezone.now(), how, _described(request))
    except Held as held:
        if not request.htmx:
            actions.save_draft(member, case_id, text, to_id, timezone.now(), how)
            return refuse(request, str(held), page)
        response = render(request, "desk/_findings.html", {"findings": held.findings}, status=422)
        response.headers["HX-Retarget"] = "#findings"
        response.headers["HX-Reswap"] = "innerHTML"
        return tell(response, {"desk:held": {"case": case_id}})
    if not request.htmx:
        return done(request, _("Noted.") if by_hand else _("On its way."), page)
    response = on_its_way(request, member, case_id)
    return tell(response, {"desk:sent": {"case": case_id}, "desk:touched": {"case": case_id}})


def on_its_way(request: Request, member: Member, case_id: int, taken_back: Reply | None = None) -> HttpResponse:
    """The list of what has not arrived yet, anew."""
    case = cases.case(member, case_id)
    context = {**case_page.outgoing(member, case), **case_page.beside(member, case)}
    return render(request, "desk/_replies.html", {**context, "taken_back": taken_back, "beside": True})


def _described(request: Request) -> dict[int, str]:
    """What each file shows, as `alt-ID`."""
    names = [name for name in request.POST if name.startswith("alt-") and name[4:].isdecimal() and len(name) < 14]
    return {int(name[4:]): request.POST.get(name, "").strip() for name in names}


def _files(request: Request, member: Member, case_id: int) -> HttpResponse:
    case = cases.case(member, case_id)
    if not request.htmx:
        return done(request, otherwise=reverse("case", args=[member.brand.slug, case_id]))
    return render(request, "desk/_files.html", case_page.beside(member, case))


@act
def attach(request: Request, member: Member, case_id: int, ticket: str) -> HttpResponse:  # noqa: ARG001 - it was looked at before they were let in
    """Put files beside the draft."""
    now = timezone.now()
    for file in request.FILES.getlist("file"):
        uploads.add(member, case_id, file.name or "", file.read(), now)
    return _files(request, member, case_id)


@act
def detach(request: Request, member: Member, case_id: int, upload_id: int) -> HttpResponse:
    """Take one of them away."""
    uploads.remove(member, case_id, upload_id, timezone.now())
    return _files(request, member, case_id)


def _settled(request: Request, member: Member, reply: Reply, taken_back: Reply | None = None) -> HttpResponse:
    if not request.htmx or request.htmx.target != "outgoing":
        return done(request, otherwise=reverse("case", args=[member.brand.slug, reply.case_id]))
    response = on_its_way(request, member, reply.case_id, taken_back)
    return tell(response, {"desk:touched": {"case": reply.case_id}})


@act
def withdraw(request: Request, member: Member, reply_id: int) -> HttpResponse:
    """Take it back before it leaves; its words become the draft again."""
    reply = actions.withdraw(member, reply_id, timezone.now())
    return _settled(request, member, reply, taken_back=reply)


@act
def retry(request: Request, member: Member, reply_id: int) -> HttpResponse:
    """Try one that was not sent once more."""
    return _settled(request, member, actions.retry(member, reply_id, timezone.now()))


@act
def settle(request: Request, member: Member, reply_id: int) -> HttpResponse:
    """A person has looked whether it arrived."""
    arrived = request.POST.get("arrived") == "yes"
    return _settled(request, member, actions.settle(member, reply_id, arrived, timezone.now()))
