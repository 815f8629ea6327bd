"""That there is something to learn, and that what is in use has changed: a row for each brand that taught."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import F, Q

from amends.teaching.models import Lessons
from amends.triage.own import encoder

EVERY = timedelta(minutes=1)  # between two learnings of a brand that nobody asked for


def given(brand_id: int) -> None:
    """Something was said, or taken back: there is more to learn. Within the transaction that says it."""
    Lessons.objects.get_or_create(brand_id=brand_id)
    Lessons.objects.filter(brand_id=brand_id).update(given=F("given") + 1)


def renew(brand_id: int) -> None:
    """What is in use has changed. Within the transaction that changes it."""
    Lessons.objects.update_or_create(brand_id=brand_id, defaults={"edition": uuid4().hex})


def ask(brand_id: int) -> None:
    """Learn as soon as a worker can."""
    Lessons.objects.update_or_create(brand_id=brand_id, defaults={"asked": True})


def due(now: datetime) -> list[int]:
    """The brands that have something to learn, what was asked for first. Another encoder has to be learnt on anew."""
    new = Q(given__gt=F("learnt")) | ~Q(encoder=encoder())
    rested = Q(at=None) | Q(at__lte=now - EVERY)
    rows = Lessons.objects.filter(Q(asked=True) | (new & rested)).order_by("-asked", F("at").asc(nulls_first=True))
    return list(rows.values_list("brand", flat=True))
