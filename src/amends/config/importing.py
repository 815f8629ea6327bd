"""A file taken in whole, through the one pipeline: what `amends import` does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from django.utils.text import slugify

from amends.accounts.actions import make_brand
from amends.accounts.audit import record
from amends.accounts.models import Brand, User
from amends.channels.file import Reader, Rejections
from amends.events.transaction import write
from amends.intake.pipeline import Outcome, process
from amends.sources.models import Source, State


class UnknownBrand(LookupError):
    """No brand of that name. The message names those there are."""


def brand(name: str, now: datetime, *, make: bool = False) -> Brand:
    """The brand by its name or slug; with `make`, a new one of the first operator's. Raises `UnknownBrand`."""
    found = Brand.objects.filter(slug=name).first() or Brand.objects.filter(name__iexact=name).first()
    if found or not make:
        if found:
            return found
        there = ", ".join(f"'{one}'" for one in Brand.objects.order_by("name")) or "none yet"
        raise UnknownBrand(f"There is no brand '{name}'. Brands: {there}. --make-brand makes it.")
    operator = User.objects.filter(is_operator=True, is_active=True).order_by("pk").first()
    if operator is None:
        raise UnknownBrand("Nobody could own the brand yet: add a person with `amends user add EMAIL --operator`.")
    return make_brand(operator, name if slugify(name) else f"Brand {name}", now).brand


def source(of: Brand, path: Path, now: datetime) -> Source:
    """What the posts of this file are seen through: a source of its own that is not listened to."""
    label = f"Import of {path.name}"[:160]
    known = Source.objects.filter(brand=of, channel="file", label=label, state=State.ENDED).first()
    if known:
        return known
    with write(now) as tx:
        made = Source.objects.create(
            brand=of, channel="file", label=label, state=State.ENDED, created=now, next_at=now, settings={}
        )
        record(tx, None, "import", "source", made.pk)
    return made


def bring(
    reader: Reader, into: Source, rejections: Rejections, *, clocks: bool, progress: Callable[[Outcome], None]
) -> Outcome:
    """Everything the reader gives, batch by batch, each in transactions of its own: whoever stops in between loses
    nothing and may begin again. Refused rows go to `rejections`. `progress` hears the sum so far after each batch."""
    total = Outcome()
    for batch in reader.batches():
        rejections.add(batch.malformed)
        # No cursor: the next import reads the whole file again, perhaps with other columns, and doubles nothing.
        posts = msgspec.structs.replace(batch, malformed=(), cursor=None)
        total += process(into, posts, datetime.now(UTC), clocks=clocks)
        progress(total)
    return total
