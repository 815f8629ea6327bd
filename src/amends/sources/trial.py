"""Trying a connection before it is kept: who are we there, and what is wrong if it does not work?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from django.conf import settings as site

from amends.channels import registry
from amends.channels.base import Checked, RetryLater
from amends.channels.http import Http

PATIENCE = 20  # seconds that a person waits for a page


def trial(channel: str, settings: Mapping[str, str]) -> Checked:
    """What the network says to these settings. Raises `ChannelError` with what to do. Settings that are empty take
    their defaults."""
    return asyncio.run(_trial(channel, {name: value for name, value in settings.items() if value}))


async def _trial(channel: str, settings: Mapping[str, str]) -> Checked:
    http = Http(allow_private=site.CONF.allow_private)
    entry = registry.get(channel)
    defaults = {setting.name: setting.default for setting in entry.manifest.settings if setting.default}
    connection = entry.connect({**defaults, **settings}, http)
    try:
        async with asyncio.timeout(PATIENCE):
            return await connection.check()
    except TimeoutError as error:
        raise RetryLater(f"{entry.manifest.label} did not answer within {PATIENCE} seconds.") from error
    finally:
        await connection.close()
        await http.close()
