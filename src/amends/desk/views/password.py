"""Passwords changed, chosen and reset by allauth; whoever was signed in with the old one is told at once."""

from __future__ import annotations

from typing import Any

from allauth.account import views
from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone

from amends.accounts.actions import end_sessions
from amends.events.transaction import write


class SignIn(views.LoginView):  # type: ignore[misc]  # allauth has no types
    template_name = "desk/sign_in.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Nobody need be told that they have signed in: they see it."""
        response: HttpResponse = super().form_valid(form)
        list(messages.get_messages(self.request))
        return response


class _EndsSessions:
    """The change of the password and the word that ends open streams, in one transaction."""

    def form_valid(self, form: Any) -> HttpResponse:
        now = timezone.now()
        with write(now):
            response: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # allauth's view stands behind
            end_sessions(form.user, now)
        return response


class Change(_EndsSessions, views.PasswordChangeView):  # type: ignore[misc]
    template_name = "desk/password.html"


class Set(_EndsSessions, views.PasswordSetView):  # type: ignore[misc]
    template_name = "desk/password.html"


class Reset(_EndsSessions, views.PasswordResetFromKeyView):  # type: ignore[misc]
    template_name = "desk/reset_form.html"
