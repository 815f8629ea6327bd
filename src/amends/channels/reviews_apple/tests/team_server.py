"""A stand-in for App Store Connect's API on loopback: one app, its reviews and the responses to them.

A simulator, written from Apple's reference of the App Store Connect API (`List all customer reviews for an app`, `Get a
customer review response`, `Create or update a response to a customer review`, `Generating Tokens for API Requests`,
`Identifying Rate Limits`, `Interpreting and Handling Errors`).
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from amends.channels.reviews_apple.tests.feed_server import APP
from amends.channels.testing.loopback import Reply, Request, serving

ISSUER, KEY = "57246542-96fe-1a63-e053-0824d011072a", "2X9R4HXF34"


@cache
def private() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem() -> str:
    """The content of the file AuthKey_2X9R4HXF34.p8."""
    return private().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class Connect:
    """`reviews` has the newest first, `responses` are by review. `asked` is what was called, `faults` are answered
    first, and `refused` has tokens that are no longer good."""

    def __init__(self) -> None:
        self.address = ""
        self.reviews: list[dict[str, Any]] = []
        self.responses: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.tokens: list[str] = []
        self.refused: set[str] = set()
        self.faults: list[Reply] = []
        self.at = datetime.now(UTC)

    def answer(self, request: Request) -> Reply:
        self.asked.append(f"{request.method} {request.path}")
        if self.faults:
            return self.faults.pop(0)
        if not self.knows(request.headers.get("authorization", "").removeprefix("Bearer ")):
            return refusal(401, "NOT_AUTHORIZED", "Provide a properly configured and signed bearer token.")
        reply = self.routed(request)
        reply.headers = {"x-rate-limit": f"user-hour-lim:3500;user-hour-rem:{3500 - len(self.asked)};"}
        return reply

    def knows(self, token: str) -> bool:
        try:
            head, claims, signature = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
            numbers = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            signed = token.rpartition(".")[0].encode()
            private().public_key().verify(encode_dss_signature(*numbers), signed, ec.ECDSA(hashes.SHA256()))
        except (ValueError, InvalidSignature):
            return False
        told, now = json.loads(claims), time.time()
        self.tokens.append(token)
        return (
            len(signature) == 64
            and json.loads(head) == {"alg": "ES256", "kid": KEY, "typ": "JWT"}
            and (told["iss"], told["aud"]) == (ISSUER, "appstoreconnect-v1")
            and told["iat"] - 60 < now < told["exp"] <= told["iat"] + 1200
            and token not in self.refused
        )

    def routed(self, request: Request) -> Reply:
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["v1", "apps", app] if app == APP:
                return Reply(
                    {"data": {"type": "apps", "id": app, "attributes": {"name": "Acme Air", "bundleId": "com.acme"}}}
                )
            case "GET", ["v1", "apps", app, "customerReviews"] if app == APP:
                return self.list(request)
            case "GET", ["v1", "customerReviews", review, "response"] if review in self.responses:
                return Reply({"data": self.responses[review]})
            case "POST", ["v1", "customerReviewResponses"]:
                return self.respond(request)
        return refusal(404, "NOT_FOUND", "There is no resource of that id.")

    def list(self, request: Request) -> Reply:
        assert request.query["sort"] == ["-createdDate"] and request.query["include"] == ["response"]
        start, size = int(request.query.get("cursor", ["0"])[0]), int(request.query["limit"][0])
        assert size <= 200
        found = self.reviews[start : start + size]
        url = f"https://api.appstoreconnect.apple.com{request.path}"
        links = {"self": url}
        if start + size < len(self.reviews):
            links["next"] = f"{url}?cursor={start + size}&limit={size}"
        included = [self.responses[one["id"]] for one in found if one["id"] in self.responses]
        page = {"data": [self.related(one) for one in found], "links": links, "meta": {"paging": {"total": 1}}}
        return Reply(page | ({"included": included} if included else {}))

    def related(self, review: dict[str, Any]) -> dict[str, Any]:
        answer = self.responses.get(review["id"])
        data = {"data": {"type": "customerReviewResponses", "id": answer["id"]}} if answer else {}
        return review | {"relationships": {"response": {"links": {"related": "..."}} | data}}

    def respond(self, request: Request) -> Reply:
        data = request.json()["data"]
        assert data["type"] == "customerReviewResponses"
        review = data["relationships"]["review"]["data"]
        if review["type"] != "customerReviews" or all(one["id"] != review["id"] for one in self.reviews):
            return refusal(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "The review does not exist.")
        words = data["attributes"]["responseBody"]
        if not 0 < len(words) <= 5970:
            return refusal(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "The response is too long.")
        return Reply({"data": self.say(review["id"], words)}, 201)

    def say(self, review: str, words: str) -> dict[str, Any]:
        """We answer, here or on Apple's own page."""
        attributes = {"responseBody": words, "lastModifiedDate": self.now(), "state": "PENDING_PUBLISH"}
        made = {"type": "customerReviewResponses", "id": f"r-{review}", "attributes": attributes}
        self.responses[review] = made
        return made

    def write(self, words: str, review: str = "", stars: int = 1) -> str:
        """Somebody writes a review, or writes theirs anew: {its id}."""
        name = review or f"00000075-bcd1-0015-{len(self.reviews):012d}"
        attributes = {
            "rating": stars, "title": "About it", "body": words, "reviewerNickname": "Charlie",
            "createdDate": self.now(), "territory": "USA",
        }  # fmt: skip
        self.reviews = [one for one in self.reviews if one["id"] != name]
        self.reviews.insert(0, {"type": "customerReviews", "id": name, "attributes": attributes})
        return name

    def now(self) -> str:
        self.at = max(datetime.now(UTC), self.at + timedelta(seconds=1)).replace(microsecond=0)
        return self.at.isoformat()


def refusal(status: int, code: str, detail: str) -> Reply:
    return Reply({"errors": [{"status": str(status), "code": code, "title": "No.", "detail": detail}]}, status)


@asynccontextmanager
async def running() -> AsyncIterator[Connect]:
    server = Connect()
    async with serving(server.answer) as server.address:
        yield server
