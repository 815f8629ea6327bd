"""The table of events: seven days of them, ids in commit order."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Event(models.Model):
    """One thing that happened. `brand` is a plain number, since nothing down here knows of brands; 0 means none."""

    id = models.BigAutoField(primary_key=True)
    brand = models.BigIntegerField()
    data = models.TextField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["brand", "id"], name="event_brand_id")]

    def __str__(self) -> str:
        return f"{self.pk} {self.data}"
