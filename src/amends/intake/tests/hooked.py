"""A source that is pushed to, and the calls that its system makes."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from amends.accounts.access import Member
from amends.channels.inbound.signature import sign
from amends.sources.actions import connect
from amends.sources.models import Source

SECRET = "a-long-secret-of-the-shop-0123456789"


def shop(member: Member, **settings: str) -> Source:
    """The member's shop, connected a moment ago."""
    return connect(member, "inbound", "Shop", {"system": "shop", "secret": SECRET, **settings}, timezone.now())


def post(key: object, text: str = "My suitcase never came", **fields: Any) -> dict[str, Any]:
    return {
        "id": key,
        "author": {"id": 42, "name": "ann"},
        "created": timezone.now().isoformat(),
        "text": text,
        **fields,
    }


def call(source: Source, body: object, *, secret: str = SECRET, **headers: str) -> HttpResponse:
    """The shop calls."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Amends-Signature": sign([secret], raw, timezone.now()), **headers}
    return Client().post(f"/hooks/{source.hook}", raw, content_type="application/json", headers=headers)
