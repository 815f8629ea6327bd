"""Users, brands, teams and memberships."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **more: Any) -> User:
        user = self.model(email=email.strip().lower(), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who can sign in. What they may do is told by their memberships; an operator may also make brands."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name or self.email.partition("@")[0]


class Brand(models.Model):
    """A firm, or one of its names. `revision` rises when its queries or handles change."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    demo = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="teams")
    name = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("brand", Lower("name"), name="team_name_once")]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """In rising order; each may do all that the one before may."""

    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMIN = "admin", _("Admin")


class Membership(models.Model):
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.AGENT)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="memberships")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "brand"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} at {self.brand}: {self.role}"


class Invitation(models.Model):
    """Somebody is asked to work for a brand. It gives nothing until they accept it by themselves, with the link that
    they were handed; only the hash of its token is kept. It knows of no user: whether the address is one's already is
    for nobody to see who invites."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="invitations", db_index=False)
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.AGENT)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["brand", "email"], name="one_invitation")]

    def __str__(self) -> str:
        return self.name or self.email


class SignInLink(models.Model):
    """A link that signs somebody in once. Only the hash of its token is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link for {self.user}, until {self.expires}"


class Audit(models.Model):
    """Who did what to what: every write of a person, for ever. Facts are ids and small values, never customers' words.

    It has no foreign keys: the trace outlives what it tells of.
    """

    brand = models.BigIntegerField(null=True)
    actor = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    thing = models.CharField(max_length=40)
    thing_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["brand", "-at"], name="audit_brand_at")]

    def __str__(self) -> str:
        return f"{self.verb} {self.thing} {self.thing_id}"
