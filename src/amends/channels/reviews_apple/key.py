"""The key of a team in App Store Connect, and the tokens that it signs.

"Generating Tokens for API Requests": every call carries a JWT signed with ES256, good for 20 minutes at most.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import LogInAgain

AUDIENCE = "appstoreconnect-v1"
LASTS = 15 * 60  # seconds; clocks differ

ADVICE = (
    "In App Store Connect, under Users and Access, Integrations, App Store Connect API, make a team key with the role "
    "Admin; then enter the issuer id, the key id and the whole content of the file AuthKey_....p8 here."
)


class Key(NamedTuple):
    """The three things that make a key. The private one is a secret and stays out of what is printed."""

    issuer: str
    id: str
    private: str

    def __repr__(self) -> str:
        return f"Key({self.id!r})"


def token(key: Key, now: int) -> str:
    """A token from `now` (seconds since 1970) on. Raises `LogInAgain` where the key is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not all(key):
        raise LogInAgain(
            f"A key needs its issuer id, its key id and its file; without all three this only listens. {ADVICE}"
        )
    try:
        private = load_pem_private_key(key.private.strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, EllipticCurvePrivateKey) or not isinstance(private.curve, SECP256R1):
        raise LogInAgain(f"The private key can't be read: it begins with -----BEGIN PRIVATE KEY-----. {ADVICE}")
    head = {"alg": "ES256", "kid": key.id, "typ": "JWT"}
    claims = {"iss": key.issuer, "iat": now, "exp": now + LASTS, "aud": AUDIENCE}
    signed = f"{_part(head)}.{_part(claims)}"
    # A JWT has the two numbers of the signature one after the other (RFC 7518, 3.4), not in ASN.1.
    numbers = decode_dss_signature(private.sign(signed.encode(), ECDSA(hashes.SHA256())))
    return f"{signed}.{_base64(b''.join(number.to_bytes(32, 'big') for number in numbers))}"


def _part(value: dict[str, Any]) -> str:
    return _base64(msgspec.json.encode(value))


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
