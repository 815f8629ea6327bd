"""The case: its page and its parts."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from amends.accounts.access import Member
from amends.cases import queries as cases
from amends.conversations import queries as conversations
from amends.desk import case_page, filters
from amends.desk.door import page
from amends.desk.http import Request
from amends.desk.shell import show
from amends.desk.views.queue import queue_context


@page
def case(request: Request, member: Member, case_id: int) -> HttpResponse:
    """The whole screen, or the case and its customer alone where the list stands already."""
    found = cases.case(member, case_id)
    looking = filters.read(request.GET)
    url = reverse("queue", args=[member.brand.slug])
    context = case_page.whole(member, found, f"{url}?{looking.query()}".rstrip("?"), timezone.now())
    if request.htmx:
        return render(request, "desk/_case_and_customer.html", {**context, "oob": True})
    return show(
        request,
        member,
        "desk/queue.html",
        {**queue_context(member, looking, current=case_id), **context, "pane": "case"},
    )


@page
def header(request: Request, member: Member, case_id: int) -> HttpResponse:
    """The title, what can be done, and where the case stands."""
    return render_header(request, member, case_id)


def render_header(request: Request, member: Member, case_id: int) -> HttpResponse:
    found = cases.case(member, case_id)
    now = timezone.now()
    url = reverse("queue", args=[member.brand.slug])
    context = {
        **case_page.header(member, found, url, now),
        **case_page.facts(member, found, now),
        "beside_header": True,
    }
    return render(request, "desk/_header_and_facts.html", context)


@page
def thread(request: Request, member: Member, case_id: int) -> HttpResponse:
    """Every conversation of the case, with notes."""
    found = cases.case(member, case_id)
    return render(request, "desk/_thread.html", case_page.thread(member, found, timezone.now()))


@page
def outgoing(request: Request, member: Member, case_id: int) -> HttpResponse:
    """Replies on their way."""
    found = cases.case(member, case_id)
    return render(request, "desk/_replies.html", case_page.outgoing(member, found))


@page
def wordings(request: Request, member: Member, post_id: int) -> HttpResponse:
    """What a post said before it was edited."""
    return render(request, "desk/_wordings.html", {"wordings": conversations.wordings(member, post_id)})


@page
def attachment(request: Request, member: Member, attachment_id: int) -> HttpResponse:  # noqa: ARG001
    """A file that a customer sent, to be saved and never shown: whoever sent it chose what is in it."""
    found = conversations.attachment(member, attachment_id)
    if found is None or not found.content:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = content_disposition_header(True, found.name or "file")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
