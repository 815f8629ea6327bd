"""Where everybody arrives: the first brand's queue, or the first run."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from amends import listening
from amends.accounts import queries
from amends.accounts.access import Member
from amends.accounts.models import User
from amends.desk import first_run
from amends.desk.door import act, sign_in_first
from amends.desk.http import Request
from amends.desk.mistakes import mistake
from amends.desk.networks import at_once, connectable, for_accounts
from amends.intake.removal import remove_brand


@require_http_methods(["GET", "HEAD"])
def home(request: HttpRequest) -> HttpResponse:
    """The first brand's queue, the first run, or word that somebody must invite."""
    if not request.user.is_authenticated:
        return sign_in_first(request)
    user = request.user
    brands = queries.brands(user)
    if brands:
        return redirect("queue", brands[0].slug)
    if user.is_operator:
        return redirect("start")
    return render(request, "desk/no_brand.html")


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The first run, and every further brand. For operators: 404 for others."""
    if not request.user.is_authenticated:
        return sign_in_first(request)
    user = request.user
    if not user.is_operator:
        raise Http404
    form = first_run.FirstRun(channels=at_once())
    if request.method == "POST":
        form = first_run.read(request.POST)
        if form.ready:
            made = first_run.begin(user, form, timezone.now())
            if not form.channels:
                return redirect("listening", made.brand.slug)
            said = _("All is set. What is written from now on appears here by itself. Connect your own accounts under")
            messages.success(request, f"{said} {_('Settings, Listening')}.")
            return redirect("queue", made.brand.slug)
    refused = form.wrong or form.mistake
    return render(request, "desk/first_run.html", _context(user, form), status=422 if refused else 200)


def _context(user: User, form: first_run.FirstRun) -> dict[str, object]:
    brands = queries.brands(user)
    shown = form.handles + [("", "")] * max(1, 3 - len(form.handles))
    return {
        "form": form,
        "handles": [(n, network, handle) for n, (network, handle) in enumerate(shown[: first_run.HANDLES])],
        "networks": sorted(for_accounts(of_demo=False).items()),
        "channels": [
            (entry.manifest, entry.manifest.name in form.channels)
            for entry in connectable()
            if entry.manifest.name in at_once()
        ],
        "brands": brands,
        "demo_runs": any(brand.demo for brand in brands),
    }


@require_POST
def start_demo(request: HttpRequest) -> HttpResponse:
    """A fictional airline's day."""
    if not request.user.is_authenticated:
        return sign_in_first(request)
    user = request.user
    if not user.is_operator:
        raise Http404
    running = next((brand for brand in queries.brands(user) if brand.demo), None)
    slug = running.slug if running else first_run.begin_demo(user, timezone.now()).brand.slug
    return redirect("queue", slug)


@act
def remove_demo(request: Request, member: Member) -> HttpResponse:
    """The demo goes without trace. Any other brand is left alone."""
    if not member.brand.demo:
        raise Http404
    remove_brand(member, timezone.now())
    messages.success(request, _("The demo is gone, with everything in it."))
    return redirect("home")


@require_POST
def check_query(request: HttpRequest) -> HttpResponse:
    """While somebody writes a query: whether it will do, and where it will not."""
    if not request.user.is_authenticated:
        return sign_in_first(request)
    text = request.POST.get("query", "").strip()
    wrong = None
    if text:
        try:
            listening.parse(text)
        except listening.QueryError as error:
            wrong = mistake(text, error)
    return render(request, "desk/_verdict.html", {"text": text, "mistake": wrong})
