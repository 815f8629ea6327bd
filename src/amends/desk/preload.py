"""All that a page is made of, read when the process starts and not at the first request that needs it.

An upgrade replaces files under a running process. What was read before belongs together; a template read afterwards
would be of another release than the code.
"""

from __future__ import annotations

from pathlib import Path

from django.template.loader import get_template
from django.urls import get_resolver

from amends.desk.assets import assets

TEMPLATES = Path(__file__).parent / "templates"


def preload() -> None:
    """Every address with its view, every template, every script and stylesheet: from now on they are in memory."""
    get_resolver().url_patterns  # noqa: B018 - imports every view
    assets()
    for path in sorted(TEMPLATES.rglob("*.html")):
        get_template(path.relative_to(TEMPLATES).as_posix())
