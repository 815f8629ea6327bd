"""A stand-in for a server of the fediverse, on loopback, for sealed tests and for faults that a real one does not show.

Written from Mastodon's documentation (docs.joinmastodon.org: entities, methods, streaming, rate limits, pagination).
The server that others made is tested in `tests/peers/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.http11 import Request as Handshake
from websockets.http11 import Response

from amends.channels.testing.loopback import NOTHING, Reply, Request, serving

FIXTURES = Path(__file__).parents[1] / "fixtures"
TOKEN = "made-up-token"
DONE_UNHEARD = Reply()  # a fault: the call is carried out, and the connection breaks before the answer


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def refusal(status: int, message: str) -> Reply:
    return Reply({"error": message}, status)


class Server:
    """A server with the account @acme, whose token is `TOKEN`. `faults` are answered first, one a call, by the method
    and the path's pattern; `asked` is what was called. What it offers is changed by its attributes."""

    def __init__(self) -> None:
        self.url = self.streaming = ""
        self.domain = "social.example"
        self.now: datetime | None = None  # the server's time, where it is not the real one
        self.statuses: list[dict[str, Any]] = []  # the oldest first
        self.notifications: list[dict[str, Any]] = []
        self.sources: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.media: dict[str, dict[str, Any]] = {}
        self.working = 0  # looks until a file is ready
        self.faults: dict[str, list[Reply]] = {}
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self.lacks: set[str] = set()  # "batch", "search", "v2", "source", "conversations", "public"
        self.extra: dict[str, Any] = {}  # of the instance
        self.ways = {"websocket"}
        self.listeners: dict[ServerConnection, tuple[str, str]] = {}
        self.accounts = {name: self.account(name) for name in ("acme", "charlie", "bob@elsewhere.example")}
        self.count = 100

    def account(self, acct: str) -> dict[str, Any]:
        name, _, domain = acct.partition("@")
        return {
            "id": str(len(acct) * 7), "username": name, "acct": acct, "display_name": name.title(), "locked": False,
            "url": f"https://{domain or self.domain}/@{name}", "note": f"<p>{name}</p>", "followers_count": 12,
            "created_at": "2024-01-01T00:00:00.000Z", "avatar": "https://social.example/a.png", "emojis": [],
        }  # fmt: skip

    # What its people do.

    def write(self, who: str, text: str, *, tell: bool = True, **more: Any) -> dict[str, Any]:
        """A new status. `tell`: whether @acme is told of it by a notification."""
        self.count += 1
        made_at = self.now or datetime.now(UTC)
        made = {
            "id": str(self.count), "created_at": stamp(made_at), "edited_at": None, "in_reply_to_id": None,
            "in_reply_to_account_id": None, "sensitive": False, "spoiler_text": "", "visibility": "public",
            "language": "en", "uri": f"https://{self.domain}/users/{who}/statuses/{self.count}",
            "url": f"https://{self.domain}/@{who}/{self.count}", "replies_count": 0, "reblogs_count": 0,
            "favourites_count": 0, "favourited": False, "content": html(text), "reblog": None,
            "account": self.accounts[who], "media_attachments": [], "mentions": [], "tags": tags(text), "emojis": [],
            "card": None, "poll": None, "quote": None,
        } | more  # fmt: skip
        self.statuses.append(made)
        self.sources[made["id"]] = text
        self.say("public", "update", made)
        if who == "acme":
            self.say("user", "update", made)
        elif tell:
            self.notify("mention", made)
        if made["visibility"] == "direct":
            self.say("direct", "conversation", self.conversation(made))
        return made

    def notify(self, kind: str, status: dict[str, Any]) -> None:
        self.count += 1
        at = stamp(self.now or datetime.now(UTC))
        made = {"id": str(self.count), "type": kind, "created_at": at, "account": status["account"], "status": status}
        self.notifications.append(made)
        self.say("user", "notification", made)

    def edit(self, local: str, text: str, *, tell: bool = True) -> None:
        status = self.status(local)
        at = max(self.now or datetime.now(UTC), when(status["created_at"]) + timedelta(milliseconds=1))
        status |= {"content": html(text), "edited_at": stamp(at)}
        self.sources[local] = text
        if tell:
            self.say("user", "status.update", status)
            self.say("public", "status.update", status)

    def remove(self, local: str, *, tell: bool = True) -> None:
        self.statuses = [one for one in self.statuses if one["id"] != local]
        self.notifications = [one for one in self.notifications if (one["status"] or {}).get("id") != local]
        if tell:
            self.say("user", "delete", local)
            self.say("public", "delete", local)

    def status(self, local: str) -> dict[str, Any]:
        return next(one for one in self.statuses if one["id"] == local)

    def conversation(self, last: dict[str, Any]) -> dict[str, Any]:
        return {"id": f"9{last['id']}", "unread": True, "accounts": [last["account"]], "last_status": last}

    def say(self, stream: str, event: str, payload: Any) -> None:
        """To all who follow the stream by websocket."""
        said = payload if isinstance(payload, str) else json.dumps(payload)
        for listener, (name, tag) in self.listeners.items():
            if name == stream or (name == "hashtag" and stream == "public" and f'"{tag}"' in said):
                broadcast([listener], json.dumps({"stream": [name], "event": event, "payload": said}))

    # What it answers.

    def answer(self, request: Request) -> Reply:
        path = re.sub(r"/\d+", "/:id", request.path)
        call = f"{request.method} {path}"
        self.asked.append(call)
        fault = self.faults.get(call, []).pop(0) if self.faults.get(call) else None
        if fault is not None and fault is not DONE_UNHEARD:
            return fault
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token and token != TOKEN:
            return refusal(401, f"The access token is invalid {token}")
        found = self.found(request, path.removeprefix("/api"), known=bool(token))
        reply = found if isinstance(found, Reply) else Reply(found)
        return NOTHING if fault is DONE_UNHEARD else limited(reply)

    def found(self, request: Request, path: str, *, known: bool) -> Any:
        asked = {name.removesuffix("[]"): values for name, values in request.query.items()}
        local = next(iter(re.findall(r"/(\d+)", request.path)), "")
        public = [one for one in self.statuses if one["visibility"] == "public"]
        if not known and path in PRIVATE:
            return refusal(401, "This method requires an authenticated user")
        match request.method, path:
            case "GET", "/v2/instance" | "/v1/instance":
                return refusal(404, "Not Found") if path[1:3] in self.lacks else self.instance()
            case "GET", "/v1/accounts/verify_credentials":
                return self.accounts["acme"]
            case "GET", "/v1/notifications":
                noise = asked.get("exclude_types", [])
                return paged([one for one in self.notifications if one["type"] not in noise], asked, request)
            case "GET", "/v1/conversations" if "conversations" not in self.lacks:
                last = [one for one in self.statuses if one["visibility"] == "direct"][-1:]
                return [self.conversation(one) for one in last]
            case "GET", "/v1/accounts/:id/statuses":
                return paged([one for one in self.statuses if one["account"]["acct"] == "acme"], asked, request)
            case "GET", "/v1/timelines/public" if "public" not in self.lacks:
                return paged(public, asked, request)
            case "GET", "/v2/search" if "search" not in self.lacks:
                return {"accounts": [], "hashtags": [], "statuses": self.search(asked, known=known)}
            case "GET", "/v1/statuses" if "batch" not in self.lacks:
                return [one for one in self.statuses if one["id"] in asked["id"]]
            case "GET", _ if path.startswith("/v1/timelines/tag/"):
                return paged([one for one in public if path.rpartition("/")[2] in tagged(one)], asked, request)
        return self.of_one(request, path, local)

    def of_one(self, request: Request, path: str, local: str) -> Any:
        """Calls about one status or one file."""
        status = next((one for one in self.statuses if one["id"] == local), None)
        match request.method, path:
            case "GET", "/v1/statuses/:id" if status:
                return status
            case "GET", "/v1/statuses/:id/source" if status and "source" not in self.lacks:
                return {"id": local, "text": self.sources[local], "spoiler_text": status["spoiler_text"]}
            case "GET", "/v1/statuses/:id/context" if status:
                return self.context(status)
            case "POST", "/v1/statuses":
                return self.post(request)
            case "POST", "/v1/statuses/:id/favourite" if status:
                status["favourited"] = True
                return status
            case "PUT", "/v1/statuses/:id" if status:
                self.bodies.append(request.json())
                self.edit(local, request.json()["status"])
                return status
            case "DELETE", "/v1/statuses/:id" if status:
                self.remove(local)
                return status
            case "POST", "/v2/media" | "/v1/media":
                self.media[str(900 + len(self.media))] = {"body": request.body}
                return Reply({"id": str(899 + len(self.media)), "url": None}, 202 if self.working else 200)
            case "GET", "/v1/media/:id":
                self.working = max(self.working - 1, 0)
                return Reply({"id": local}, 206 if self.working else 200)
        return refusal(404, "Record not found")

    def instance(self) -> dict[str, Any]:
        return {
            "domain": self.domain, "version": "4.6.0", "source_url": "https://github.com/mastodon/mastodon",
            "configuration": {
                "urls": {"streaming": self.streaming},
                "statuses": {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23},
                "media_attachments": {"image_size_limit": 1000, "video_size_limit": 2000},
            },
            "api_versions": {"mastodon": 7},
        } | self.extra  # fmt: skip

    def search(self, asked: dict[str, list[str]], *, known: bool) -> list[dict[str, Any]]:
        word = asked["q"][0].strip('"').casefold()
        if asked.get("resolve") and word.startswith("http"):
            return [one for one in self.statuses if one["uri"].casefold() == word]
        found = [one for one in reversed(self.statuses) if word in f"{one['content']} {one['spoiler_text']}".casefold()]
        start = int(asked.get("offset", ["0"])[0])
        return [one for one in found if one["visibility"] == "public" and known][start : start + int(asked["limit"][0])]

    def context(self, status: dict[str, Any]) -> dict[str, Any]:
        above, below, at = [], [status["id"]], status
        while at := next((one for one in self.statuses if one["id"] == at["in_reply_to_id"]), None):
            above.insert(0, at)
        for one in self.statuses:
            if one["in_reply_to_id"] in below:
                below.append(one["id"])
        return {"ancestors": above, "descendants": [one for one in self.statuses if one["id"] in below[1:]]}

    def post(self, request: Request) -> Any:
        given, key = request.json(), request.headers.get("idempotency-key", "")
        self.bodies.append(given)
        if key in self.keys and any(one["id"] == self.keys[key] for one in self.statuses):
            return self.status(self.keys[key])
        if len(given["status"]) > 500:
            return refusal(422, "Validation failed: Text character limit of 500 exceeded")
        parent = next((one for one in self.statuses if one["id"] == given.get("in_reply_to_id")), None)
        if given.get("in_reply_to_id") and not parent:
            return refusal(404, "Record not found")
        made = self.write(
            "acme", given["status"], visibility=given["visibility"], spoiler_text=given.get("spoiler_text", ""),
            in_reply_to_id=given.get("in_reply_to_id"),
            in_reply_to_account_id=parent["account"]["id"] if parent else None,
            mentions=[parent["account"]] if parent else [],
            media_attachments=[{"id": one, "type": "image"} for one in given.get("media_ids", [])],
        )  # fmt: skip
        if key:
            self.keys[key] = made["id"]
        return made

    # Its streams.

    async def stream(self, reader: ServerConnection) -> None:
        asked = parse_qs(urlsplit(reader.request.path).query)
        self.listeners[reader] = (asked["stream"][0], asked.get("tag", [""])[0])
        await reader.wait_closed()
        self.listeners.pop(reader, None)

    def shake(self, connection: ServerConnection, request: Handshake) -> Response | None:
        asked = parse_qs(urlsplit(request.path).query)
        header = request.headers.get("authorization", "").removeprefix("Bearer ") if "websocket" in self.ways else ""
        query = asked.get("access_token", [""])[0] if "websocket-query" in self.ways else ""
        if "anonymous" in self.ways or TOKEN in (header, query):
            return None
        return connection.respond(401, "Missing access token\n")


