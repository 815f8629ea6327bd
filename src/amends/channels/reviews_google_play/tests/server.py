"""A stand-in for Google on loopback: the token endpoint and the reviews of one app.

A simulator, written from Google's reference of the Android Publisher API v3 (`reviews.list`, `get`, `reply`), its
guide "Reply to Reviews" (the newest change first, `maxResults`, `token`, 350 characters, HTML tags taken out) and
"Using OAuth 2.0 for Server to Server Applications" (the signed JWT and what it must claim).
"""

from __future__ import annotations

import json
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from amends.channels.testing.loopback import Reply, Request, serving

FIXTURES = Path(__file__).parents[1] / "fixtures"
APP = "com.acme.app"
ACCOUNT = "amends@acme.iam.gserviceaccount.com"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


@cache
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Google:
    """`asked` is what was called, `faults` are answered first. `reviews` has the newest change first."""

    def __init__(self) -> None:
        self.address = ""
        self.reviews: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.faults: list[Reply] = []
        self.tokens: list[str] = []  # the last one is good
        self.clock = int(time.time() * 1e9)

    @property
    def file(self) -> str:
        """The key file that Google gives."""
        pem = private().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return json.dumps(
            {
                "type": "service_account", "project_id": "acme", "private_key_id": "abc", "private_key": pem,
                "client_email": ACCOUNT, "client_id": "1", "token_uri": f"{self.address}/token",
            },
            indent=2,
        )  # fmt: skip

    def answer(self, request: Request) -> Reply:
        path = unquote(request.path)
        self.asked.append(f"{request.method} {path}")
        if self.faults and path != "/token":
            return self.faults.pop(0)
        if path == "/token":
            return self.token(request)
        if not self.tokens or request.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return refusal(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")
        found = re.fullmatch(r"/androidpublisher/v3/applications/([^/]+)/reviews(?:/([^/]+?)(:reply)?)?", path)
        if not found or found[1] != APP:
            return refusal(404, "Package not found.", "NOT_FOUND")
        if not found[2]:
            return self.list(request)
        review = next((one for one in self.reviews if one["reviewId"] == found[2]), None)
        if review is None:
            return refusal(404, "The review was not found.", "NOT_FOUND")
        return self.reply(review, request) if found[3] else Reply(review)

    def token(self, request: Request) -> Reply:
        form = {name: unquote(value) for name, value in (one.split("=") for one in request.body.decode().split("&"))}
        head, claims, signature = form["assertion"].split(".")
        told = json.loads(plain(claims))
        try:
            private().public_key().verify(
                plain(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return Reply({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        now = time.time()
        assert json.loads(plain(head))["alg"] == "RS256"
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        assert told["aud"] == f"{self.address}/token"
        assert told["scope"] == "https://www.googleapis.com/auth/androidpublisher"
        if told["iss"] != ACCOUNT or not now - 300 < told["iat"] < told["exp"] <= told["iat"] + 3600:
            return Reply({"error": "invalid_grant", "error_description": "Invalid JWT."}, 400)
        self.tokens.append(f"ya29.{len(self.tokens)}")
        return Reply({"access_token": self.tokens[-1], "expires_in": 3599, "token_type": "Bearer"})

    def list(self, request: Request) -> Reply:
        start, size = int(request.query.get("token", ["0"])[0]), int(request.query.get("maxResults", ["10"])[0])
        found = self.reviews[start : start + size]
        if "translationLanguage" in request.query:
            found = [translated(one) for one in found]
        page: dict[str, Any] = {"reviews": found} if found else {}
        if start + size < len(self.reviews):
            page["tokenPagination"] = {"nextPageToken": str(start + size)}
        return Reply(page)

    def reply(self, review: dict[str, Any], request: Request) -> Reply:
        words = re.sub(r"</?[a-z][^<>]*>", "", request.json().get("replyText", ""))
        if not 0 < len(words) <= 350:
            return refusal(400, "Bad reply request.", "INVALID_ARGUMENT")
        at = self.now()
        del review["comments"][1:]
        review["comments"].append({"developerComment": {"text": words, "lastModified": at}})
        return Reply({"result": {"replyText": words, "lastEdited": at}})

    def write(self, words: str, review: str = "", stars: int = 1) -> str:
        """Somebody writes a review, or writes theirs anew: {its id}."""
        name = review or f"gp:AOqp-{len(self.reviews)}"
        old = next((one for one in self.reviews if one["reviewId"] == name), None)
        comment = {"userComment": {"text": words, "lastModified": self.now(), "starRating": stars}}
        comments = [comment, *(old["comments"][1:] if old else [])]
        self.reviews = [one for one in self.reviews if one is not old]
        self.reviews.insert(0, {"reviewId": name, "authorName": "Charlie", "comments": comments})
        return name

    def now(self) -> dict[str, Any]:
        self.clock = max(int(time.time() * 1e9), self.clock + 1_000_000)
        return {"seconds": str(self.clock // 10**9), "nanos": self.clock % 10**9}


def plain(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def translated(review: dict[str, Any]) -> dict[str, Any]:
    first, *rest = review["comments"]
    comment = first["userComment"]
    turned = comment | {"text": f"({comment['text']})", "originalText": comment["text"]}
    return review | {"comments": [{"userComment": turned}, *rest]}


def refusal(status: int, message: str, told: str, reason: str = "forbidden") -> Reply:
    errors = [{"message": message, "domain": "global", "reason": reason}]
    return Reply({"error": {"code": status, "message": message, "errors": errors, "status": told}}, status)


@asynccontextmanager
async def running() -> AsyncIterator[Google]:
    google = Google()
    async with serving(google.answer) as google.address:
        yield google
