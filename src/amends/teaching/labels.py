"""Labels that a brand makes for itself: with a name, a description and examples."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.text import slugify
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.audit import record
from amends.accounts.models import Role
from amends.events.transaction import write
from amends.events.types import BrandChanged
from amends.teaching.examples import LONGEST
from amends.teaching.lessons import ask, given, renew
from amends.teaching.models import OwnExample, OwnLabel
from amends.teaching.told import SENTIMENT
from amends.triage.labels import definitions

OF_EACH = 6  # examples with and without
MOST = 1_000  # examples in all
LABELS = 30  # a brand's own


def labels(member: Member) -> QuerySet[OwnLabel]:
    """The brand's own, those put away too, with the number of examples with (`having`) and without. For supervisors:
    404 for others."""
    member.must(Role.SUPERVISOR)
    rows = OwnLabel.objects.filter(brand=member.brand).order_by("-active", "title")
    return rows.annotate(
        having=Count("examples", filter=Q(examples__has=True)), lacking=Count("examples", filter=Q(examples__has=False))
    )


def add(member: Member, title: str, description: str, having: str, lacking: str, now: datetime) -> OwnLabel:
    """A new label, from examples that have it and examples that don't, a line each. It is learnt at once. For
    supervisors. Raises `Refused` for what is missing, and for a name that there is."""
    member.must(Role.SUPERVISOR)
    title, description = " ".join(title.split()), " ".join(description.split())
    if not title or not description or len(title) > 60 or len(description) > 300:
        raise Refused(_("Give a name of at most 60 characters, and say in at most 300 what has this label."))
    with_it, without = _lines(having), _lines(lacking)
    if both := set(with_it) & set(without):
        raise Refused(_("This stands in both lists: “%(text)s”. Take it out of one.") % {"text": min(both)[:60]})
    if len(with_it) < OF_EACH or len(without) < OF_EACH:
        raise Refused(_("Give at least %(number)s examples of each, a line each.") % {"number": OF_EACH})
    if len(with_it) + len(without) > MOST:
        raise Refused(_("Give at most %(number)s examples.") % {"number": MOST})
    with write(now) as tx:
        row = OwnLabel.objects.create(
            brand=member.brand, name=_name(member, title), title=title, description=description, made=now
        )
        OwnExample.objects.bulk_create(
            OwnExample(label=row, text=text, has=has)
            for texts, has in ((with_it, True), (without, False))
            for text in texts
        )
        record(tx, member, "make", "label", row.pk, name=row.name)
        given(member.brand.pk)
        ask(member.brand.pk)
        renew(member.brand.pk)
        tx.tell(member.brand.pk, BrandChanged(what="readings"))
    return row


def put(member: Member, label_id: int, *, active: bool, now: datetime) -> None:
    """Put a label away, or take it out again. What was said with it stays. For supervisors; 404 for none of the
    brand's."""
    member.must(Role.SUPERVISOR)
    with write(now) as tx:
        row = OwnLabel.objects.filter(brand=member.brand, pk=label_id).first()
        if row is None:
            raise Http404
        if row.active == active:
            return
        OwnLabel.objects.filter(pk=row.pk).update(active=active)
        record(tx, member, "use" if active else "set_aside", "label", row.pk, name=row.name)
        given(member.brand.pk)
        ask(member.brand.pk)
        renew(member.brand.pk)
        tx.tell(member.brand.pk, BrandChanged(what="readings"))


def _lines(text: str) -> list[str]:
    """Each line once, in order."""
    return list(dict.fromkeys(one.strip()[:LONGEST] for one in text.splitlines() if one.strip()))


def _name(member: Member, title: str) -> str:
    mine = OwnLabel.objects.filter(brand=member.brand)
    number = mine.count() + 1
    if number > LABELS:
        raise Refused(
            _("There are %(number)s labels of your own. That is as many as there can be.") % {"number": LABELS}
        )
    name = slugify(title)[:40] or f"own-{number}"
    shipped = {definition.title.casefold() for definition in definitions().values()}
    known = name in definitions() or name.replace("-", "_") in definitions() or name == SENTIMENT
    if known or title.casefold() in shipped or mine.filter(Q(name=name) | Q(title=title)).exists():
        raise Refused(_("There is a label of that name. Choose another, or use that one."))
    return name
