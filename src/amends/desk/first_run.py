"""The first page's form: brand, handles, what to listen for, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from amends import listening
from amends.accounts import actions as accounts
from amends.accounts.access import Member
from amends.accounts.models import User
from amends.channels import demo, registry
from amends.desk.mistakes import Mistake, mistake
from amends.desk.networks import at_once
from amends.events.transaction import write
from amends.intake.pipeline import process
from amends.sources import actions as sources

HANDLES = 6  # rows that the form reads


@dataclass
class FirstRun:
    """What was filled in, and what is wrong with it: {field: what to do}."""

    name: str = ""
    handles: list[tuple[str, str]] = field(default_factory=list)
    query: str = ""
    channels: set[str] = field(default_factory=set)
    wrong: dict[str, str] = field(default_factory=dict)
    mistake: Mistake | None = None
    suggestion: str = ""

    @property
    def ready(self) -> bool:
        return not self.wrong and self.mistake is None


def read(given: Mapping[str, str]) -> FirstRun:
    """The form from what was posted, checked."""
    form = FirstRun(name=given.get("name", "").strip(), query=given.get("query", "").strip())
    pairs = ((given.get(f"network-{n}", ""), given.get(f"handle-{n}", "").strip()) for n in range(HANDLES))
    form.handles = [(network, handle) for network, handle in pairs if handle]
    form.channels = {name for name in at_once() if given.get(f"use-{name}")}
    _check(form)
    return form


def settings_of(entry: registry.Entry, given: Mapping[str, str]) -> dict[str, str]:
    """A channel's settings out of a form whose fields are named after the channel and the setting."""
    name = entry.manifest.name
    return {setting.name: given.get(f"{name}-{setting.name}", "").strip() for setting in entry.manifest.settings}


def _check(form: FirstRun) -> None:
    if not form.name:
        form.wrong["name"] = _("Give the brand a name: it stands at the top of every page.")
    if not form.query:
        form.wrong["query"] = _("Say what to listen for, such as the name in quotation marks.")
    else:
        try:
            listening.parse(form.query)
        except listening.QueryError as error:
            form.mistake = mistake(form.query, error)


def begin(user: User, form: FirstRun, now: datetime) -> Member:
    """Make the brand with all that the form says, or nothing of it."""
    with write(now):
        member = accounts.make_brand(user, form.name, now)
        sources.set_own_handles(member, form.handles, now)
        sources.add_query(member, form.name, form.query, now)
        for channel in sorted(form.channels):
            sources.connect(member, channel, "", {}, now)
    return member


def begin_demo(user: User, now: datetime) -> Member:
    """A fictional airline's day, played through the real pipeline. It is a brand of its own and can be removed."""
    channel = demo.MANIFEST.name
    with write(now):
        member = accounts.make_brand(user, demo.BRAND, now, demo=True)
        sources.set_own_handles(member, [(channel, handle) for handle in demo.HANDLES], now)
        for name, text in demo.QUERIES.items():
            sources.add_query(member, name, text, now)
        source = sources.connect(member, channel, demo.BRAND, {"start": now.isoformat(timespec="seconds")}, now)
    process(source, demo.opening(now), now)  # the listener will bring these once more, which changes nothing
    return member
