"""The one way to a page of a brand: signed in, and a member. A stranger gets 404, whatever they ask."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from amends.accounts.access import Member, member
from amends.accounts.actions import Refused
from amends.desk.http import Request, tell, toast

P = ParamSpec("P")
Page = Callable[Concatenate[Request, Member, P], HttpResponse]
Open = Callable[Concatenate[HttpRequest, str, P], HttpResponse]
LARGEST = 2**63 - 1  # of the ids that a database can be asked for


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and back here after. A script is told instead, and keeps what is on the screen."""
    if request.headers.get("HX-Request") or request.headers.get("X-Requested-With"):
        return tell(HttpResponse(status=401), {"desk:signed-out": True})
    here = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "/")
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': here})}")


def in_their_zone(request: HttpRequest) -> None:
    """Instants are told in the time zone that the browser named in a cookie; in UTC before it has."""
    zone = _zone(request.COOKIES.get("zone", ""))
    if zone is None:
        timezone.deactivate()
    else:
        timezone.activate(zone)


@functools.lru_cache(1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # whatever a cookie may hold
        return None


def keep_private(response: HttpResponse) -> HttpResponse:
    """Nothing of a brand is kept by the browser once somebody has signed out."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def _enter(view: Page[P], method: str) -> Open[P]:
    @functools.wraps(view)
    def entered(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        in_their_zone(request)
        who = member(request.user, slug)
        if request.method not in (method, "HEAD" if method == "GET" else method):
            return HttpResponseNotAllowed([method])
        if any(isinstance(value, int) and value > LARGEST for value in kwargs.values()):
            raise Http404
        if _holds_nul(request):
            return keep_private(
                refuse(cast(Request, request), _("Your text holds a character that can't be kept: type it anew."))
            )
        return keep_private(view(cast(Request, request), who, *args, **kwargs))

    return cast("Open[P]", entered)


def _holds_nul(request: HttpRequest) -> bool:
    """No browser sends the character NUL, and PostgreSQL keeps none."""
    given = (request.GET, request.POST)
    return any("\x00" in value for values in given for key in values for value in values.getlist(key))


def page(view: Page[P]) -> Open[P]:
    """A view that shows: GET, for members."""
    return _enter(view, "GET")


def act(view: Page[P]) -> Open[P]:
    """A view that does: POST, for members. What can't be done is said where the person looks."""

    @functools.wraps(view)
    def acting(request: Request, who: Member, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, who, *args, **kwargs)
        except Refused as refused:
            return refuse(request, str(refused))

    return _enter(cast("Page[P]", acting), "POST")


def refuse(request: Request, message: str, otherwise: str = "/") -> HttpResponse:
    """Tell why not, and what to do; the page stays as it is."""
    if request.htmx:
        response = toast(HttpResponse(status=422), message, error=True)
        response.headers["HX-Reswap"] = "none"
        return response
    messages.error(request, message)
    return back(request, otherwise)


def back(request: HttpRequest, otherwise: str = "/") -> HttpResponse:
    """To the page that the form stood on."""
    came_from = request.headers.get("Referer", "")
    base = f"{request.scheme}://{request.get_host()}/"
    return HttpResponseRedirect(came_from if came_from.startswith(base) else otherwise)


def done(request: Request, message: str = "", otherwise: str = "/") -> HttpResponse:
    """The action is done: back to the page, which says so."""
    if message:
        messages.success(request, message or _("Done."))
    return back(request, otherwise)
