"""Corrections: what somebody said of a post, beside what was read of it; and what they lead to: heads that a brand
learnt, and thresholds that it chose."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amends.accounts.models import Brand, User
from amends.conversations.models import Post


class Correction(models.Model):
    """Somebody said what a post is. `name` is "sentiment" or a label; `value` a feeling, or "yes" or "no".

    `verdict` is what was told before: a feeling, "yes", "no" or "unsure"; `told` the probability behind it, null where
    none was kept; `depth` how thoroughly the post had been read. A later correction takes the place of an earlier one.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="corrections")
    post = models.ForeignKey(Post, models.CASCADE, related_name="corrections", db_index=False)
    name = models.CharField(max_length=40)
    value = models.CharField(max_length=8)
    verdict = models.CharField(max_length=8)
    told = models.FloatField(null=True)
    depth = models.CharField(max_length=4, blank=True)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["post", "name"], name="correction_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.post_id}: {self.value}"


class BrandHead(models.Model):
    """What a brand's corrections taught about one name. `head` is a `triage.own.OwnHead` as MessagePack, empty where
    there is too little to learn from; `measured` a `triage.own.Measured`, null then; `corrections` those it learnt
    from. It is used where it is `believed`, since enough shows that it is better, unless a person set it `aside`;
    what it tells is told only as a doubt where it is `doubted`."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="heads", db_index=False)
    name = models.CharField(max_length=40)
    head = models.BinaryField()
    measured = models.JSONField(null=True)
    corrections = models.PositiveIntegerField()
    made = models.DateTimeField()
    believed = models.BooleanField()
    aside = models.BooleanField(default=False)
    doubted = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "name"], name="brand_head_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.brand_id}: {self.state}"

    @property
    def state(self) -> str:
        """ "used", "waiting" or "set aside"."""
        if self.aside:
            return "set aside"
        return "used" if self.believed else "waiting"


class Lessons(models.Model):
    """How far a brand has learnt. `given` counts what was said so far, `learnt` how much of it was known at the last
    learning, which began `at`, with the features of `encoder`; `asked`: somebody wants it now. `edition` is another
    whenever what is in use has changed."""

    brand = models.OneToOneField(Brand, models.CASCADE, primary_key=True, related_name="lessons")
    given = models.PositiveBigIntegerField(default=0)
    learnt = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField(null=True)
    encoder = models.CharField(max_length=32, blank=True)
    asked = models.BooleanField(default=False)
    edition = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return f"{self.learnt} of {self.given}"


class Goal(models.TextChoices):
    """What a label's threshold is chosen by: how many may be missed, one in so many, or how many false alarms a day
    there may be."""

    MISS = "miss"
    ALARMS = "alarms"


class BrandThreshold(models.Model):
    """From which probability on a label is told at a brand, and by which `goal` and `amount` somebody chose it."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="thresholds", db_index=False)
    name = models.CharField(max_length=40)
    goal = models.CharField(max_length=6, choices=Goal.choices)
    amount = models.PositiveIntegerField()
    no = models.FloatField()
    yes = models.FloatField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "name"], name="brand_threshold_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.brand_id}: {self.goal} {self.amount}"


class OwnLabel(models.Model):
    """A label that a brand made for itself. `name` is none that ships; without being `active` it is neither learnt nor
    told."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="own_labels", db_index=False)
    name = models.SlugField(max_length=40, db_index=False)
    title = models.CharField(max_length=60)
    description = models.CharField(max_length=300)
    made = models.DateTimeField()
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "name"], name="own_label_once")]

    def __str__(self) -> str:
        return self.title


class OwnExample(models.Model):
    """A text that somebody gave with a label of the brand's own, and whether it has it."""

    label = models.ForeignKey(OwnLabel, models.CASCADE, related_name="examples")
    text = models.CharField(max_length=1000)
    has = models.BooleanField()

    def __str__(self) -> str:
        return self.text[:60]
