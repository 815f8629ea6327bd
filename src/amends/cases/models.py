"""Cases and what people add to them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from amends.accounts.models import Brand, Team, User
from amends.conversations.models import Conversation, Post
from amends.people.models import Handle


class State(models.TextChoices):
    OPEN = "open", _("Open")
    PENDING = "pending", _("Waiting for the customer")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")


class Priority(models.TextChoices):
    URGENT = "urgent", _("Urgent")
    HIGH = "high", _("High")
    NORMAL = "normal", _("Normal")
    LOW = "low", _("Low")


class Case(models.Model):
    """One customer's matter; it may span several conversations.

    `answer_by` is its place in the queue: an instant, changed when something happens and never by the passing of time.
    `due` is what the service target asks: the first response until `answered` is set, the next one after; None while
    the customer does not wait. `waiting` is since when, `unanswered` the posts that wait, as `state.Asked`. `post` is
    the customer's newest, which lists show; `loudest` the one that does most harm unanswered: `harm` is its own,
    `reasons` and the place are the case's because of it. `version` rises with every change.
    """

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="cases", db_index=False)
    handle = models.ForeignKey(Handle, models.CASCADE, related_name="cases", db_index=False)
    post = models.ForeignKey(Post, models.SET_NULL, null=True, related_name="+", db_index=False)
    loudest = models.ForeignKey(Post, models.SET_NULL, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    harm = models.FloatField(default=0.0)
    reasons = models.JSONField(default=list)
    answer_by = models.DateTimeField()
    waiting = models.DateTimeField(null=True)
    due = models.DateTimeField(null=True)
    breached = models.BooleanField(default=False)
    answered = models.DateTimeField(null=True)
    opened = models.DateTimeField()
    latest = models.DateTimeField()
    resolved = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    unanswered = models.JSONField(default=list)
    praise = models.BooleanField(default=False)
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="cases", db_index=False)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="cases", db_index=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["brand", "state", "answer_by", "id"], name="case_queue"),
            models.Index(fields=["brand", "assignee", "state", "answer_by"], name="case_mine"),
            models.Index(fields=["handle", "-opened"], name="case_handle"),
            models.Index(fields=["due"], name="case_due", condition=models.Q(due__isnull=False, breached=False)),
            # Each holds all that its count asks for, so that no row is fetched.
            models.Index(fields=["brand", "state", "due"], name="case_late", condition=models.Q(due__isnull=False)),
            models.Index(
                fields=["brand", "state", "waiting"], name="case_longest", condition=models.Q(waiting__isnull=False)
            ),
            models.Index(
                fields=["brand", "praise", "state", "answer_by"], name="case_praise", condition=models.Q(praise=True)
            ),
            models.Index(fields=["snoozed_until"], name="case_wake", condition=models.Q(state="snoozed")),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class CaseThread(models.Model):
    """A conversation in which a case lives. `open` mirrors the case's state so that the database itself can promise
    one open case for a handle in a conversation."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="threads", db_index=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="threads", db_index=False)
    handle = models.ForeignKey(Handle, models.CASCADE, related_name="+", db_index=False)
    open = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "handle"], name="one_open_case", condition=models.Q(open=True)
            ),
            models.UniqueConstraint(fields=["case", "conversation"], name="case_conversation_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["conversation", "handle"], name="thread_conversation_handle")]

    def __str__(self) -> str:
        return f"{self.case_id} in {self.conversation_id}"


class Note(models.Model):
    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    text = models.TextField()
    created = models.DateTimeField()
    mentions = models.ManyToManyField(User, related_name="mentions", blank=True)

    def __str__(self) -> str:
        return self.text[:60]


class Tag(models.Model):
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=60)
    cases = models.ManyToManyField(Case, related_name="tags")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("brand", Lower("name"), name="tag_once")]

    def __str__(self) -> str:
        return self.name


class Presence(models.Model):
    """Who has a case open, and who is typing: true for a short while after `at`."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="present")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    typing = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "user"], name="present_once")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.case_id}"


class Target(models.Model):
    """The brand's promise for a priority: minutes until the first and until each next response, around the clock."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="targets")
    priority = models.CharField(max_length=8, choices=Priority.choices)
    first = models.PositiveIntegerField()
    next = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "priority"], name="target_once")]

    def __str__(self) -> str:
        return f"{self.priority}: {self.first}/{self.next} min"
