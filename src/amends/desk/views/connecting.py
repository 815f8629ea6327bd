"""Connecting a channel: a page of its own that asks for what is needed, tries it at once, and says what is wrong."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings as site
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.channels import registry
from amends.channels.base import Can, ChannelError, Checked, RetryLater
from amends.channels.http import Http
from amends.desk.door import act, page
from amends.desk.fields import channel_fields
from amends.desk.first_run import settings_of
from amends.desk.guide import guide
from amends.desk.http import Request
from amends.desk.networks import connectable
from amends.desk.posts import safe
from amends.desk.shell import show
from amends.sources import actions
from amends.sources import queries as sources
from amends.sources.models import Source
from amends.sources.secrets import Sealed, seal, unseal
from amends.sources.trial import trial

WAITING = "connecting"  # in the session: what was begun at a network that signs in by itself


@page
def connecting(request: Request, member: Member, channel: str) -> HttpResponse:
    """The page; with what is known already where an account is signed in to again."""
    entry = _offered(member, channel)
    again = sources.of_channel(member, channel, request.GET.get("source", ""))
    return _show(request, member, entry, again.settings if again else None)


def _offered(member: Member, channel: str) -> registry.Entry:
    entry = next((entry for entry in connectable() if entry.manifest.name == channel), None)
    if entry is None or not actions.may_connect(member, entry.manifest):
        raise Http404
    return entry


def _show(
    request: Request, member: Member, entry: registry.Entry, given: Mapping[str, str] | None = None, **told: Any
) -> HttpResponse:
    """`told`: `wrong` settings, the `problem` that the network named, whether it `may_wait`."""
    given = given or {}
    context = {
        "place": "settings",
        "tab": "listening",
        "manifest": entry.manifest,
        "fields": channel_fields(entry, given, told.get("wrong", {})),
        "guide": guide(entry.manifest.name),
        "anonymous": Can.ANONYMOUS in entry.manifest.can,
        "signs_in": entry.login is not None,
        "withheld": any(setting.secret and given.get(setting.name) for setting in entry.manifest.settings),
        "label": request.POST.get("label", ""),
        **told,
    }
    return show(request, member, "desk/connecting.html", context, 422 if told else 200)


@act
def connect(request: Request, member: Member, channel: str) -> HttpResponse:
    """Try it, and keep it if it works, or if the network can't be reached just now and the person says so."""
    entry = _offered(member, channel)
    given = settings_of(entry, request.POST)
    label = request.POST.get("label", "")
    how = request.POST.get("how", "")
    if how == "sign-in" and entry.login is not None:
        return _begin(request, member, entry, given, label)
    try:
        actions.refuse_settings(member, channel, given)
        checked = None if how == "anyway" else trial(channel, given)
        return _connected(request, member, channel, label, given, checked)
    except actions.WrongSettings as errors:
        return _show(request, member, entry, given, wrong=named(channel, errors))
    except (ChannelError, Refused) as error:
        return _show(request, member, entry, given, problem=str(error), may_wait=isinstance(error, RetryLater))


def named(channel: str, errors: actions.WrongSettings) -> dict[str, str]:
    """The mistakes by the names of the form's fields."""
    return {f"{channel}-{setting}": problem for setting, problem in errors.errors.items()}


def _connected(
    request: Request, member: Member, channel: str, label: str, given: dict[str, str], checked: Checked | None
) -> HttpResponse:
    source = actions.connect(member, channel, label, given, timezone.now(), checked)
    if checked and checked.account:
        name = checked.account.name or checked.account.display
        said = _("Connected as %(name)s. The first posts come within a minute.") % {"name": name}
    else:
        said = _("Connected. The first posts come within a minute.")
    messages.success(request, f"{said} {checked.note if checked else ''}".strip())
    return redirect(reverse("listening", args=[member.brand.slug]) + f"#source-{source.pk}")


def _renewed(request: Request, member: Member, known: Source, given: dict[str, str], checked: Checked) -> HttpResponse:
    """Who signs in to an account that is connected already gives it new credentials."""
    actions.change_settings(member, known.pk, known.settings | given, timezone.now(), checked)
    messages.success(request, _("Signed in again as %(name)s. What was missed is fetched.") % {"name": known})
    return redirect(reverse("listening", args=[member.brand.slug]) + f"#source-{known.pk}")


def _back(member: Member, channel: str) -> str:
    """Where the network sends the person back to."""
    return site.CONF.url + reverse("connected", args=[member.brand.slug, channel])


def _begin(request: Request, member: Member, entry: registry.Entry, given: dict[str, str], label: str) -> HttpResponse:
    """To the network's own page of consent."""
    channel, state = entry.manifest.name, secrets.token_urlsafe(32)
    filled = {one.name: given.get(one.name) or one.default for one in entry.manifest.settings}
    try:
        grant = asyncio.run(_ask(entry, "begin", filled, _back(member, channel), state))
    except ChannelError as error:
        return _show(request, member, entry, given, problem=str(error))
    if not safe(grant.url):
        return _show(request, member, entry, given, problem=_("The network named no page to sign in at."))
    waiting = {"state": state, "brand": str(member.brand.pk), "channel": channel, "label": label}
    kept = {f"kept:{name}": value for name, value in grant.kept.items()}
    filled = {f"given:{name}": value for name, value in filled.items() if value}
    request.session[WAITING] = seal(waiting | kept | filled).decode()
    return show(
        request, member, "desk/onward.html", {"place": "settings", "manifest": entry.manifest, "onward": grant.url}
    )


@page
def connected(request: Request, member: Member, channel: str) -> HttpResponse:
    """Back from the network's page of consent."""
    entry = _offered(member, channel)
    waiting = _waiting(request)
    state = request.GET.get("state", "").encode("utf-8", "replace")
    same = bool(waiting) and hmac.compare_digest(waiting["state"].encode(), state)
    if entry.login is None or not same or (waiting["brand"], waiting["channel"]) != (str(member.brand.pk), channel):
        return _show(request, member, entry, problem=_("This sign-in was begun elsewhere or long ago: begin it again."))
    given = _part(waiting, "given:")
    code = request.GET.get("code", "")
    if not code:
        refused = _("The network did not give its consent: begin again, and allow it there.")
        return _show(request, member, entry, given, problem=refused)
    try:
        ask = _ask(entry, "finish", given, _back(member, channel), _part(waiting, "kept:"), code)
        given |= asyncio.run(ask)
        checked = trial(channel, given)
        if known := sources.twin(member, channel, checked):
            return _renewed(request, member, known, given, checked)
        return _connected(request, member, channel, waiting["label"], given, checked)
    except actions.WrongSettings as errors:
        return _show(request, member, entry, given, wrong=named(channel, errors))
    except (ChannelError, Refused) as error:
        return _show(request, member, entry, given, problem=str(error))


async def _ask(entry: registry.Entry, step: str, *given: Any) -> Any:
    """A step of the network's sign-in, with a door out of its own."""
    http = Http(allow_private=site.CONF.allow_private)
    try:
        settings, *more = given
        return await getattr(entry.login, step)(settings, http, *more)
    finally:
        await http.close()


def _waiting(request: Request) -> dict[str, str]:
    """What was begun, once."""
    try:
        return unseal(str(request.session.pop(WAITING, "")).encode())
    except Sealed:
        return {}


def _part(waiting: Mapping[str, str], kind: str) -> dict[str, str]:
    return {name.removeprefix(kind): value for name, value in waiting.items() if name.startswith(kind)}
