"""The key of a service account: read from the file that Google gives, and used to sign for an access token.

"Using OAuth 2.0 for Server to Server Applications": a JWT signed with RS256 is exchanged for a token of an hour.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import msgspec

from amends.channels.base import LogInAgain

SCOPE = "https://www.googleapis.com/auth/androidpublisher"
LASTS = 3600  # seconds: the longest that Google allows

ADVICE = (
    "In Google Cloud, under IAM & Admin, Service accounts, open the account, make a new key of type JSON under Keys, "
    "and enter the whole content of that file here."
)


class Key(msgspec.Struct, frozen=True):
    """What the JSON file holds. The private key is a secret and stays out of what is printed."""

    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address

    def __repr__(self) -> str:
        return f"Key({self.client_email!r})"


def read(file: str) -> Key:
    """The key in the file's content. Raises `LogInAgain` where there is none."""
    try:
        return msgspec.json.decode(file.strip(), type=Key)
    except (msgspec.DecodeError, UnicodeEncodeError):
        pass
    raise LogInAgain(f"This is not the key file of a service account. {ADVICE}")


def assertion(key: Key, now: int) -> str:
    """A JWT that asks for access to the Play Console's API. `now`: seconds since 1970. Raises `LogInAgain`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key.private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, RSAPrivateKey):
        raise LogInAgain(f"The private key in this key file can't be read. {ADVICE}")
    head = {"alg": "RS256", "typ": "JWT", "kid": key.private_key_id}
    claims = {"iss": key.client_email, "scope": SCOPE, "aud": key.token_uri, "iat": now, "exp": now + LASTS}
    signed = f"{_part(head)}.{_part(claims)}"
    return f"{signed}.{_base64(private.sign(signed.encode(), PKCS1v15(), hashes.SHA256()))}"


def _part(value: dict[str, Any]) -> str:
    return _base64(msgspec.json.encode(value))


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
