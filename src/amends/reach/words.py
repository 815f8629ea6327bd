"""Reasons, spans and large numbers told in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from amends.reach.base import Reason

Translate = Callable[[str], str]
"""Gives a message, with its %(names)s, in another language: gettext's own shape."""


def same(message: str) -> str:
    return message


def tell(reasons: Sequence[Reason], waiting: timedelta, translate: Translate = same, most: int = 4) -> str:
    """The `most` weightiest reasons and the time waited, as in "angry, 40k followers, 12 reshares in 5 minutes,
    waiting 9 minutes". A reason of a code not known here, from a newer version, is left out."""
    told = [text for text in (_one(reason, translate) for reason in reasons) if text][:most]
    if waiting >= timedelta(minutes=1):
        told.append(translate("waiting %(span)s") % {"span": span(waiting, translate)})
    return ", ".join(told)


def number(count: float) -> str:
    """To two or three digits: 950, 1.2k, 40k, 1.2M, 3B."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if round(count) >= size * 0.9995:
            shown = count / size
            return (f"{shown:.1f}".removesuffix(".0") if shown < 9.95 else f"{shown:.0f}") + unit
    return f"{count:.0f}"


def span(time: timedelta, translate: Translate = same) -> str:
    """In the largest unit that is at least one: 45 seconds, 1 minute, 9 minutes, 3 hours, 2 days."""
    seconds = max(int(time.total_seconds()), 0)
    for size, one, many in (
        (86_400, "1 day", "%(n)s days"),
        (3_600, "1 hour", "%(n)s hours"),
        (60, "1 minute", "%(n)s minutes"),
    ):
        if seconds >= size:
            return translate(one) if seconds < 2 * size else translate(many) % {"n": seconds // size}
    return translate("1 second") if seconds == 1 else translate("%(n)s seconds") % {"n": seconds}


_PLAIN = {
    "angry": "angry",
    "upset": "upset",
    "happy": "happy",
    "promoted": "paid to be seen",
    "video": "with a video",
    "verified": "verified account",
    "private": "private message",
    "question": "asks something",
    "addressed": "speaks to us",
    "withdrawn": "deleted by the customer",
    "returned": "our answer did not arrive",
}


def _one(reason: Reason, translate: Translate) -> str:
    match reason:
        case (str(code),) if code in _PLAIN:
            return translate(_PLAIN[code])
        case ("followers", int(count)):
            return translate("%(n)s followers") % {"n": number(count)}
        case ("reshares", int(count)):
            return translate("1 reshare") if count == 1 else translate("%(n)s reshares") % {"n": number(count)}
        case ("reshares", int(count), int(seconds)):
            reshares = _one(("reshares", count), translate)
            within = span(timedelta(seconds=seconds), translate)
            return translate("%(reshares)s in %(span)s") % {"reshares": reshares, "span": within}
        case ("views", int(likely), int(high)):
            return translate("about %(likely)s views, up to %(high)s") % {
                "likely": number(likely),
                "high": number(high),
            }
        case ("stars", int() | float() as stars):
            return translate("1 star") if stars == 1 else translate("%(n)s stars") % {"n": f"{stars:g}"}
        case ("waiting_before", int(count)):
            return (
                translate("wrote once before") if count == 1 else (translate("wrote %(n)s times before") % {"n": count})
            )
        case _:
            return ""
