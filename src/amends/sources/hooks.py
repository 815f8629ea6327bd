"""The address that a network calls for a source: unguessable, made once, where its channel is pushed to."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings

from amends.channels.base import Can, Manifest
from amends.events.transaction import Tx
from amends.reach import update_rate
from amends.sources.models import Source

PATH = "hooks/"


def new_hook(manifest: Manifest) -> str | None:
    """The last part of the address, or None where nobody calls. Some networks sign nothing: it is a secret."""
    return secrets.token_urlsafe(24) if Can.RECEIVE in manifest.can else None


def address(source: Source) -> str:
    """The whole address, as this site is known to its own people; "" where nobody calls."""
    return f"{settings.CONF.url}/{PATH}{source.hook}" if source.hook else ""


def public_address(source: Source) -> str:
    """The same where the operator has said how others reach this site, else "": no network can call what is not."""
    return address(source) if settings.CONF.public else ""


def called(hook: str) -> Source | None:
    """The source that is called there."""
    return Source.objects.filter(hook=hook).first()


def received(tx: Tx, source: Source, kept: int) -> None:
    """What a network pushed is stored. Whoever listens meanwhile keeps its cursor and its health: that we are called
    says nothing about whether we can call."""
    row = Source.objects.select_for_update(no_key=True).filter(pk=source.pk).first()
    if row is None:
        return
    elapsed = tx.now - row.asked if row.asked else timedelta(0)
    row.asked, row.rate = tx.now, update_rate(row.rate, kept, elapsed)
    if kept:
        row.heard, row.silent_since = tx.now, None
    row.save(update_fields=["asked", "rate", "heard", "silent_since"])
