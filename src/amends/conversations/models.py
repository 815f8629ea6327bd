"""Conversations, posts, and what is kept about a post over time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from amends.accounts.models import Brand
from amends.people.models import Handle
from amends.sources.models import Source


class Conversation(models.Model):
    """A network's thread, a channel of direct messages or a mail thread, unique by the id of its root."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="conversations", db_index=False)
    network = models.CharField(max_length=40)
    external_id = models.CharField(max_length=512)
    visibility = models.CharField(max_length=8)
    subject = models.TextField(blank=True)
    started = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "network", "external_id"], name="conversation_once")
        ]

    def __str__(self) -> str:
        return self.subject or self.external_id


class Post(models.Model):
    """One post, unique by the network's global id. `created` is the network's claim, `seen` is ours. A deleted one
    stays as a row without its words. `labels` holds the probabilities of what triage reads in it, as far as they are
    worth telling; `depth` how thoroughly it was read, "" where it was not; `deepen` that there was no time for more."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="posts", db_index=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="posts", db_index=False)
    handle = models.ForeignKey(Handle, models.CASCADE, related_name="posts", db_index=False)
    network = models.CharField(max_length=40)
    external_id = models.CharField(max_length=512)
    parent = models.CharField(max_length=512, blank=True)
    kind = models.CharField(max_length=8)
    visibility = models.CharField(max_length=8)
    text = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    lang = models.CharField(max_length=16, blank=True)
    created = models.DateTimeField()
    seen = models.DateTimeField()
    edited = models.DateTimeField(null=True)
    stamp = models.BigIntegerField(default=0)
    deleted = models.DateTimeField(null=True)
    url = models.TextField(blank=True)
    promoted = models.BooleanField(default=False)
    addressed = models.BooleanField(default=False)
    ours = models.BooleanField(default=False)
    stars = models.FloatField(null=True)
    media = models.JSONField(default=list)
    folded = models.TextField(blank=True)
    warning = models.CharField(max_length=300, blank=True)
    unanswerable = models.CharField(max_length=300, blank=True)
    context = models.TextField(blank=True)
    negative = models.FloatField(default=0.0)
    positive = models.FloatField(default=0.0)
    intensity = models.FloatField(default=0.0)
    marks = models.JSONField(default=list)
    labels = models.JSONField(default=dict)
    emotion = models.CharField(max_length=16, blank=True)
    depth = models.CharField(max_length=4, blank=True)
    deepen = models.BooleanField(default=False)
    likes = models.PositiveBigIntegerField(null=True)
    reshares = models.PositiveBigIntegerField(null=True)
    replies = models.PositiveBigIntegerField(null=True)
    quotes = models.PositiveBigIntegerField(null=True)
    views = models.PositiveBigIntegerField(null=True)
    counted = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "network", "external_id"], name="post_once")]
        indexes: ClassVar = [
            models.Index(fields=["conversation", "created"], name="post_conversation_created"),
            models.Index(fields=["handle", "-created"], name="post_handle_created"),
            models.Index(fields=["-created"], condition=models.Q(deepen=True), name="post_deepen"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Tombstone(models.Model):
    """A deletion heard of a post that is not here (yet): if the post comes late, it stays away. Kept for a while."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+", db_index=False)
    network = models.CharField(max_length=40)
    external_id = models.CharField(max_length=512)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "network", "external_id"], name="tombstone_once")
        ]

    def __str__(self) -> str:
        return self.external_id


class Sighting(models.Model):
    """This source showed us this post, for these queries: notifications, search and a stream may all bring it."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="sightings", db_index=False)
    source = models.ForeignKey(Source, models.CASCADE, related_name="+", db_index=False)
    queries = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["post", "source"], name="sighting_once")]

    def __str__(self) -> str:
        return f"{self.post_id} seen by {self.source_id}"


class Attachment(models.Model):
    """A file that came with a post. One larger than is kept has a size, and no content."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    mime = models.CharField(max_length=100)
    alt = models.TextField(blank=True)
    size = models.PositiveBigIntegerField()
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class RawPost(models.Model):
    """The payload as it came, for as long as AMENDS_RAW_DAYS says."""

    post = models.OneToOneField(Post, models.CASCADE, primary_key=True, related_name="raw")
    raw = models.BinaryField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"raw of {self.post_id}"


class PostVersion(models.Model):
    """What a post said before it was edited."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="versions")
    stamp = models.BigIntegerField()
    text = models.TextField(blank=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.text[:60]


class EngagementReading(models.Model):
    """The counts of a post as they once stood: how fast it spreads."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="readings", db_index=False)
    at = models.DateTimeField()
    likes = models.PositiveBigIntegerField(null=True)
    reshares = models.PositiveBigIntegerField(null=True)
    replies = models.PositiveBigIntegerField(null=True)
    quotes = models.PositiveBigIntegerField(null=True)
    views = models.PositiveBigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["post", "at"], name="reading_post_at")]

    def __str__(self) -> str:
        return f"{self.post_id} at {self.at}"
