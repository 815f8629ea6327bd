"""The webhook door: whoever knows a source's address may call it, and is believed when its channel finds the signature
right. A call is durable before it is answered 200, and is taken in by `unpack` a moment later.

  200  taken (or known already); a caller that accepts JSON is told what was found in it
  401  the signature is wrong, and why
  404  no source has this address
  413  more than a million bytes
  429  called too often: Retry-After says when to come again
  503  it can't be taken now: Retry-After likewise
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from amends.channels.base import BadData, Batch, ChannelError, Malformed, Received, Rejected
from amends.channels.http import Http
from amends.channels.registry import UnknownChannel
from amends.intake import inbox
from amends.intake.limit import Limiter
from amends.sources import hooks
from amends.sources.connect import connect
from amends.sources.models import Source
from amends.sources.secrets import Sealed

log = structlog.get_logger()
calls = Limiter(rate=50, burst=500)
LATER = timedelta(minutes=1)
TOLD = 20  # reasons why something was set aside


@csrf_exempt
def hook(request: HttpRequest, key: str) -> HttpResponse:
    """A call, or the question (GET) by which a network asks whether it may call."""
    now = timezone.now()
    source = hooks.called(key)
    if source is None:
        return _say(404, "Nobody is called here. The right address stands on the channel, under Settings, Listening.")
    if wait := calls.wait(source.pk, now):
        return _say(429, "This address is called too often.", wait)
    if request.method in ("GET", "HEAD"):
        return _greet(source, _received(request, b""), now)
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "POST"])
    try:
        return _take(source, _received(request, request.body), now)
    except RequestDataTooBig:
        return _say(413, "This is too large: send it in several calls.")


def _received(request: HttpRequest, body: bytes) -> Received:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Received(headers, body, request.GET.dict())


def _greet(source: Source, call: Received, now: datetime) -> HttpResponse:
    try:
        words = connect(source, Http()).greet(call, now)
    except (ChannelError, Sealed, UnknownChannel) as error:
        return _say(403, str(error))
    return HttpResponse(words, content_type="text/plain; charset=utf-8")


def _take(source: Source, call: Received, now: datetime) -> HttpResponse:
    try:
        batch = connect(source, Http()).receive(call, now)
    except Rejected as error:
        return _say(401, str(error))
    except BadData as error:  # it is really from them: kept, so that a person can see what came
        batch = Batch(malformed=(Malformed(str(error), b""),))
    except (ChannelError, Sealed, UnknownChannel) as error:
        log.warning("a call can't be verified", source=source.pk, channel=source.channel, problem=str(error))
        return _say(503, "The people here must mend this connection first.", LATER)
    if not inbox.keep(source, call, now):
        return _say(503, "Too many calls wait to be taken in.", LATER)
    if "application/json" not in call.headers.get("accept", ""):
        return HttpResponse()  # some networks take words for an answer to be sent to the customer
    reasons = [one.reason for one in batch.malformed]
    found = {"posts": len(batch.posts), "deletions": len(batch.deletions), "malformed": len(reasons)}
    return JsonResponse({**found, "reasons": reasons[:TOLD]})


def _say(status: int, words: str, wait: timedelta | None = None) -> HttpResponse:
    response = HttpResponse(words + "\n", status=status, content_type="text/plain; charset=utf-8")
    if wait:
        response["Retry-After"] = str(ceil(wait.total_seconds()))
    return response
