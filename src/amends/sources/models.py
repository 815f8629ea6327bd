"""What we listen to, for what, and what we have really heard."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from amends.accounts.models import Brand


class State(models.TextChoices):
    ACTIVE = "active", _("Listening")
    PAUSED = "paused", _("Paused")
    FAILING = "failing", _("Trying again")
    LOGIN = "login", _("Needs new credentials")
    ENDED = "ended", _("Finished")


LISTENABLE = (State.ACTIVE, State.FAILING)
NOTE = "note"  # in `Source.learned`


class Source(models.Model):
    """A connected account, or an anonymous listener, on one network.

    `learned` is what the server told of itself, given to the channel beside the settings, and under "note" what it told
    the person who connected it; `budget` what is left of its
    rate limit ([limit, left, the instant it is reset]); `hook` the last part of the address that the network calls.
    `checked` is when the server was last asked who we are there and what it can.
    `cursor` is opaque to all but the channel and moves only in the transaction that stores the posts it covers.
    `lease_owner` is the run that listens, until `lease_until`: two never share a source. `rate` is the usual number of
    posts a second. `send_failures` in a row went wrong there on the network's side; nothing is sent before
    `send_after`.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="sources")
    channel = models.CharField(max_length=40)
    label = models.CharField(max_length=160, blank=True)
    settings = models.JSONField(default=dict)
    credentials = models.BinaryField(default=b"")
    learned = models.JSONField(default=dict)
    budget = models.JSONField(null=True)
    hook = models.CharField(max_length=64, unique=True, null=True)
    account_id = models.CharField(max_length=512, blank=True)
    checked = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACTIVE)
    problem = models.TextField(blank=True)
    cursor = models.TextField(blank=True)
    created = models.DateTimeField()
    asked = models.DateTimeField(null=True)
    heard = models.DateTimeField(null=True)
    rate = models.FloatField(default=0.0)
    failures = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    silent_since = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    send_tokens = models.FloatField(default=0.0)
    send_at = models.DateTimeField(null=True)
    send_failures = models.PositiveIntegerField(default=0)
    send_after = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "next_at"], name="source_state_next")]

    def __str__(self) -> str:
        return self.label or self.channel


class Query(models.Model):
    """What to listen for, in the words of `listening`."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="queries")
    name = models.CharField(max_length=120)
    text = models.TextField()
    active = models.BooleanField(default=True)
    created = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class OwnHandle(models.Model):
    """An account of the brand's own on a network: what it writes is an answer, not a complaint."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="own_handles")
    network = models.CharField(max_length=40)
    external_id = models.CharField(max_length=512, blank=True)
    name = models.CharField(max_length=256)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "network", "name"], name="own_handle_once")]

    def __str__(self) -> str:
        return f"@{self.name} on {self.network}"


class Coverage(models.Model):
    """From `start` until `end` this feed of the source was heard without a hole. Between two rows there is a gap."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="coverage")
    feed = models.CharField(max_length=60)
    start = models.DateTimeField()
    end = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["source", "feed", "-end"], name="coverage_newest")]

    def __str__(self) -> str:
        return f"{self.feed} {self.start}..{self.end}"
