"""What could not be taken in, kept with its reason."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amends.accounts.models import Brand
from amends.sources.models import Source


class Quarantined(models.Model):
    """One item that could not be read, once by its content."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="quarantined")
    source = models.ForeignKey(Source, models.CASCADE, null=True, related_name="quarantined")
    digest = models.CharField(max_length=64)
    reason = models.TextField()
    raw = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "digest"], name="quarantined_once")]

    def __str__(self) -> str:
        return self.reason[:80]
