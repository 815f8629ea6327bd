"""Settings of listening: the channels and how they are, what is listened for, and one's own accounts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from amends import listening as language
from amends.accounts.access import Member
from amends.channels import registry
from amends.channels.base import Can
from amends.desk.door import act, done, page
from amends.desk.fields import channel_fields
from amends.desk.first_run import settings_of
from amends.desk.health import channels
from amends.desk.http import Request
from amends.desk.mistakes import mistake
from amends.desk.networks import connectable, for_accounts
from amends.desk.shell import show
from amends.sources import actions
from amends.sources import queries as sources


@page
def listening(request: Request, member: Member) -> HttpResponse:
    """The page."""
    return _show(request, member)


def _show(request: Request, member: Member, status: int = 200, **told: Any) -> HttpResponse:
    """`told` is what went wrong: `mistake` with `query_id`, or `wrong` and `given` of `channel` or `source_id`."""
    wrong, given = told.get("wrong", {}), told.get("given", {})
    handles = [(one.network, one.name) for one in sources.own_handles(member)]
    context = {
        "place": "settings",
        "tab": "listening",
        "channels": channels(member, timezone.now(), told.get("source_id"), given, wrong),
        "offered": [_offer(entry, told) for entry in connectable() if actions.may_connect(member, entry.manifest)],
        "queries": sources.queries(member),
        "handles": list(enumerate([*handles, ("", "")])),
        "networks": sorted(for_accounts(member.brand.demo).items()),
        **told,
    }
    return show(request, member, "desk/listening.html", context, status)


def _offer(entry: registry.Entry, told: dict[str, Any]) -> dict[str, Any]:
    tried = told.get("channel") == entry.manifest.name
    given, wrong = (told["given"], told["wrong"]) if tried else ({}, {})
    return {
        "manifest": entry.manifest,
        "fields": channel_fields(entry, given, wrong),
        "open": tried,
        "anonymous": Can.ANONYMOUS in entry.manifest.can,
    }


@act
def connect(request: Request, member: Member, channel: str) -> HttpResponse:
    """Begin to listen to a channel."""
    entry = _offered(channel)
    given = settings_of(entry, request.POST)
    try:
        actions.connect(member, channel, request.POST.get("label", ""), given, timezone.now())
    except actions.WrongSettings as errors:
        return _show(request, member, 422, channel=channel, given=given, wrong=_named(channel, errors))
    messages.success(request, _("Connected. The first posts come within a minute."))
    return redirect("listening", member.brand.slug)


def _offered(channel: str) -> registry.Entry:
    entry = next((entry for entry in connectable() if entry.manifest.name == channel), None)
    if entry is None:
        raise Http404
    return entry


def _named(channel: str, errors: actions.WrongSettings) -> dict[str, str]:
    return {f"{channel}-{setting}": problem for setting, problem in errors.errors.items()}


@act
def change_source(request: Request, member: Member, source_id: int) -> HttpResponse:
    """New settings or credentials for an account."""
    row = sources.source(member, source_id)
    given = settings_of(registry.get(row.channel), request.POST)
    try:
        actions.change_settings(member, source_id, given, timezone.now())
    except actions.WrongSettings as errors:
        return _show(request, member, 422, source_id=source_id, given=given, wrong=_named(row.channel, errors))
    return done(request, _("Saved. It is listening again."))


@act
def pause(request: Request, member: Member, source_id: int) -> HttpResponse:
    actions.pause(member, source_id, timezone.now())
    return done(request, _("Paused. Nothing is heard there until you resume."))


@act
def resume(request: Request, member: Member, source_id: int) -> HttpResponse:
    actions.resume(member, source_id, timezone.now())
    return done(request, _("Listening again."))


@act
def remove(request: Request, member: Member, source_id: int) -> HttpResponse:
    actions.remove(member, source_id, timezone.now())
    return done(request, _("Removed, with its credentials. What was heard stays."))


@act
def add_query(request: Request, member: Member) -> HttpResponse:
    """Listen for something new."""
    name, text = request.POST.get("name", ""), request.POST.get("query", "").strip()
    try:
        actions.add_query(member, name, text, timezone.now())
    except language.QueryError as error:
        return _show(request, member, 422, mistake=mistake(text, error), query_id=0, name=name, text=text)
    return done(request, _("Listening for it from now on."))


@act
def change_query(request: Request, member: Member, query_id: int) -> HttpResponse:
    name, text = request.POST.get("name", ""), request.POST.get("query", "").strip()
    try:
        actions.change_query(member, query_id, name, text, request.POST.get("active") == "yes", timezone.now())
    except language.QueryError as error:
        return _show(request, member, 422, mistake=mistake(text, error), query_id=query_id, name=name, text=text)
    return done(request, _("Saved."))


@act
def remove_query(request: Request, member: Member, query_id: int) -> HttpResponse:
    actions.remove_query(member, query_id, timezone.now())
    return done(request, _("No longer listened for. What was heard stays."))


@act
def set_handles(request: Request, member: Member) -> HttpResponse:
    """One's own accounts: what they write is an answer."""
    numbers = [key.removeprefix("handle-") for key in request.POST if key.startswith("handle-")]
    pairs = [(request.POST.get(f"network-{n}", ""), request.POST.get(f"handle-{n}", "").strip()) for n in numbers]
    actions.set_own_handles(member, [(network, handle) for network, handle in pairs if handle], timezone.now())
    return done(request, _("Saved."))
