"""What was read of a post, and what people say of it: each chip's menu, the words that weighed, the corrections."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.conversations import queries as conversations
from amends.conversations.queries import ThreadPost
from amends.desk.door import act, done, page
from amends.desk.http import Request, tell, toast
from amends.desk.said import said
from amends.desk.shell import show
from amends.desk.sureness import learnt, levels
from amends.desk.taught import claim, panel, receipt, table
from amends.desk.taught import missed as not_told
from amends.teaching import actions, heads, queries
from amends.teaching.own import own
from amends.teaching.sureness import chosen
from amends.teaching.told import SENTIMENT
from amends.teaching.weights import weights


@page
def reading(request: Request, member: Member, post_id: int, name: str) -> HttpResponse:
    """The menu of one reading."""
    post = _post(member, post_id, name)
    found = panel(post, name, queries.taught(member, [post_id]))
    return render(request, "desk/_reading.html", {"panel": found, "post": post, "brand": member.brand})


@page
def why(request: Request, member: Member, post_id: int, name: str) -> HttpResponse:
    """The post's words, with those underlined that weighed most."""
    post = _post(member, post_id, name)
    held = own(member.brand.pk)
    return render(
        request,
        "desk/_said.html",
        {"said": said(post, (name, claim(post, name, held.labels), weights(post, name, held.heads)))},
    )


@page
def missed(request: Request, member: Member, post_id: int) -> HttpResponse:
    """What can be added to a post."""
    post = _theirs(member, post_id)
    found = list(not_told(post, queries.taught(member, [post_id])))
    return render(request, "desk/_missed.html", {"missed": found, "post": post, "brand": member.brand})


@act
def correct(request: Request, member: Member, post_id: int) -> HttpResponse:
    """Say what a post is."""
    name = request.POST.get("name", "")
    before = _value(member, post_id, name)
    row = actions.correct(member, post_id, name, request.POST.get("value", ""), timezone.now())
    return _taught(request, member, post_id, name, receipt(row, own(member.brand.pk).labels), before)


@act
def uncorrect(request: Request, member: Member, post_id: int, name: str) -> HttpResponse:
    """What was read stands again, or what somebody had said before (`to`)."""
    if to := request.GET.get("to", ""):
        row = actions.correct(member, post_id, name, to, timezone.now())
        return _taught(request, member, post_id, name, receipt(row, own(member.brand.pk).labels))
    before = _value(member, post_id, name)
    actions.uncorrect(member, post_id, name, timezone.now())
    return _taught(request, member, post_id, name, _("It stands as it was read."), before)


def _value(member: Member, post_id: int, name: str) -> str:
    """What somebody said of it; "" where nobody did."""
    correction = queries.corrections(member, [post_id]).get(post_id, {}).get(name)
    return correction.value if correction else ""


def _taught(
    request: Request, member: Member, post_id: int, name: str, message: str, before: str | None = None
) -> HttpResponse:
    """`before`: what an undo brings back, "" for what was read; None where nothing is to be undone."""
    if not request.htmx:
        return done(request, message, reverse("queue", args=[member.brand.slug]))
    undo = reverse("uncorrect-reading", args=[member.brand.slug, post_id, name])
    undo += f"?{urlencode({'to': before})}" if before else ""
    response = tell(HttpResponse(status=204), {"desk:taught": {"post": post_id, "name": name}})
    return toast(response, message, undo=undo if before is not None else "")


def _post(member: Member, post_id: int, name: str) -> ThreadPost:
    if name != SENTIMENT and name not in own(member.brand.pk).labels:
        raise Http404
    return _theirs(member, post_id)


def _theirs(member: Member, post_id: int) -> ThreadPost:
    """Of what we wrote, and of what is gone, nothing is read."""
    post = conversations.post(member, post_id)
    if post.ours or post.deleted:
        raise Http404
    return post


@page
def taught(request: Request, member: Member) -> HttpResponse:
    """How often what was read was right, wrong or missing. For supervisors."""
    held = own(member.brand.pk)
    context = {
        "place": "settings",
        "tab": "taught",
        "taught": table(queries.counts(member), held.labels),
        "heads": learnt(list(heads.heads(member).values()), held.labels),
        "asked": heads.asked(member),
        "levels": levels(held.thresholds, chosen(member), held.labels),
    }
    return show(request, member, "desk/taught.html", context)


@page
def corrections(request: Request, member: Member) -> HttpResponse:  # noqa: ARG001
    """All corrections with their texts, one JSON object a line. For supervisors."""
    lines = _lines(queries.export(member))
    response = HttpResponse(lines, content_type="application/jsonl; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="corrections-{member.brand.slug}.jsonl"'
    return response


def _lines(rows: Iterator[dict[str, object]]) -> Iterator[bytes]:
    for row in rows:
        yield msgspec.json.encode(row) + b"\n"
