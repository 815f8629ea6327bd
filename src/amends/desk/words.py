"""Instants, spans and counts in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from amends.reach.words import span as in_words
from amends.reach.words import tell


def when(instant: datetime, now: datetime) -> str:
    """As short as it can be told: the time today, the weekday this week, the date before."""
    local, today = timezone.localtime(instant), timezone.localtime(now)
    clock = f"{local:%H:%M}"
    days = (today.date() - local.date()).days
    if days == 0:
        return clock
    if days == 1:
        return _("yesterday %(time)s") % {"time": clock}
    if 1 < days < 7:
        return f"{formats.date_format(local, 'D')} {clock}"
    if local.year == today.year:
        return f"{formats.date_format(local, 'j M')} {clock}"
    return formats.date_format(local, "j M Y")


def full(instant: datetime) -> str:
    """With weekday, seconds and zone."""
    return formats.date_format(timezone.localtime(instant), "l, j F Y, H:i:s T")


BRIEF = {
    "1 second": gettext_noop("1 s"),
    "%(n)s seconds": gettext_noop("%(n)s s"),
    "1 minute": gettext_noop("1 min"),
    "%(n)s minutes": gettext_noop("%(n)s min"),
    "1 hour": gettext_noop("1 h"),
    "%(n)s hours": gettext_noop("%(n)s h"),
}


def span(length: timedelta) -> str:
    """One unit, as in the sentences of `why`, but briefly: "40 s", "41 min", "3 h", "2 days"."""
    return in_words(length, lambda message: _(BRIEF.get(message, message)))


def short(number: float) -> str:
    """A count at a glance: 950, 3.8k, 40k, 1.2M."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            value = number / size
            return f"{value:.0f}{unit}" if value >= 10 or value == int(value) else f"{value:.1f}{unit}"
    return f"{number:.0f}"


def stars(number: float | None) -> str:
    """Of five: "2 of 5 stars". Nothing for what is no review."""
    return "" if number is None else _("%(number)s of 5 stars") % {"number": f"{number:g}"}


def counted(likes: int | None, reshares: int | None, replies: int | None, views: int | None) -> str:
    """Engagement that is worth telling: "3.8k views, 212 reshares, 61 replies". Nothing for what is zero or unknown."""
    told = []
    if views:
        told.append(ngettext("%(number)s view", "%(number)s views", views) % {"number": short(views)})
    if reshares:
        told.append(ngettext("%(number)s reshare", "%(number)s reshares", reshares) % {"number": short(reshares)})
    if replies:
        told.append(ngettext("%(number)s reply", "%(number)s replies", replies) % {"number": short(replies)})
    if likes:
        told.append(ngettext("%(number)s like", "%(number)s likes", likes) % {"number": short(likes)})
    return ", ".join(told)


def why(reasons: Sequence[Sequence[str | int | float]], waiting: timedelta) -> str:
    """Why a case stands where it stands: "angry, 40k followers, waiting 9 minutes"."""
    return tell([tuple(reason) for reason in reasons], waiting, _)


def clock(due: datetime, now: datetime) -> tuple[str, bool]:
    """How long until the promised answer, or since: ("24 min left", False), ("6 min over", True)."""
    left = due - now
    if left < timedelta(0):
        return _("%(span)s over") % {"span": span(-left)}, True
    return _("%(span)s left") % {"span": span(left)}, False
