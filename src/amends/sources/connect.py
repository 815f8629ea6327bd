"""From a stored source to a channel at work: settings, what its server told, and unsealed credentials together."""

from __future__ import annotations

from amends.channels import registry
from amends.channels.base import Channel
from amends.channels.http import Http
from amends.sources.models import Source
from amends.sources.secrets import unseal


def connect(source: Source, http: Http) -> Channel:
    """Raises `Sealed` when no key opens the credentials, `UnknownChannel` when the channel is not installed."""
    entry = registry.get(source.channel)
    secret = unseal(bytes(source.credentials))
    return entry.connect({**source.learned, **source.settings, **secret}, http)
