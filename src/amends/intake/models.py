"""What was brought to the door and waits to be taken in, and what could not be, kept with its reason."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amends.accounts.models import Brand
from amends.sources.models import Source


class Inbox(models.Model):
    """A webhook call as it came, from its answer 200 until its posts are stored.

    `headers` and `query` are sealed: some networks put a secret there. `lease_owner` has it in hand until
    `lease_until`; `problem` is why it had to be put off.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="inbox", db_index=False)
    received = models.DateTimeField()
    headers = models.BinaryField(default=b"")
    query = models.BinaryField(default=b"")
    body = models.BinaryField()
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["source", "next_at"], name="inbox_next")]

    def __str__(self) -> str:
        return f"a call of {self.received}"


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
