"""What a request for `/live` says, and who is turned away before anybody asks the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host


class LiveRequest:
    """The few parts of an ASGI HTTP scope that matter here. An id is None when not given, -1 when it is no id."""

    def __init__(self, scope: Any) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qs(scope["query_string"].decode("latin-1"))
        self.method: str = scope["method"]
        self.host = headers.get(b"host", "")
        self.origin = headers.get(b"origin", "")
        self.site = headers.get(b"sec-fetch-site", "")
        self.session = parse_cookie(headers.get(b"cookie", "")).get(settings.SESSION_COOKIE_NAME, "")
        self.after = _id(headers.get(b"last-event-id") or query.get("after", [None])[-1])
        self.brand = _id(query.get("brand", [None])[-1])


def _id(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def refusal(request: LiveRequest, hosts: Sequence[str]) -> int:
    """The status to refuse with: 405 for other methods, 400 for a host that isn't ours, 403 for a page of another
    site; 0 to go on. We send no CORS headers, so that no other site could read the stream in any case."""
    if request.method not in ("GET", "HEAD"):
        return 405
    if not validate_host(split_domain_port(request.host)[0], list(hosts)):
        return 400
    foreign = request.origin and request.origin.partition("://")[2] != request.host
    if foreign or request.site not in ("", "same-origin", "none"):
        return 403
    return 0
