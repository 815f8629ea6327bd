"""What a request and an answer of the desk are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from amends.accounts.models import User


class Request(HttpRequest):
    """A request behind the door: its user is signed in, and htmx tells whether a script asks for a part."""

    user: User
    htmx: HtmxDetails


def tell(response: HttpResponse, events: Mapping[str, Any]) -> HttpResponse:
    """Have the page's scripts told: {event: detail}, beside what they were told before."""
    known = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps(known | dict(events))
    return response


def toast(response: HttpResponse, text: str, *, error: bool = False, undo: str = "") -> HttpResponse:
    """Have the page say something at its edge. `undo`: the address that takes it back, offered beside the words."""
    return tell(response, {"desk:toast": {"text": str(text), "error": error, "undo": undo}})
