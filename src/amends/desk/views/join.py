"""The link of an invitation to work for a brand."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from amends.accounts.actions import Refused
from amends.accounts.invitations import SignInFirst, accept, invited
from amends.accounts.models import User
from amends.desk.views.sign_in import BACKEND
from amends.events.transaction import write


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """A look accepts nothing and tells nobody whether the address is a user's; the button accepts."""
    now = timezone.now()
    user = request.user if isinstance(request.user, User) else None
    if request.method == "POST":
        try:
            with write(now):
                member = accept(token, user, now)
                if member is not None and user is None:
                    login(request, member.user, backend=BACKEND)
        except SignInFirst:
            here = urlencode({"next": request.path})
            return redirect(f"{reverse('account_login')}?{here}")
        except Refused:  # the page says so
            return redirect(request.path)
        if member is not None:
            return redirect("queue", member.brand.slug)
    invitation = invited(token, now)
    if invitation is None:
        return render(request, "desk/join_expired.html", status=410)
    theirs = user is None or user.email == invitation.email
    return render(request, "desk/join.html", {"invitation": invitation, "visitor": user, "theirs": theirs})
