"""The fields of a channel's form, made from its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from amends.channels.registry import Entry


class Field(NamedTuple):
    """One input. `value` is never a secret that was saved."""

    id: str
    label: str
    help: str
    kind: str
    value: str
    required: bool
    wrong: str
    advanced: bool


def channel_fields(entry: Entry, given: Mapping[str, str], wrong: Mapping[str, str]) -> list[Field]:
    """In the manifest's order, the advanced ones last."""
    name = entry.manifest.name
    return [
        Field(
            id=f"{name}-{setting.name}",
            label=setting.label,
            help=setting.help,
            kind="lines" if setting.lines else "password" if setting.secret else "text",
            value="" if setting.secret else given.get(setting.name, setting.default),
            required=setting.required and not setting.default,
            wrong=wrong.get(f"{name}-{setting.name}", ""),
            advanced=setting.advanced,
        )
        for setting in sorted(entry.manifest.settings, key=lambda setting: setting.advanced)
    ]
