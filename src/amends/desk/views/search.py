"""Search in everything that was heard, in the language of the queries."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from amends import listening
from amends.accounts.access import Member
from amends.cases.models import CaseThread
from amends.conversations import queries as conversations
from amends.conversations.models import Post
from amends.conversations.queries import ThreadPost
from amends.desk.door import page
from amends.desk.http import Request
from amends.desk.mistakes import Mistake, mistake
from amends.desk.networks import labels
from amends.desk.posts import shown
from amends.desk.shell import show
from amends.desk.timeline import CaseLink
from amends.desk.views.case_actions import number
from amends.replies.models import Reply
from amends.teaching import queries as teaching

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
    cases = _cases(member, found)
    base = reverse("case", args=[member.brand.slug, 0])[:-2]
    networks = labels()
    taught = teaching.taught(member, [post.id for post in found])
    return [
        {
            "post": shown(post, "", post.parent, True, _link(base, cases.get(post.id)), taught=taught),
            "network": networks.get(post.network, post.network),
        }
        for post in found
    ]


def _cases(member: Member, found: list[ThreadPost]) -> dict[int, int]:
    """Each post's case: of a customer's post the latest that its author has in the thread; of an answer of ours the
    one that it was written for or, when it was written elsewhere, that of whom it answers."""
    theirs = CaseThread.objects.filter(case__brand=member.brand).order_by("case_id")
    ours = [post for post in found if post.ours]
    by_author = {
        (conversation, handle): case
        for conversation, handle, case in theirs.filter(
            conversation__in={post.conversation_id for post in found}
        ).values_list("conversation_id", "handle_id", "case_id")
    }
    authors = {
        (conversation, external): handle
        for conversation, external, handle in Post.objects.filter(
            brand=member.brand,
            conversation__in={post.conversation_id for post in ours},
            external_id__in={post.parent for post in ours},
        ).values_list("conversation_id", "external_id", "handle_id")
    }
    written = dict(
        Reply.objects.filter(brand=member.brand, post__in=[post.id for post in ours]).values_list("post_id", "case_id")
    )
    told = {}
    for post in found:
        author = authors.get((post.conversation_id, post.parent)) if post.ours else post.handle_id
        case = written.get(post.id) or by_author.get((post.conversation_id, author or 0))
        if case:
            told[post.id] = case
    return told


def _link(base: str, case: int | None) -> CaseLink | None:
    return CaseLink(f"{base}{case}/", str(case)) if case else None
