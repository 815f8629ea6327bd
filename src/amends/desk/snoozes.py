"""Until when a case may be put aside, in the reader's own day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from amends.accounts.actions import Refused
from amends.desk.words import when

MORNING = 9


def snoozes(now: datetime) -> list[tuple[str, str, str]]:
    """What is offered: (the instant for the form, the label, when that is). "This evening" only while it is far off."""
    local = timezone.localtime(now)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    evening = morning.replace(hour=18)
    choices = [(_("One hour"), now + timedelta(hours=1)), (_("Three hours"), now + timedelta(hours=3))]
    if evening - local > timedelta(hours=1):
        choices.append((_("This evening"), evening))
    choices.append((_("Tomorrow"), morning + timedelta(days=1)))
    if local.weekday() != 6:  # on Sundays that is tomorrow
        choices.append((_("Monday"), morning + timedelta(days=7 - local.weekday())))
    return [(at.isoformat(timespec="minutes"), label, clock(at, now)) for label, at in choices]


def clock(at: datetime, now: datetime) -> str:
    """The time today, the weekday otherwise."""
    local = timezone.localtime(at)
    return when(at, now) if local.date() == timezone.localtime(now).date() else f"{local:%a %H:%M}"


def until(given: str) -> datetime:
    """What a form said: an instant with its zone, or a time on the reader's own clock. Raises `Refused`."""
    try:
        at = parse_datetime(given)
    except ValueError:
        at = None
    if at is None:
        raise Refused(_("Say until when, such as 2030-01-31 09:00."))
    return at if timezone.is_aware(at) else timezone.make_aware(at)
