"""What scripts say, translated here: a script holds no sentence of its own."""

from __future__ import annotations

from django.utils.translation import gettext as _


def script_words() -> dict[str, str]:
    """By the name that the scripts use. `{}` stands for a number or a name."""
    return {
        "left_s": _("{} s left"),
        "left_min": _("{} min left"),
        "left_h": _("{} h left"),
        "left_day": _("{} day left"),
        "left_days": _("{} days left"),
        "over_s": _("{} s over"),
        "over_min": _("{} min over"),
        "over_h": _("{} h over"),
        "over_day": _("{} day over"),
        "over_days": _("{} days over"),
        "new_one": _("1 new"),
        "new_many": _("{} new"),
        "new_lots": _("{}+ new"),
        "newer": _("New below"),
        "saving": _("Saving"),
        "saved": _("Saved"),
        "kept": _("Kept on this device"),
        "signed_out": _(
            "You are signed out. What you wrote is kept on this device: sign in again in another tab, then go on here."
        ),
        "unreachable": _("The server can't be reached. Try again in a moment."),
        "unreachable_kept": _(
            "The server can't be reached. What you wrote is kept on this device; try again in a moment."
        ),
        "too_large": _("That is too large to be sent: make it smaller, or send a link."),
        "failed": _("That did not work ({}). Reload the page; what you wrote is kept."),
        "offline": _("Connection lost. Trying again."),
        "dismiss": _("Close"),
        "sign_in": _("Sign in"),
        "undo": _("Undo"),
        "left_of": _("{} of {}"),
        "here": _("{} is here"),
        "typing": _("{} is writing an answer"),
        "nobody": _("Nobody else is here"),
        "in_public": _("In public"),
        "in_private": _("In private"),
        "copied": _("Copied"),
        "restored": _("What you had begun to write is back."),
    }
