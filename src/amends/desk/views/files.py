"""The desk's own files."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from amends.desk.assets import assets

FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def asset(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """A file of this release. One that is asked for under an older digest is not kept by the browser."""
    held = assets()
    found = held.files.get(name)
    if found is None:
        raise Http404
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(found.packed if packed else found.body, content_type=found.kind)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOR_EVER if digest == held.digest else "no-cache"
    return response
