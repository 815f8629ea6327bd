"""Which channels there are. A folder here is a channel; outsiders add theirs by the entry point `amends.channels`.

A channel's module has `MANIFEST: Manifest` and `connect(settings, http) -> Channel`; where accounts are connected by
OAuth, a `LOGIN` as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

from amends.channels.base import Factory, Login, Manifest


class Entry(NamedTuple):
    manifest: Manifest
    connect: Factory
    login: Login | None = None


class UnknownChannel(LookupError):
    """No channel of that name is installed."""


@cache
def channels() -> dict[str, Entry]:
    """All installed channels by name. A folder wins over an entry point of the same name. One that can't be loaded is
    left out, and told by `broken`: a desk must not stand still for one network."""
    entries: list[Entry] = []
    for name in _modules():
        try:
            module = import_module(name)
            entries.append(Entry(module.MANIFEST, module.connect, getattr(module, "LOGIN", None)))
        except Exception as error:  # noqa: BLE001 - whatever an outsider's code does when it is loaded
            _broken[name] = f"{type(error).__name__}: {error}"
    return {entry.manifest.name: entry for entry in entries}


_broken: dict[str, str] = {}


def broken() -> dict[str, str]:
    """{module: what went wrong} of the channels that can't be loaded."""
    channels()
    return dict(_broken)


def _modules() -> list[str]:
    folders = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
    names = [point.value for point in entry_points(group="amends.channels")]
    return names + [f"amends.channels.{name}" for name in folders if name not in ("tests", "testing")]


def get(name: str) -> Entry:
    """The channel of that name. Raises `UnknownChannel`, naming those there are."""
    try:
        return channels()[name]
    except KeyError:
        raise UnknownChannel(f"There is no channel '{name}'. Installed: {', '.join(channels())}.") from None


def folder(name: str) -> Path:
    """Where the channel's code lies. Raises `UnknownChannel`."""
    return Path(str(import_module(get(name).connect.__module__).__file__)).parent


def refuse_settings(manifest: Manifest, given: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the values given for a connection: {setting: what to do}. Empty when all is well."""
    wrong: dict[str, str] = {}
    known = {setting.name for setting in manifest.settings}
    for name in given.keys() - known:
        wrong[name] = f"{manifest.label} has no setting '{name}'."
    for setting in manifest.settings:
        value = given.get(setting.name, "").strip()
        if setting.required and not value and not setting.default:
            wrong[setting.name] = f"{setting.label} is needed. {setting.help}".strip()
        elif value and setting.pattern and not re.fullmatch(setting.pattern, value):
            wrong[setting.name] = f"{setting.label}: this does not look right. {setting.help}".strip()
    return wrong
