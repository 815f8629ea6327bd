"""A stand-in for a homeserver, on loopback, for sealed tests and for faults that a real one does not show.

Written from the client-server API of the Matrix specification, version 1.16, and held to what Synapse was seen to
answer. The real server is tested in `tests/peers/`.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from amends.channels.testing.loopback import NOTHING, Reply, Request, serving

ACME, CHARLIE, BOB = "@acme:example.org", "@charlie:example.org", "@bob:example.org"
PASSWORD = "correct horse battery staple"
TOKEN = "syt_entered_by_hand"
CALLS = [
    ("GET", r"/v3/account/whoami", "whoami"),
    ("GET", r"/v3/sync", "sync"),
    ("GET", r"/v3/profile/([^/]+)", "profile"),
    ("GET", r"/v3/joined_rooms", "joined_rooms"),
    ("GET", r"/v3/directory/room/([^/]+)", "directory"),
    ("GET", r"/v3/user/[^/]+/account_data/m.direct", "directs"),
    ("PUT", r"/v3/user/[^/]+/account_data/m.direct", "list_directs"),
    ("GET", r"/v3/rooms/([^/]+)/messages", "messages"),
    ("GET", r"/v3/rooms/([^/]+)/members", "members"),
    ("GET", r"/v3/rooms/([^/]+)/event/([^/]+)", "event"),
    ("GET", r"/v3/rooms/([^/]+)/state/([^/]+)", "state"),
    ("PUT", r"/v3/rooms/([^/]+)/send/([^/]+)/([^/]+)", "send"),
    ("POST", r"/v3/rooms/([^/]+)/receipt/m.read/([^/]+)", "receipt"),
    ("POST", r"/v3/rooms/([^/]+)/join", "join"),
    ("POST", r"/v3/createRoom", "create"),
    ("GET", r"/v1/rooms/([^/]+)/relations/([^/]+)/m.annotation/m.reaction", "relations"),
    ("GET", r"/v1/media/config", "media_config"),
    ("POST", r"/_matrix/media/v3/upload", "upload"),
]
DONE_UNHEARD = Reply()  # a fault: the call is carried out, and the connection breaks before the answer


class Server:
    """The server of Acme's account. `faults` are answered first, one a call of that name; `asked` is what was called.
    Events stand in one list; a token is a number of them."""

    def __init__(self) -> None:
        self.url = ""
        self.events: list[dict[str, Any]] = []
        self.tokens: dict[str, str] = {TOKEN: "HAND"}  # token: device
        self.devices: list[str] = []
        self.lists: dict[str, list[str]] = {}
        self.aliases: dict[str, str] = {}
        self.done: dict[tuple[str, ...], str] = {}
        self.read: list[str] = []
        self.files: list[bytes] = []
        self.faults: dict[str, list[Reply]] = defaultdict(list)
        self.asked: list[str] = []
        self.news = asyncio.Event()
        self.clock = time.time
        self.encrypts = False
        self.number = 0

    # What people do.

    def put(self, room: str, sender: str, kind: str, content: Any, **more: Any) -> str:
        self.number += 1
        event = {
            "type": kind, "sender": sender, "content": content, "event_id": f"$made{self.number}", "room_id": room,
            "origin_server_ts": int(self.clock() * 1000),
        } | more  # fmt: skip
        self.events.append(event)
        self.news.set()
        self.news = asyncio.Event()
        return event["event_id"]

    def say(self, room: str, text: str, sender: str = CHARLIE, **content: Any) -> str:
        return self.put(room, sender, "m.room.message", {"msgtype": "m.text", "body": text} | content)

    def set(self, room: str, kind: str, content: Any, key: str = "", sender: str = CHARLIE) -> str:
        return self.put(room, sender, kind, content, state_key=key)

    def enter(self, room: str, user: str, membership: str = "join", **content: Any) -> None:
        name = user[1:].partition(":")[0].title()
        self.set(room, "m.room.member", {"membership": membership, "displayname": name} | content, user, CHARLIE)

    def room(self, name: str, *people: str, public: bool = True, **create: Any) -> str:
        room = f"!{name}:example.org"
        self.set(room, "m.room.create", {"room_version": "11"} | create)
        self.set(room, "m.room.join_rules", {"join_rule": "public" if public else "invite"})
        for user in people or (CHARLIE, ACME):
            self.enter(room, user)
        return room

    def redact(self, room: str, event: str) -> None:
        self.put(room, CHARLIE, "m.room.redaction", {"redacts": event})
        found = self.found(room, event)
        found["content"] = {}
        found["unsigned"] = {"redacted_because": self.events[-1]}

    def found(self, room: str, event: str) -> Any:
        return next((one for one in self.events if (one["room_id"], one["event_id"]) == (room, event)), None)

    def current(self, room: str, kind: str, key: str = "") -> Any:
        wanted = (room, kind, key)
        found = [one for one in self.events if (one["room_id"], one["type"], one.get("state_key")) == wanted]
        return found[-1]["content"] if found else None

    def membership(self, room: str, user: str) -> str:
        return (self.current(room, "m.room.member", user) or {}).get("membership", "leave")

    # What the server answers.

    async def answer(self, request: Request) -> Reply:
        path = request.path.removeprefix("/_matrix/client")
        if path == "/v3/login":
            return self.faulty("login", self.login, request)
        if self.device(request) is None:
            return refusal(401, "M_UNKNOWN_TOKEN", "Unrecognised access token", soft_logout=True)
        for method, pattern, name in CALLS:
            if method == request.method and (match := re.fullmatch(pattern, path)):
                if name == "sync" and not self.faults["sync"]:
                    await self.wait(request)
                parts = [unquote(part) for part in match.groups()]
                return self.faulty(name, getattr(self, name), request, *parts)
        return refusal(404, "M_UNRECOGNIZED", "Unrecognized request")

    def faulty(self, name: str, call: Any, request: Request, *parts: str) -> Reply:
        self.asked.append(name)
        fault = self.faults[name].pop(0) if self.faults[name] else None
        if fault is not None and fault is not DONE_UNHEARD:
            return fault
        found = call(request, *parts)
        return NOTHING if fault else found if isinstance(found, Reply) else Reply(found)

    def device(self, request: Request) -> str | None:
        return self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))

    def login(self, request: Request) -> object:
        given = request.json()
        if given["type"] != "m.login.password" or given["password"] != PASSWORD:
            return refusal(403, "M_FORBIDDEN", f"Invalid username or password {given.get('password')}")
        device = given.get("device_id") or f"GIVEN{len(self.devices)}"
        if device not in self.devices:
            self.devices.append(device)
        self.tokens = {token: of for token, of in self.tokens.items() if of != device}
        self.number += 1
        self.tokens[f"syt_{self.number}"] = device
        return {"user_id": ACME, "access_token": f"syt_{self.number}", "device_id": device}

    def whoami(self, request: Request) -> object:
        return {"user_id": ACME, "device_id": self.device(request)}

    def profile(self, request: Request, user: str) -> object:
        return {"displayname": "Acme Air", "avatar_url": "mxc://example.org/face"}

    def joined_rooms(self, request: Request) -> object:
        return {"joined_rooms": self.rooms("join")}

    def rooms(self, membership: str) -> list[str]:
        known = dict.fromkeys(event["room_id"] for event in self.events)
        return [room for room in known if self.membership(room, ACME) == membership]

    def directory(self, request: Request, alias: str) -> object:
        room = self.aliases.get(alias)
        return {"room_id": room} if room else refusal(404, "M_NOT_FOUND", "Room alias not found")

    def directs(self, request: Request) -> object:
        return self.lists or refusal(404, "M_NOT_FOUND", "Account data not found")

    def list_directs(self, request: Request) -> object:
        self.lists = request.json()
        return {}

    async def wait(self, request: Request) -> None:
        since, timeout = request.query.get("since", [""])[0], int(request.query.get("timeout", ["0"])[0])
        if since and timeout and int(since[1:]) >= len(self.events):
            try:
                async with asyncio.timeout(timeout / 1000):
                    await self.news.wait()
            except TimeoutError:
                return

    def sync(self, request: Request) -> object:
        since = request.query.get("since", ["s0"])[0]
        if not (since.startswith("s") and since[1:].isdecimal()):
            return refusal(400, "M_UNKNOWN", "Invalid stream token")
        start, shown = int(since[1:]), json.loads(request.query["filter"][0])["room"]["timeline"]
        whole = start == 0 or request.query.get("full_state") == ["true"]
        rooms: dict[str, Any] = {"join": {}, "invite": {}, "leave": {}}
        for room in self.rooms("join"):
            if (told := self.joined(room, start, whole, shown)) is not None:
                rooms["join"][room] = told
        for room in self.rooms("invite"):
            events = [one for one in self.events if one["room_id"] == room and "state_key" in one]
            if any(self.events.index(one) >= start for one in events):
                rooms["invite"][room] = {"invite_state": {"events": events}}
        data = [{"type": "m.direct", "content": self.lists}] if whole and self.lists else []
        return {"next_batch": f"s{len(self.events)}", "rooms": rooms, "account_data": {"events": data}}

    def joined(self, room: str, start: int, whole: bool, shown: Any) -> Any:
        numbered = [(number, one) for number, one in enumerate(self.events, 1) if one["room_id"] == room]
        entered = max(number for number, one in numbered if one.get("state_key") == ACME)
        fresh = whole or entered > start
        timeline = [(number, one) for number, one in numbered if number > start and one["type"] in shown["types"]]
        kept = timeline[-shown["limit"] :]
        if not (timeline or fresh):
            return None
        senders = {one["sender"] for _, one in kept} | {ACME}
        states: dict[tuple[str, str], Any] = {}
        for _, one in numbered:
            if one.get("state_key") in senders if one["type"] == "m.room.member" else fresh and "state_key" in one:
                states[one["type"], one.get("state_key")] = one
        people = [one["content"]["membership"] for _, one in numbered if one["type"] == "m.room.member"]
        return {
            "state": {"events": list(states.values())},
            "summary": {"m.joined_member_count": people.count("join"), "m.invited_member_count": 0},
            "timeline": {
                "events": [one for _, one in kept],
                "limited": len(timeline) > len(kept) or (fresh and start > 0 and entered > start),
                "prev_batch": f"s{(kept[0][0] if kept else len(self.events) + 1) - 1}",
            },
        }

    def messages(self, request: Request, room: str) -> object:
        if self.membership(room, ACME) != "join":
            return refusal(403, "M_FORBIDDEN", "User not in room")
        end = int(request.query.get("from", [f"s{len(self.events)}"])[0][1:])
        stop, limit = int(request.query.get("to", ["s0"])[0][1:]), int(request.query["limit"][0])
        shown = json.loads(request.query["filter"][0])
        wanted = [
            (number, one)
            for number, one in list(enumerate(self.events, 1))[stop:end]
            if one["room_id"] == room and one["type"] in shown["types"]
            and one["sender"] in shown.get("senders", [one["sender"]])
        ]  # fmt: skip
        page = wanted[::-1][:limit]
        members = [one for one in self.events if one["room_id"] == room and one["type"] == "m.room.member"]
        found: dict[str, Any] = {"chunk": [one for _, one in page], "state": members, "start": f"s{end}"}
        return found | ({"end": f"s{page[-1][0] - 1}"} if len(wanted) > len(page) else {})

    def members(self, request: Request, room: str) -> object:
        return {"chunk": [one for one in self.events if one["room_id"] == room and one["type"] == "m.room.member"]}

    def event(self, request: Request, room: str, event: str) -> object:
        return self.found(room, event) or refusal(404, "M_NOT_FOUND", "Event not found")

    def state(self, request: Request, room: str, kind: str) -> object:
        found = self.current(room, kind)
        return refusal(404, "M_NOT_FOUND", "Event not found") if found is None else found

    def send(self, request: Request, room: str, kind: str, transaction: str) -> object:
        if self.membership(room, ACME) != "join":
            return refusal(403, "M_FORBIDDEN", f"User {ACME} not in room {room}")
        content = request.json()
        if kind == "m.reaction" and any(one["content"] == content for one in self.of(room, kind)):
            return refusal(400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice")
        once = (self.device(request) or "", room, kind, transaction)
        if once not in self.done:
            self.done[once] = self.put(room, ACME, kind, content)
        return {"event_id": self.done[once]}

    def of(self, room: str, kind: str) -> list[Any]:
        return [one for one in self.events if (one["room_id"], one["type"]) == (room, kind)]

    def receipt(self, request: Request, room: str, event: str) -> object:
        self.read.append(event)
        return {}

    def join(self, request: Request, room: str) -> object:
        if self.membership(room, ACME) not in ("invite", "join"):
            return refusal(403, "M_FORBIDDEN", "You are not invited to this room.")
        self.enter(room, ACME)
        return {"room_id": room}

    def create(self, request: Request) -> object:
        given = request.json()
        room = self.room(f"created{len(self.events)}", ACME, public=False, **given["creation_content"])
        self.found(room, f"$made{self.number - 2}")["sender"] = ACME
        for user in given["invite"]:
            self.enter(room, user, "invite", is_direct=True)
        if self.encrypts:
            self.set(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        return {"room_id": room}

    def relations(self, request: Request, room: str, event: str) -> object:
        found = [one for one in self.of(room, "m.reaction") if one["content"]["m.relates_to"]["event_id"] == event]
        return {"chunk": found}

    def media_config(self, request: Request) -> object:
        return {"m.upload.size": 1000}

    def upload(self, request: Request) -> object:
        self.files.append(request.body)
        return {"content_uri": f"mxc://example.org/file{len(self.files)}"}


def refusal(status: int, code: str, message: str, **more: Any) -> Reply:
    return Reply({"errcode": code, "error": message} | more, status)


@asynccontextmanager
async def running() -> AsyncIterator[Server]:
    server = Server()
    async with serving(server.answer) as server.url:
        yield server
