"""Customers and handles. Posts and cases point to the handle that wrote, so that a merge touches only this room."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amends.accounts.models import Brand


class Customer(models.Model):
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="customers")
    name = models.CharField(max_length=256, blank=True)
    created = models.DateTimeField()

    def __str__(self) -> str:
        return self.name or f"customer {self.pk}"


class Handle(models.Model):
    """An identity on a network, unique by the network's lasting id. What it says of itself is as of `seen`."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="handles", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="handles")
    network = models.CharField(max_length=40)
    external_id = models.CharField(max_length=512)
    name = models.CharField(max_length=256, blank=True)
    display = models.CharField(max_length=256, blank=True)
    followers = models.PositiveBigIntegerField(null=True)
    verified = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)
    avatar = models.TextField(blank=True)
    bio = models.TextField(blank=True)
    seen = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "network", "external_id"], name="handle_once")
        ]

    def __str__(self) -> str:
        return self.display or self.name or self.external_id
