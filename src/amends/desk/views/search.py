"""Search in everything that was heard, in the language of the queries."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from amends import listening
from amends.accounts.access import Member
from amends.cases import queries as cases
from amends.conversations import queries as conversations
from amends.conversations.queries import ThreadPost
from amends.desk.door import page
from amends.desk.http import Request
from amends.desk.mistakes import Mistake, mistake
from amends.desk.networks import labels
from amends.desk.posts import shown
from amends.desk.shell import show
from amends.desk.timeline import CaseLink
from amends.desk.views.case_actions import number

PAGE = 30


@page
def search(request: Request, member: Member) -> HttpResponse:
    """The box, and what was found, newest first."""
    text = request.GET.get("q", "").strip()
    before = request.GET.get("before", "")
    found: list[ThreadPost] = []
    wrong: Mistake | None = None
    if text:
        try:
            found = conversations.search(member, text, number(before) if before else None, PAGE)
        except listening.QueryError as error:
            wrong = mistake(text, error)
    context = {
        "place": "search",
        "text": text,
        "mistake": wrong,
        "found": _results(member, found),
        "older": found[-1].id if len(found) == PAGE else None,
        "searched": bool(text) and wrong is None,
        "now": timezone.now(),
    }
    if request.htmx:
        return render(request, "desk/_found.html", {**context, "brand": member.brand})
    return show(request, member, "desk/search.html", context)


def _results(member: Member, found: list[ThreadPost]) -> list[dict[str, Any]]:
    conversations_found = sorted({post.conversation_id for post in found})
    rows = cases.neighbours(member, conversations_found, but=0)
    base = reverse("case", args=[member.brand.slug, 0])[:-2]
    networks = labels()
    return [
        {
            "post": shown(post, "", post.parent, True, _link(base, rows.get(post.handle_id))),
            "network": networks.get(post.network, post.network),
        }
        for post in found
    ]


def _link(base: str, row: cases.Row | None) -> CaseLink | None:
    return CaseLink(f"{base}{row.id}/", str(row.id)) if row else None
