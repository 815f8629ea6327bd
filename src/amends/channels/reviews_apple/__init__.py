"""Reviews of an app on the App Store: from Apple's public feed, or from App Store Connect, which takes answers.

`feed` and `api` turn the two kinds of payload into posts, `public` and `team` fetch them, `walk` knows what is new,
`sending` puts answers there, `key` proves who we are.
"""

from __future__ import annotations

from amends.channels.reviews_apple.channel import connect
from amends.channels.reviews_apple.manifest import MANIFEST

__all__ = ["MANIFEST", "connect"]
