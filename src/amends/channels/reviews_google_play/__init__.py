"""Reviews of an app on Google Play, and the developer's answers to them (Android Publisher API v3, `reviews`).

`parse` turns reviews into posts, `polling` fetches them, `sending` puts answers there, `key` proves who we are.
"""

from __future__ import annotations

from amends.channels.reviews_google_play.channel import connect
from amends.channels.reviews_google_play.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
