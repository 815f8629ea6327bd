"""How the channels are, in words: what was heard last, what was missed, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amends.accounts.access import Member
from amends.channels import registry
from amends.channels.base import Can
from amends.desk.fields import Field, channel_fields
from amends.desk.networks import label
from amends.desk.words import span, when
from amends.sources import hooks
from amends.sources import queries as sources
from amends.sources.models import Source, State
from amends.sources.queries import Health

GAPS_SHOWN = 5
URGENCY = {"hot": 0, "warn": 1}


@dataclass(frozen=True)
class Hook:
    """Where a channel is called. `alone`: it is heard in no other way; `public`: others reach this site so."""

    address: str
    alone: bool
    public: bool


@dataclass(frozen=True)
class Heard:
    """One connected channel. `tone` is one of "good", "warn", "hot", ""."""

    id: int
    label: str
    channel: str
    state: str
    tone: str
    lines: list[str]
    network: str
    note: str
    problem: str
    to_do: str
    gaps: list[str]
    paused: bool
    fields: list[Field]
    hook: Hook | None
    open: bool
    signs_in: bool


def channels(
    member: Member, now: datetime, wrong_at: int | None, given: Mapping[str, str], wrong: Mapping[str, str]
) -> list[Heard]:
    """Every connected channel, those that need somebody first; the form of `wrong_at` keeps what was `given`, with what
    is `wrong`."""
    rows = {row.pk: row for row in sources.sources(member)}
    told = [
        _heard(one, rows[one.source_id], now, given if one.source_id == wrong_at else None, wrong)
        for one in sources.health(member, now)
        if one.source_id in rows
    ]
    return sorted(told, key=lambda one: URGENCY.get(one.tone, len(URGENCY)))


def _heard(one: Health, row: Source, now: datetime, given: Mapping[str, str] | None, wrong: Mapping[str, str]) -> Heard:
    tone, to_do = _judged(one)
    hook = _hook(row)
    return Heard(
        id=one.source_id,
        label=one.label,
        channel=_where(one),
        state=_("Too quiet") if one.silent and one.state == State.ACTIVE else str(State(one.state).label),
        tone=tone,
        lines=[*_lines(one, row, hook, now), *_limit(row, now)],
        network=one.channel,
        note=one.note,
        problem=one.problem,
        to_do=to_do,
        gaps=[
            _("%(feed)s: nothing from %(start)s to %(end)s")
            % {"feed": feed, "start": when(hole.start, now), "end": when(hole.end, now)}
            for feed, hole in one.gaps[-GAPS_SHOWN:]
        ],
        paused=one.state == State.PAUSED,
        fields=_fields(row, given, wrong),
        hook=hook,
        open=given is not None or one.state == State.LOGIN,
        signs_in=one.state == State.LOGIN and _signs_in(row),
    )


def _where(one: Health) -> str:
    """The network, and who we are there where its name does not say so."""
    network = label(one.channel)
    if not one.account or one.account.casefold() == one.label.casefold():
        return network
    return _("%(network)s as %(account)s") % {"network": network, "account": one.account}


def _hook(row: Source) -> Hook | None:
    if not row.hook:
        return None
    try:
        can = registry.get(row.channel).manifest.can
    except registry.UnknownChannel:
        return None
    return Hook(hooks.address(row), alone=not can & {Can.POLL, Can.STREAM}, public=bool(hooks.public_address(row)))


def _signs_in(row: Source) -> bool:
    try:
        return registry.get(row.channel).login is not None
    except registry.UnknownChannel:
        return False


def _fields(row: Source, given: Mapping[str, str] | None, wrong: Mapping[str, str]) -> list[Field]:
    try:
        entry = registry.get(row.channel)
    except registry.UnknownChannel:
        return []
    return channel_fields(entry, row.settings if given is None else given, {} if given is None else wrong)


def _judged(one: Health) -> tuple[str, str]:
    if one.state == State.LOGIN:
        return "hot", _("Give new credentials below; what was missed is fetched afterwards.")
    if one.state == State.FAILING:
        return "warn", _("It is tried again by itself, and what was missed is fetched.")
    if one.state == State.PAUSED:
        return "", _("Resume when you want to hear it again.")
    if one.silent:
        return "warn", _("It is quieter than usual. Look on the network itself whether there is news.")
    return "good", ""


def _lines(one: Health, row: Source, hook: Hook | None, now: datetime) -> list[str]:
    told = [
        _("last post %(span)s ago") % {"span": span(now - one.heard)} if one.heard else _("no post so far"),
    ]
    if one.asked:
        words = _("last called %(span)s ago") if hook and hook.alone else _("last asked %(span)s ago")
        told.append(words % {"span": span(now - one.asked)})
    if one.covered_since:
        told.append(_("heard since %(when)s") % {"when": when(one.covered_since, now)})
    if one.state == State.FAILING:
        words = ngettext("failed %(number)s time", "failed %(number)s times", row.failures)
        told.append(words % {"number": row.failures})
        if row.next_at > now:
            told.append(_("next try in %(span)s") % {"span": span(row.next_at - now)})
    return told


def _limit(row: Source, now: datetime) -> list[str]:
    """What is left of the network's rate limit, while what it told still holds."""
    if not row.budget or (resets := datetime.fromisoformat(row.budget["resets"])) < now:
        return []
    told = {"left": row.budget["left"], "limit": row.budget["limit"], "span": span(resets - now)}
    return [_("%(left)s of %(limit)s calls left for %(span)s") % told]