PRIVATE = frozenset({"/v1/accounts/verify_credentials", "/v1/notifications", "/v1/conversations"})


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def html(text: str) -> str:
    """As Mastodon writes it: paragraphs, and long addresses cut."""
    found = escape(text, quote=False).replace("\n\n", "</p><p>").replace("\n", "<br />")
    link = r'<a href="\1\2"><span class="invisible">\1</span><span class="">\2</span></a>'
    found = re.sub(r"(https?://)([^\s<]+)", link, found)
    return f"<p>{found}</p>"


def tags(text: str) -> list[dict[str, str]]:
    return [{"name": tag, "url": f"https://social.example/tags/{tag}"} for tag in re.findall(r"#(\w+)", text)]


def tagged(status: dict[str, Any]) -> list[str]:
    return [one["name"] for one in status["tags"]]


def paged(items: list[Any], asked: dict[str, list[str]], request: Request) -> Reply:
    """The newest first, between `since_id` and `max_id`, with the `Link` of what is older."""
    limit = min(int(asked.get("limit", ["20"])[0]), 40)
    since, below = int(asked.get("since_id", ["0"])[0]), int(asked.get("max_id", [str(1 << 60)])[0])
    page = [one for one in reversed(items) if since < int(one["id"]) < below][:limit]
    if not page:
        return Reply([])
    link = f'<https://social.example{request.path}?limit={limit}&{{}}={{}}>; rel="{{}}"'
    links = [link.format("min_id", page[0]["id"], "prev")]
    if len(page) == limit:
        links.insert(0, link.format("max_id", page[-1]["id"], "next"))
    return Reply(page, headers={"link": ", ".join(links)})


def limited(reply: Reply) -> Reply:
    """With what is left of the rate limit."""
    reset = stamp(datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5))
    told = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "299", "x-ratelimit-reset": reset}
    return Reply(reply.body, reply.status, {**told, **reply.headers}, reply.cut)


@asynccontextmanager
async def running() -> AsyncIterator[Server]:
    server = Server()
    async with (
        serve(server.stream, "127.0.0.1", 0, process_request=server.shake) as streams,
        serving(server.answer) as server.url,
    ):
        server.streaming = f"ws://127.0.0.1:{next(iter(streams.sockets)).getsockname()[1]}"
        yield server
