"""Corrections: what somebody said of a post, beside what was read of it."""

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
