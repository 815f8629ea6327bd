"""The signature that requests carry, in both directions:

    Amends-Signature: t=1772452800,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd

t is when it was made (Unix seconds), v1 the HMAC-SHA256 in hex, keyed with the secret, of t, a dot and the raw body.
There may be several v1, one for each secret, while a secret is being changed: one that is right is enough. The form is
the one that Stripe documents for its webhooks.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from amends.channels.base import Rejected

NAME = "Amends-Signature"
WINDOW = 300  # seconds that a clock may differ, and for which a request that was overheard could be repeated
MOST = 5  # signatures in one header

_FORM = re.compile(rf"t=(\d{{1,12}})((?:,v1=[0-9a-fA-F]{{64}}){{1,{MOST}}})")


def sign(secrets: Sequence[str], body: bytes, at: datetime) -> str:
    """The value of the header for `body`, with a signature by each of the secrets."""
    time = int(at.timestamp())
    return ",".join([f"t={time}", *(f"v1={_hmac(secret, time, body)}" for secret in secrets)])


def verify(secrets: Sequence[str], header: str, body: bytes, now: datetime) -> None:
    """Raises `Rejected`, which tells the sender's programmer what to look at, unless one of the signatures is right."""
    if not header:
        raise Rejected(f"The header {NAME} is missing: t=UNIX_SECONDS,v1=HMAC_SHA256_IN_HEX.")
    form = _FORM.fullmatch(header.replace(" ", ""))
    if form is None:
        raise Rejected(f"The header {NAME} can't be read. Its form is t=UNIX_SECONDS,v1=HMAC_SHA256_IN_HEX.")
    time = int(form[1])
    off = now.timestamp() - time
    if abs(off) > WINDOW:
        raise Rejected(
            f"It was signed {abs(off):.0f} seconds {'ago' if off > 0 else 'in the future'} by our clock; "
            f"{WINDOW} are allowed. Sign each attempt anew, and check the clocks."
        )
    given = form[2].lower().split(",v1=")[1:]
    right = [hmac.compare_digest(_hmac(secret, time, body), one) for secret in secrets for one in given]
    if not any(right):
        raise Rejected(
            "The signature is not the one of this body. Sign t, a dot, and the very bytes that are sent, with the "
            "secret that was entered here."
        )


def _hmac(secret: str, time: int, body: bytes) -> str:
    return hmac.new(secret.encode(), b"%d." % time + body, hashlib.sha256).hexdigest()
