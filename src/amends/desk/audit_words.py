"""What the audit holds, in the words of whoever reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amends.accounts import queries as accounts
from amends.accounts.access import Member
from amends.accounts.models import Audit, Role, Team
from amends.cases.models import Priority, Tag
from amends.channels import registry
from amends.desk.words import when
from amends.replies.models import Reply
from amends.sources.models import Query, Source

SENTENCES = {
    ("approve", "reply"): gettext_noop("Sent an answer"),
    ("like", "post"): gettext_noop("Liked a post"),
    ("correct", "post"): gettext_noop("Corrected an answer"),
    ("correct", "reading"): gettext_noop("Corrected what was read of a post: %(reading)s"),
    ("uncorrect", "reading"): gettext_noop("Took back what was said of a post: %(reading)s"),
    ("set_aside", "head"): gettext_noop("Set aside what was learnt: %(reading)s"),
    ("use", "head"): gettext_noop("Used again what was learnt: %(reading)s"),
    ("ask", "learning"): gettext_noop("Asked to learn from the corrections"),
    ("set", "threshold"): gettext_noop("Chose how sure to be: %(reading)s"),
    ("remove", "threshold"): gettext_noop("Told as shipped again: %(reading)s"),
    ("make", "label"): gettext_noop("Made a label: %(reading)s"),
    ("use", "label"): gettext_noop("Used a label again: %(reading)s"),
    ("set_aside", "label"): gettext_noop("Put a label away: %(reading)s"),
    ("answer_by_hand", "reply"): gettext_noop("Noted an answer given on the network itself"),
    ("withdraw", "reply"): gettext_noop("Took an answer back"),
    ("retry", "reply"): gettext_noop("Tried to send an answer again"),
    ("assign", "case"): gettext_noop("Gave the case to %(person)s"),
    ("hand", "case"): gettext_noop("Handed the case to %(team)s"),
    ("set_priority", "case"): gettext_noop("Set the priority: %(priority)s"),
    ("snooze", "case"): gettext_noop("Snoozed the case until %(until)s"),
    ("hold_pending", "case"): gettext_noop("Set the case to wait for the customer"),
    ("resolve", "case"): gettext_noop("Resolved the case"),
    ("reopen", "case"): gettext_noop("Opened the case again"),
    ("note", "case"): gettext_noop("Wrote a note"),
    ("tag", "case"): gettext_noop("Added the tag %(tag)s"),
    ("untag", "case"): gettext_noop("Took off the tag %(tag)s"),
    ("set", "target"): gettext_noop("Promised for %(priority)s: first answer in %(first)s min, next in %(next)s min"),
    ("connect", "source"): gettext_noop("Connected %(source)s"),
    ("change", "source"): gettext_noop("Changed the settings of %(source)s"),
    ("paused", "source"): gettext_noop("Paused %(source)s"),
    ("active", "source"): gettext_noop("Resumed %(source)s"),
    ("remove", "source"): gettext_noop("Disconnected %(source)s"),
    ("import", "source"): gettext_noop("Imported a file: %(source)s"),
    ("make", "query"): gettext_noop("Began to listen for %(query)s"),
    ("remove", "query"): gettext_noop("Stopped listening for a query"),
    ("set", "own_handles"): gettext_noop("Named the brand's own accounts: %(count)s"),
    ("make", "brand"): gettext_noop("Made the brand"),
    ("remove", "brand"): gettext_noop("Removed the brand"),
    ("set", "membership"): gettext_noop("Let %(person)s work here: %(role)s"),
    ("remove", "membership"): gettext_noop("Ended the access of %(person)s"),
    ("make", "team"): gettext_noop("Made the team %(team)s"),
    ("make", "invitation"): gettext_noop("Invited somebody: %(role)s"),
    ("withdraw", "invitation"): gettext_noop("Withdrew an invitation"),
    ("accept", "invitation"): gettext_noop("Accepted an invitation: %(role)s"),
}


@dataclass(frozen=True)
class Names:
    """What ids stand for, where it is still there."""

    people: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[int, str] = field(default_factory=dict)
    tags: Mapping[int, str] = field(default_factory=dict)
    sources: Mapping[int, str] = field(default_factory=dict)
    queries: Mapping[int, str] = field(default_factory=dict)
    cases: Mapping[int, int] = field(default_factory=dict)  # of replies


@dataclass(frozen=True)
class Line:
    """Who did what, when. `case` is its number, where it is about one."""

    at: datetime
    who: str
    what: str
    case: int | None


def lines(member: Member, rows: list[Audit], now: datetime) -> list[Line]:
    """The rows in words."""
    names = _names(member, rows)
    return [
        Line(row.at, names.people.get(row.actor or 0, _("Amends")), told(row, names, now), _case(row, names))
        for row in rows
    ]


def _names(member: Member, rows: Iterable[Audit]) -> Names:
    facts = [row.facts for row in rows]
    people = {row.actor for row in rows if row.actor} | _ids(fact.get("to") for fact in facts)
    replies = _ids(row.thing_id for row in rows if row.thing == "reply")
    brand = member.brand
    return Names(
        people=accounts.names(people | _ids(fact.get("user") for fact in facts)),
        teams=dict(Team.objects.filter(brand=brand).values_list("pk", "name")),
        tags=dict(Tag.objects.filter(brand=brand).values_list("pk", "name")),
        sources=dict(Source.objects.filter(brand=brand).values_list("pk", "label")),
        queries=dict(Query.objects.filter(brand=brand).values_list("pk", "name")),
        cases=dict(Reply.objects.filter(brand=brand, pk__in=replies).values_list("pk", "case_id")),
    )


def _ids(values: Iterable[Any]) -> set[int]:
    return {value for value in values if isinstance(value, int)}


def _case(row: Audit, names: Names) -> int | None:
    if row.thing == "case":
        return row.thing_id
    if row.thing == "reply":
        found = row.facts.get("case") or names.cases.get(row.thing_id or 0)
        return found if isinstance(found, int) else None
    return None


def told(row: Audit, names: Names, now: datetime) -> str:
    """One row in words. A kind that is not known here, from a newer version, is spelt out as it stands."""
    what, facts = (row.verb, row.thing), row.facts
    if what == ("assign", "case") and facts.get("to") in (None, row.actor):
        return _("Took the case") if facts.get("to") else _("Left the case to nobody")
    if what == ("hand", "case") and not facts.get("to"):
        return _("Took the case from its team")
    if what == ("settle", "reply"):
        return _("Found that an answer arrived") if facts.get("arrived") else _("Found that an answer did not arrive")
    if what == ("change", "query"):
        message = _("Changed the query %(query)s") if facts.get("active") else _("Switched off the query %(query)s")
        return message % _values(row, names, now)
    if what in SENTENCES:
        return _(SENTENCES[what]) % _values(row, names, now)
    return _spelt(row)


def _values(row: Audit, names: Names, now: datetime) -> dict[str, object]:
    facts = row.facts
    team = row.thing_id if row.thing == "team" else facts.get("to")
    return {
        "person": names.people.get(_id(facts, "to", "user"), _("somebody who is gone")),
        "team": names.teams.get(team or 0, _("a team that is gone")),
        "tag": names.tags.get(_id(facts, "tag"), _("that is gone")),
        "source": names.sources.get(row.thing_id or 0) or _channel(facts),
        "query": names.queries.get(row.thing_id or 0, _("that is gone")),
        "priority": dict(Priority.choices).get(facts.get("priority", ""), facts.get("priority", "?")),
        "role": dict(Role.choices).get(facts.get("role", ""), facts.get("role", "?")),
        "reading": " ".join(str(facts[key]) for key in ("name", "value", "goal", "amount") if key in facts).replace(
            "_", " "
        )
        or "?",
        "until": _instant(facts.get("until"), now),
        "first": facts.get("first", "?"),
        "next": facts.get("next", "?"),
        "count": facts.get("count", "?"),
    }


def _id(facts: Mapping[str, Any], *keys: str) -> int:
    return next((facts[key] for key in keys if isinstance(facts.get(key), int)), 0)


def _channel(facts: Mapping[str, Any]) -> str:
    entry = registry.channels().get(str(facts.get("channel", "")))
    return entry.manifest.label if entry else _("an account that is gone")


def _instant(value: object, now: datetime) -> str:
    try:
        return when(datetime.fromisoformat(str(value)), now)
    except ValueError:
        return str(value)


def _spelt(row: Audit) -> str:
    words = f"{row.verb} {row.thing}".replace("_", " ").strip()
    facts = ", ".join(f"{key} {value}".replace("_", " ") for key, value in row.facts.items())
    number = "" if row.thing_id is None else f" {row.thing_id}"
    return f"{words[:1].upper()}{words[1:]}{number}" + (f" ({facts})" if facts else "")
