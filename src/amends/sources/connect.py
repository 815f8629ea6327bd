"""From a stored source to a channel at work: settings, what its server told, the address that the network calls, and
unsealed credentials together."""

from __future__ import annotations

from amends.channels import registry
from amends.channels.base import Channel
from amends.channels.http import Http
from amends.sources.hooks import public_address
from amends.sources.models import NOTE, Source
from amends.sources.secrets import unseal


def connect(source: Source, http: Http) -> Channel:
    """Raises `Sealed` when no key opens the credentials, `UnknownChannel` when the channel is not installed."""
    entry = registry.get(source.channel)
    secret = unseal(bytes(source.credentials))
    hook = public_address(source)
    called = {"hook": hook} if hook else {}
    learned = {name: value for name, value in source.learned.items() if name != NOTE}
    return entry.connect({**learned, **source.settings, **called, **secret}, http)
