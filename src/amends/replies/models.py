"""Drafts and replies. A reply is its own outbox row."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from amends.accounts.models import Brand, User
from amends.cases.models import Case
from amends.channels.base import Act
from amends.conversations.models import Post
from amends.sources.models import Source


class How(models.TextChoices):
    """In which of the ways that a network offers somebody answers."""

    REPLY = "reply", _("As the post was written")
    PRIVATE = "private", _("To its author alone")
    QUOTE = "quote", _("In a post of our own that quotes it")


class Draft(models.Model):
    """What somebody has begun to write on a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="drafts")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    text = models.TextField()
    to = models.ForeignKey(Post, models.SET_NULL, null=True, related_name="+")
    how = models.CharField(max_length=8, choices=How.choices, default=How.REPLY)
    updated = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "user"], name="one_draft")]

    def __str__(self) -> str:
        return self.text[:60]


class Upload(models.Model):
    """A file on its way to a customer: beside its writer's draft until the reply that takes it along is approved, and
    gone when that stands."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    reply = models.ForeignKey("Reply", models.CASCADE, null=True, related_name="files")
    name = models.CharField(max_length=255)
    mime = models.CharField(max_length=100)
    alt = models.TextField(blank=True)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    created = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "user"], name="upload_case_user")]

    def __str__(self) -> str:
        return self.name

    @property
    def pictured(self) -> bool:
        """Whether there is something to be seen, which not everybody can."""
        return self.mime.startswith(("image/", "video/"))


class State(models.TextChoices):
    """queued -> sending -> sent | failed | uncertain; an uncertain one is looked up, or decided by a person."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    UNCERTAIN = "uncertain", _("Uncertain")


class Reply(models.Model):
    """An approved reply, fixed: `outgoing` holds the whole `channels.base.Outgoing` that every attempt sends. A like
    and a correction of what we wrote (`act`) leave by the same door."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="replies")
    case = models.ForeignKey(Case, models.CASCADE, related_name="replies")
    to = models.ForeignKey(Post, models.RESTRICT, related_name="+")
    source = models.ForeignKey(Source, models.RESTRICT, related_name="replies")
    author = models.ForeignKey(User, models.PROTECT, related_name="replies")
    act = models.CharField(max_length=8, default=Act.REPLY.value)
    text = models.TextField()
    outgoing = models.BinaryField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    problem = models.TextField(blank=True)
    key = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    created = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    expires = models.DateTimeField()
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    sent = models.DateTimeField(null=True)
    post = models.OneToOneField(Post, models.SET_NULL, null=True, related_name="reply")

    class Meta:
        verbose_name_plural = "replies"
        indexes: ClassVar = [
            models.Index(
                fields=["state", "next_at"],
                name="reply_outbox",
                condition=models.Q(state__in=["queued", "sending", "uncertain"]),
            ),
            models.Index(fields=["case", "created"], name="reply_case"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
