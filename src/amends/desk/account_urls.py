"""allauth's pages that we use, in our own clothes; the others are not there."""

from __future__ import annotations

from allauth.account import views
from django.urls import path, re_path

from amends.desk.views import password

urlpatterns = [
    path("login/", password.SignIn.as_view(), name="account_login"),
    path("logout/", views.LogoutView.as_view(template_name="desk/sign_out.html"), name="account_logout"),
    path("inactive/", views.AccountInactiveView.as_view(template_name="desk/inactive.html"), name="account_inactive"),
    path("password/change/", password.Change.as_view(), name="account_change_password"),
    path("password/set/", password.Set.as_view(), name="account_set_password"),
    path(
        "password/reset/",
        views.PasswordResetView.as_view(template_name="desk/reset.html"),
        name="account_reset_password",
    ),
    path(
        "password/reset/done/",
        views.PasswordResetDoneView.as_view(template_name="desk/reset_sent.html"),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        password.Reset.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.PasswordResetFromKeyDoneView.as_view(template_name="desk/reset_done.html"),
        name="account_reset_password_from_key_done",
    ),
]
