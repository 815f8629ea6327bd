"""The link that signs somebody in once."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from amends.accounts import actions
from amends.events.transaction import write

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A look spends nothing, for programs look at links before people do; the button does."""
    now = timezone.now()
    owner = actions.link_owner(token, now)
    if request.method == "POST":
        with write(now):
            owner = actions.use_link(token, now)
            if owner is not None:
                login(request, owner, backend=BACKEND)
        if owner is not None:
            return redirect("home")
    if owner is None:
        return render(request, "desk/link_expired.html", status=410)
    return render(request, "desk/link.html", {"owner": owner})
