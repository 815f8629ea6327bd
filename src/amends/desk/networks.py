"""The networks in words: every channel is named after the network that it speaks to."""

from __future__ import annotations

from amends.channels import demo, registry
from amends.channels.base import ANSWERING, HEARING, Can

WITH_ACCOUNTS = ANSWERING | {Can.NOTIFICATIONS}


def labels() -> dict[str, str]:
    """{network: label} of the installed channels."""
    return {name: entry.manifest.label for name, entry in registry.channels().items()}


def label(network: str) -> str:
    return labels().get(network, network)


def for_accounts(of_demo: bool) -> dict[str, str]:
    """{network: label} of the networks where a brand's own accounts can be: the demo's is only the demo's."""
    return {
        name: entry.manifest.label
        for name, entry in registry.channels().items()
        if entry.manifest.can & WITH_ACCOUNTS and (of_demo or name != demo.MANIFEST.name)
    }


def connectable() -> list[registry.Entry]:
    """The channels that a person can connect here, the ones that need no account first. The demo has a button of its
    own."""
    entries = [
        entry
        for entry in registry.channels().values()
        if entry.manifest.can & HEARING and entry.manifest is not demo.MANIFEST
    ]
    return sorted(entries, key=lambda entry: (Can.ANONYMOUS not in entry.manifest.can, entry.manifest.label))


def at_once() -> set[str]:
    """The channels that can listen as soon as they are chosen: no account, and nothing that must be filled in."""
    return {
        entry.manifest.name
        for entry in connectable()
        if Can.ANONYMOUS in entry.manifest.can
        and not any(setting.required and not setting.default for setting in entry.manifest.settings)
    }
