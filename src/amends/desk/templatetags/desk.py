"""What templates of the desk may say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from amends.desk.assets import assets
from amends.desk.fields import Field
from amends.desk.posts import safe
from amends.desk.readings import Chip, percent
from amends.desk.said import Piece
from amends.desk.words import full, when

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """The address of one of the desk's own files."""
    return reverse("asset", args=[assets().digest, name])


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing out of `_icons.html`, which says nothing by itself."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def chip(one: Chip) -> SafeString:
    """A fact about a post. What was read opens a menu, which the script brings. A long thread has a thousand chips:
    with a template for each they would take longer than all the rest."""
    if not one.name:
        return format_html('<span class="chip {}">{}</span>', one.tone, one.text)
    return format_html(
        '<details class="menu reading" data-reading="{}"><summary class="chip {}" title="{}">{}{}</summary>'
        '<div class="panel"></div></details>',
        one.name,
        f"{one.tone} doubt" if one.doubt else one.tone,
        one.title,
        icon("check") if one.by else "",
        f"{one.text}?" if one.doubt else one.text,
    )


@register.simple_tag
def marked(pieces: Iterable[Piece]) -> SafeString:
    """A text with its marks."""
    return format_html_join("", "{}", ((_piece(one) if one.css else one.text,) for one in pieces))


def _piece(one: Piece) -> SafeString:
    title = format_html(' title="{}"', one.title) if one.title else ""
    return format_html('<span class="{}"{}>{}</span>', one.css, title, one.text)


@register.simple_tag
def avatar(name: str, size: str = "") -> SafeString:
    """Initials on a colour of their own: pictures of customers are never loaded from their networks."""
    return format_html(
        '<span class="avatar {}" style="--hue: {}" aria-hidden="true">{}</span>', size, hue(name), initials(name)
    )


def hue(name: str) -> int:
    """The same name has the same colour on every screen."""
    return hashlib.sha256(name.encode()).digest()[0] * 360 // 256


def initials(name: str) -> str:
    """Of the first and the last word that begin with a letter, titles left out; of a single word its first letter."""
    words = name.replace("@", " ").replace("_", " ").split()
    first = [word[0] for word in words if word[0].isalpha() and not (len(word) > 2 and word.endswith("."))]
    return (first[0] + (first[-1] if len(first) > 1 else "")).upper() if first else "?"


@register.simple_tag
def moment(instant: datetime | None, prefix: str = "") -> SafeString | str:
    """An instant in the reader's zone, as short as it can be told today; in full on hover."""
    if instant is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}{}</time>',
        instant.isoformat(timespec="seconds"),
        full(instant),
        prefix,
        when(instant, timezone.now()),
    )


@register.filter
def safe_address(url: str) -> str:
    """An address that a stranger chose, if it is one of the web."""
    return safe(url)


@register.filter
def any_wrong(fields: Iterable[Field]) -> bool:
    """Whether something has to be mended in one of these inputs."""
    return any(field.wrong for field in fields)


@register.filter
def millis(instant: datetime | None) -> str:
    """Milliseconds since 1970, for scripts; "" for none."""
    return str(int(instant.timestamp() * 1000)) if instant else ""


@register.filter
def in_percent(chance: float) -> str:
    """A probability as it is told beside a reading."""
    return percent(chance)
