"""How sure to be before a label is told: chosen by what follows from it, on the brand's own posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.db.models.functions import Left
from django.http import Http404
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.audit import record
from amends.accounts.models import Role
from amends.conversations.models import Post
from amends.events.transaction import write
from amends.events.types import BrandChanged
from amends.teaching.lessons import renew
from amends.teaching.models import BrandThreshold, Goal
from amends.teaching.own import own
from amends.teaching.queries import holding
from amends.triage.consequence import Consequences, Coverage, Effect, coverage
from amends.triage.decide import Threshold, Verdict

LONG = timedelta(days=28)
MOST = 20_000  # posts looked at, the newest
FEWEST = 50  # posts that might have the label, from which something can be told of a day
SHOWN = 6  # posts on either side of the line
LARGEST = 1_000  # one in so many, or so many a day


@dataclass(frozen=True)
class Sample:
    """A post near the line, as far as it is shown."""

    id: int
    chance: float
    text: str


class Looked(NamedTuple):
    """The posts of the last weeks that might have a label, and in how many days they came."""

    posts: list[Sample]
    days: float


@dataclass(frozen=True)
class Preview:
    """What follows from a threshold. `effect` is None where `posts` that might have the label are too few to tell."""

    threshold: Threshold
    posts: int
    days: float
    effect: Effect | None
    above: list[Sample]
    below: list[Sample]
    coverage: Coverage


def chosen(member: Member) -> dict[str, BrandThreshold]:
    """What was chosen, by label. For supervisors: 404 for others."""
    member.must(Role.SUPERVISOR)
    return {row.name: row for row in BrandThreshold.objects.filter(brand=member.brand).select_related("by")}


def shipped_threshold(member: Member, name: str) -> Threshold:
    """The threshold where nobody chose one. 404 for a label that is not told at the brand."""
    member.must(Role.SUPERVISOR)
    for of in reversed(list(own(member.brand.pk).unchosen.values())):
        if name in of:
            return of[name]
    raise Http404


def preview(member: Member, name: str, goal: str, amount: int, looked: Looked) -> Preview:
    """What would follow from a goal: "" shows what ships. Raises `Refused` for one that makes no sense, or with which
    nothing can be done since too few posts came."""
    ships = shipped_threshold(member, name)
    consequences = Consequences([one.chance for one in looked.posts], looked.days)
    if goal:
        _check(goal, amount)
        if len(looked.posts) < FEWEST:
            raise Refused(_("Too few posts came to choose by. It stays as shipped until there are more."))
    yes = _threshold(consequences, goal, amount) if goal else ships.yes
    return _weighed(member, name, Threshold(min(ships.no, yes), yes), looked)


def _weighed(member: Member, name: str, threshold: Threshold, looked: Looked) -> Preview:
    """What follows from a threshold over these posts, and what people's corrections say of it."""
    posts, days = looked
    enough = len(posts) >= FEWEST
    by_chance = sorted(posts, key=lambda one: one.chance)
    above = [one for one in by_chance if one.chance >= threshold.yes][:SHOWN]
    below = [one for one in by_chance if one.chance < threshold.yes][-SHOWN:][::-1]
    rows = list(holding(member.brand).filter(name=name).values_list("told", "value"))
    right = coverage([told or 0.0 for told, _ in rows], [value == Verdict.YES for _, value in rows], threshold)
    effect = Consequences([one.chance for one in posts], days).at(threshold.yes) if enough else None
    return Preview(threshold, len(posts), days, effect, _worded(above), _worded(below), right)


def now_told(member: Member, name: str, looked: Looked) -> Preview:
    """What follows from the threshold as it is now."""
    shipped_threshold(member, name)
    thresholds = own(member.brand.pk).thresholds
    current = next(of[name] for of in reversed(list(thresholds.values())) if name in of)
    return _weighed(member, name, current, looked)


def set_goal(member: Member, name: str, goal: str, amount: int, now: datetime) -> None:
    """Have the label told from the probability on that follows from the goal. For supervisors. Raises `Refused` as
    `preview` does."""
    found = preview(member, name, goal, amount, look(member, name, now)).threshold
    with write(now) as tx:
        row, _made = BrandThreshold.objects.update_or_create(
            brand=member.brand,
            name=name,
            defaults={
                "goal": goal, "amount": amount, "no": found.no, "yes": found.yes, "by": member.user, "at": now,
            },
        )  # fmt: skip
        record(tx, member, "set", "threshold", row.pk, name=name, goal=goal, amount=amount)
        renew(member.brand.pk)
        tx.tell(member.brand.pk, BrandChanged(what="readings"))


def remove_goal(member: Member, name: str, now: datetime) -> None:
    """Back to the threshold that ships. For supervisors."""
    member.must(Role.SUPERVISOR)
    with write(now) as tx:
        gone, _each = BrandThreshold.objects.filter(brand=member.brand, name=name).delete()
        if gone:
            record(tx, member, "remove", "threshold", name=name)
            renew(member.brand.pk)
            tx.tell(member.brand.pk, BrandChanged(what="readings"))


def _check(goal: str, amount: int) -> None:
    if goal not in Goal.values:
        raise Refused(_("Choose what matters more: that little is missed, or that there are few false alarms."))
    least = 2 if goal == Goal.MISS else 1
    if not least <= amount <= LARGEST:
        raise Refused(_("Give a number from %(least)s to %(most)s.") % {"least": least, "most": LARGEST})


def _threshold(of: Consequences, goal: str, amount: int) -> float:
    return of.miss_at_most(1 / amount) if goal == Goal.MISS else of.alarms_at_most(amount)


def look(member: Member, name: str, now: datetime) -> Looked:
    """At the newest posts, of four weeks at most. For supervisors: 404 for others."""
    member.must(Role.SUPERVISOR)
    theirs = Post.objects.filter(Q(created__gte=now - LONG), brand=member.brand, ours=False, deleted=None)
    rows = list(theirs.exclude(depth="").order_by("-pk").values_list("pk", "labels", "created")[:MOST])
    found = [Sample(pk, labels[name], "") for pk, labels, _ in rows if name in labels]
    first = min((created for *_, created in rows), default=now)
    return Looked(found, max((now - first) / timedelta(days=1), 1.0))


def _worded(samples: list[Sample]) -> list[Sample]:
    words = dict(Post.objects.filter(pk__in=[one.id for one in samples]).values_list("pk", Left("text", 200)))
    return [Sample(one.id, one.chance, words.get(one.id, "")) for one in samples]
