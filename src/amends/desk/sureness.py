"""How sure to be, and how much better a head is, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amends.desk.readings import percent
from amends.desk.taught import Labels, title
from amends.teaching.models import BrandHead, BrandThreshold, Goal
from amends.teaching.sureness import Preview
from amends.teaching.told import NAMESAKE, Thresholds
from amends.triage.consequence import Coverage
from amends.triage.own import DOZEN, FEWEST


@dataclass(frozen=True)
class Level:
    """From when on a label is told, and why from there."""

    name: str
    title: str
    since: str
    by: str


def levels(thresholds: Thresholds, chosen: Mapping[str, BrandThreshold], labels: Labels) -> list[Level]:
    """Each label that is told at any depth."""
    found = {name: one.yes for of in thresholds.values() for name, one in of.items()}
    return [
        Level(name, title(name, labels), since(yes), goal(chosen[name]) if name in chosen else _("As shipped"))
        for name, yes in found.items()
    ]


def since(yes: float) -> str:
    """From which probability on."""
    return _("never") if yes > 1 else percent(yes)


def goal(row: BrandThreshold) -> str:
    return in_words(row.goal, row.amount)


def in_words(what: str, amount: int) -> str:
    """ "Miss at most 1 in 20"."""
    if what == Goal.MISS:
        return _("Miss at most 1 in %(amount)s") % {"amount": amount}
    many = ngettext("At most %(amount)s false alarm a day", "At most %(amount)s false alarms a day", amount)
    return many % {"amount": amount}


def a_day(number: float) -> str:
    """So many, as one would say it."""
    if number >= 10:
        return f"{number:.0f}"
    return _("fewer than 0.1") if 0 < number < 0.1 else f"{number:.1f}"


@dataclass(frozen=True)
class Row:
    """One threshold in a comparison."""

    title: str
    since: str
    told: str
    alarms: str
    missed: str
    sure: str
    right: str


def rows(*previews: tuple[str, Preview]) -> list[Row]:
    """What follows from each, side by side."""
    return [
        Row(
            title=title_,
            since=since(one.threshold.yes),
            told=a_day(one.effect.told) if one.effect else "-",
            alarms=a_day(one.effect.alarms) if one.effect else "-",
            missed=_("%(share)s of 100") % {"share": round(100 * one.effect.missed)} if one.effect else "-",
            sure=_told(one.coverage),
            right=_right(one.coverage),
        )
        for title_, one in previews
    ]


def _told(of: Coverage) -> str:
    """Counted: a share of three posts says little, and does not look it."""
    return _so_many(round(of.told * of.posts), of.posts)


def _right(of: Coverage) -> str:
    told = round(of.told * of.posts)
    return _so_many(round(of.right * told), told)


def _so_many(number: int, of: int) -> str:
    return _("%(number)s of %(all)s") % {"number": number, "all": of} if of else "-"


@dataclass(frozen=True)
class Learnt:
    """A head in words. `can` is what a person can do with it: "set_aside", "use", or nothing yet."""

    name: str
    title: str
    corrections: int
    before: str
    after: str
    gain: str
    state: str
    can: str


def learnt(heads: Sequence[BrandHead], labels: Labels) -> list[Learnt]:
    return [
        Learnt(
            name=row.name,
            title=title(row.name, labels),
            corrections=row.corrections,
            before=_of_100(row.measured, "shipped_right"),
            after=_of_100(row.measured, "right"),
            gain=_gain(row),
            state=_state(row),
            can="use" if row.aside else "set_aside" if row.believed else "",
        )
        for row in heads
    ]


def _of_100(measured: Mapping[str, Any] | None, key: str) -> str:
    return f"{100 * measured[key]:.0f}" if measured else "-"


def _gain(row: BrandHead) -> str:
    """The interval in words."""
    if not row.measured:
        return _("Too few to measure, or all say the same. From %(dozen)s on it is measured.") % {"dozen": DOZEN}
    low, high = round(100 * row.measured["low"]), round(100 * row.measured["high"])
    if low >= 0:
        return _("Between %(low)s and %(high)s of 100 more are right.") % {"low": low, "high": high}
    if high <= 0:
        return _("Between %(low)s and %(high)s of 100 fewer are right.") % {"low": -high, "high": -low}
    return _("Between %(low)s of 100 fewer and %(high)s more are right.") % {"low": -low, "high": high}


def _state(row: BrandHead) -> str:
    if row.aside:
        return _("Set aside")
    if row.believed:
        return (
            _("Used, as a doubt until %(least)s corrections show it") % {"least": FEWEST} if row.doubted else _("Used")
        )
    least = DOZEN if row.name == NAMESAKE or row.doubted else FEWEST  # what ships with nothing to compare with
    if row.corrections < least:
        return _("Waits: %(number)s of %(least)s corrections") % {"number": row.corrections, "least": least}
    return _("Waits: not shown to be better yet")
