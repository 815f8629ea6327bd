"""Settings of listening: the channels and how they are, what is listened for, and one's own accounts."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from amends import listening as language
from amends.accounts.access import Member
from amends.channels import registry
from amends.channels.base import Can, ChannelError, RetryLater
from amends.desk.door import act, done, page
from amends.desk.first_run import settings_of
from amends.desk.health import channels
from amends.desk.http import Request
from amends.desk.mistakes import mistake
from amends.desk.networks import connectable, for_accounts
from amends.desk.shell import show
from amends.desk.views.connecting import named
from amends.sources import actions
from amends.sources import queries as sources
from amends.sources.trial import trial


@page
def listening(request: Request, member: Member) -> HttpResponse:
    """The page."""
    return _show(request, member)


def _show(request: Request, member: Member, status: int = 200, **told: Any) -> HttpResponse:
    """`told` is what went wrong: `mistake` with `query_id`, or of `source_id` what was `given`, what is `wrong` with
    it, and the `problem` that its network named, which it `may_wait` for."""
    wrong, given = told.get("wrong", {}), told.get("given", {})
    handles = [(one.network, one.name) for one in sources.own_handles(member)]
    context = {
        "place": "settings",
        "tab": "listening",
        "channels": channels(member, timezone.now(), told.get("source_id"), given, wrong),
        "offered": [
            (entry.manifest, Can.ANONYMOUS in entry.manifest.can)
            for entry in connectable()
            if actions.may_connect(member, entry.manifest)
        ],
        "queries": sources.queries(member),
        "handles": list(enumerate([*handles, ("", "")])),
        "networks": sorted(for_accounts(member.brand.demo).items()),
        **told,
    }
    return show(request, member, "desk/listening.html", context, status)


@act
def change_source(request: Request, member: Member, source_id: int) -> HttpResponse:
    """New settings or credentials for an account, tried before they take the place of the old ones."""
    row = sources.source(member, source_id)
    given = settings_of(registry.get(row.channel), request.POST)
    try:
        wanted = actions.settings_after(member, source_id, given)
        checked = None if request.POST.get("how") == "anyway" else trial(row.channel, wanted)
        actions.change_settings(member, source_id, given, timezone.now(), checked)
    except actions.WrongSettings as errors:
        return _show(request, member, 422, source_id=source_id, given=given, wrong=named(row.channel, errors))
    except ChannelError as error:
        told = {"problem": str(error), "may_wait": isinstance(error, RetryLater)}
        return _show(request, member, 422, source_id=source_id, given=given, **told)
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
