"""A simulator of a Discourse forum, on loopback.

Written from the OpenAPI description of docs.discourse.org and, where that is silent, from Discourse's own source:
`PostsController` (pages by falling id; the same post by the same key within two minutes is the same answer),
`LatestPostsQuery`, `TopicsController`, `NotificationsController`, `SearchController` and the rate limiter's answer. It
keeps its posts as the API shows them, and lets tests look and meddle.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from amends.channels.base import Received
from amends.channels.testing.loopback import NOTHING, Reply, Request, serving

FIXTURES = Path(__file__).parents[1] / "fixtures"
KEY, USER_KEY, SECRET = "f" * 64, "e" * 32, "a secret of the hook"
PEOPLE = {"alice": 7, "bob": 8, "charlie": 42, "dana": 43}


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def moment() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Forum:
    """`posts` by id, newest last. `faults` are answered first, one a call that begins so ("POST /posts"); `asked` is
    what was called. `least` is the length that a post must have."""

    def __init__(self) -> None:
        self.url = ""
        self.posts: dict[int, dict[str, Any]] = {}
        self.topics: dict[int, dict[str, Any]] = {}
        self.notes: list[dict[str, Any]] = []
        self.held: list[dict[str, Any]] = []
        self.likes: set[int] = set()
        self.unlisted: set[int] = set()  # topics that no list shows
        self.made: dict[str, Reply] = {}  # what the same request is answered again
        self.faults: dict[str, list[Reply]] = {}
        self.asked: list[str] = []
        self.least, self.closed, self.holds = 5, False, False
        self._pattern = json.loads(fixture("post.json"))

    # As people use it.

    def write(
        self, text: str, by: str = "charlie", topic: int = 0, to: int | None = None, *, private: bool = False,
        title: str = "A topic", at: str = "", **more: Any
    ) -> dict[str, Any]:  # fmt: skip
        """A post; in a new topic (a message when `private`) unless one is given."""
        topic = topic or self._begin(by, title, private)
        number = self.topics[topic]["highest_post_number"] + 1
        now = at or moment()
        self.topics[topic] |= {"highest_post_number": number, "last_posted_at": now, "posts_count": number}
        answered = next((p for p in self.posts.values() if p["topic_id"] == topic and p["post_number"] == to), None)
        post = self._pattern | {
            "id": max(self.posts, default=10) + 1, "topic_id": topic, "post_number": number, "username": by,
            "user_id": PEOPLE[by], "name": by.title(), "raw": text, "cooked": f"<p>{text}</p>", "created_at": now,
            "updated_at": now, "reply_to_post_number": to, "actions_summary": [], "reply_count": 0, "quote_count": 0,
            "topic_slug": "a-topic", "topic_title": title, "reads": 1,
        }  # fmt: skip
        if answered:
            answered["reply_count"] += 1
            names = ("username", "name", "avatar_template")
            post["reply_to_user"] = {"id": answered["user_id"]} | {name: answered[name] for name in names}
        self.posts[post["id"]] = post | more
        return self.posts[post["id"]]

    def _begin(self, by: str, title: str, private: bool) -> int:
        topic = max(self.topics, default=500) + 1
        archetype = "private_message" if private else "regular"
        self.topics[topic] = {
            "id": topic, "title": title, "highest_post_number": 0, "posts_count": 0, "created_at": moment(),
            "last_posted_at": None, "archetype": archetype, "by": by, "slug": "a-topic",
        }  # fmt: skip
        return topic

    def edit(self, post: int, text: str) -> None:
        one = self.posts[post]
        one |= {"raw": text, "cooked": f"<p>{text}</p>", "updated_at": moment(), "version": one["version"] + 1}

    def remove(self, post: int) -> dict[str, Any]:
        return self.posts.pop(post) | {"deleted_at": moment()}

    def notify(self, kind: int, post: dict[str, Any], **more: Any) -> None:
        self.notes.insert(0, {
            "id": 9000 + len(self.notes), "notification_type": kind, "read": False, "created_at": moment(),
            "topic_id": post["topic_id"], "post_number": post["post_number"], "slug": "a-topic", "data": {},
        } | more)  # fmt: skip

    def call(self, event: str, post: dict[str, Any], secret: str = SECRET) -> Received:
        """A webhook call as the forum makes it."""
        archetype = self.topics.get(post["topic_id"], {}).get("archetype", "regular")
        told = {name: value for name, value in post.items() if name != "actions_summary"}
        body = json.dumps({"post": told | {"topic_archetype": archetype}}).encode()
        return signed(event, body, secret)

    # As the API answers.

    def answer(self, request: Request) -> Reply:
        path = request.path.removesuffix(".json")
        call = f"{request.method} {path}"
        self.asked.append(call)
        for start, faults in self.faults.items():
            if call.startswith(start) and faults:
                fault = faults.pop(0)
                if fault is DONE_UNHEARD:
                    self._answer(path, request)
                    return NOTHING
                return fault
        return self._answer(path, request)

    def _answer(self, path: str, request: Request) -> Reply:
        account = self._account(request)
        if account is None:
            return refusal(403, "invalid_access", "The API username or key is invalid.")
        parts = path.strip("/").split("/")
        if path == "/site/basic-info":
            return Reply({"title": "Travellers", "login_required": self.closed, "locale": "en"})
        if not account and (self.closed or request.method != "GET" or parts[0] in ("notifications", "session")):
            return refusal(403, "not_logged_in", "You need to be logged in to do that.")
        if path == "/session/current":
            return Reply({"current_user": {"id": PEOPLE[account], "username": account, "name": account.title()}})
        if path == "/site/settings":
            return Reply({"title": "Travellers", "max_post_length": 2000, "min_post_length": self.least})
        method = getattr(self, f"{request.method.lower()}_{parts[0].replace('-', '_')}", None)
        return method(parts[1:], request, account) if method else refusal(404, "not_found", "Not found")

    def _account(self, request: Request) -> str | None:
        """The user's name, "" for anybody, None with a wrong key."""
        key, user_key = request.headers.get("api-key"), request.headers.get("user-api-key")
        if key == KEY:
            return (
                request.headers.get("api-username", "").lower() if request.headers["api-username"] in PEOPLE else None
            )
        return "alice" if user_key == USER_KEY else None if key or user_key else ""

    def get_posts(self, parts: list[str], request: Request, account: str) -> Reply:
        match parts:
            case []:
                before = int(request.query.get("before", ["0"])[0]) or 1 << 60
                public = [
                    post
                    for one, post in sorted(self.posts.items(), reverse=True)
                    if one < before and self._listed(post)
                ]
                return Reply({"latest_posts": [self._shown(post, account) for post in public[:50]]})
            case ["by_number", topic, number]:
                return self._one(
                    next((p for p in self.posts.values() if where(p) == (int(topic), int(number))), None), account
                )
            case [post, "replies"]:
                if int(post) not in self.posts:
                    return refusal(404, "not_found", "Not found")
                to, after = where(self.posts[int(post)]), int(request.query.get("after", ["1"])[0])
                found = [p for p in self.posts.values() if (p["topic_id"], p["reply_to_post_number"]) == to]
                found = [p for p in found if p["post_number"] > after][:20]
                return Reply([{k: v for k, v in p.items() if k not in ("raw", "topic_title")} for p in found])
            case [_, "pending"]:
                return Reply({"pending_posts": self.held})
            case [post]:
                return self._one(self.posts.get(int(post)), account)
        return refusal(404, "not_found", "Not found")

    def post_posts(self, parts: list[str], request: Request, account: str) -> Reply:
        given = request.json()
        signature = f"{account} {json.dumps(given, sort_keys=True)}"
        if signature in self.made and "api-key" in request.headers:
            return self.made[signature]
        if len(given["raw"]) < self.least:
            return refusal(422, None, f"Body is too short (minimum is {self.least} characters)")
        mine = [post["raw"] for post in self.posts.values() if post["username"] == account]
        if given["raw"] in mine:
            return refusal(422, None, "Body is too similar to what you recently posted")
        if self.holds:
            self.held.append({"id": 1, "raw_text": given["raw"], "topic_id": given.get("topic_id")})
            return Reply({"success": True, "action": "enqueued", "pending_post": self.held[-1]})
        private = given.get("archetype") == "private_message"
        post = self.write(
            given["raw"], account, given.get("topic_id", 0), given.get("reply_to_post_number"), private=private,
            title=given.get("title", "A topic"),
        )  # fmt: skip
        self.topics[post["topic_id"]].setdefault("to", given.get("target_recipients"))
        self.made[signature] = Reply({name: value for name, value in post.items() if name != "topic_title"})
        return self.made[signature]

    def put_posts(self, parts: list[str], request: Request, account: str) -> Reply:
        self.edit(int(parts[0]), request.json()["post"]["raw"])
        return Reply({"post": self._shown(self.posts[int(parts[0])], account)})

    def post_post_actions(self, parts: list[str], request: Request, account: str) -> Reply:
        given = request.json()
        assert given["post_action_type_id"] == 2
        self.likes.add(given["id"])
        return Reply(self._shown(self.posts[given["id"]], account))

    def get_t(self, parts: list[str], request: Request, account: str) -> Reply:
        posts = [post for post in self.posts.values() if post["topic_id"] == int(parts[0])]
        if not posts:
            return refusal(404, "not_found", "Not found")
        if parts[1:] == ["posts"]:
            wanted = {int(one) for one in request.query["post_ids[]"]}
            return Reply(
                {"post_stream": {"posts": [post for post in posts if post["id"] in wanted]}, "id": int(parts[0])}
            )
        first = int(parts[1]) if parts[1:] else 1
        start = max(0, min(next((i for i, p in enumerate(posts) if p["post_number"] >= first), 0) - 5, len(posts) - 20))
        stream = {"posts": posts[start : start + 20], "stream": [post["id"] for post in posts]}
        return Reply(self.topics[int(parts[0])] | {"post_stream": stream})

    def get_topics(self, parts: list[str], request: Request, account: str) -> Reply:
        page = int(request.query.get("page", ["0"])[0])
        sent = parts[0] == "private-messages-sent"
        found = [topic for topic in self.topics.values() if topic["archetype"] == "private_message"]
        found = [topic for topic in found if (topic["by"] == account) == sent]
        found.sort(key=lambda topic: topic["last_posted_at"] or "", reverse=True)
        return Reply({"users": [], "topic_list": {"per_page": 30, "topics": found[page * 30 : page * 30 + 30]}})

    def get_notifications(self, parts: list[str], request: Request, account: str) -> Reply:
        offset, limit = (int(request.query.get(name, ["0"])[0]) for name in ("offset", "limit"))
        return Reply(
            {"notifications": self.notes[offset : offset + limit], "total_rows_notifications": len(self.notes)}
        )

    def get_search(self, parts: list[str], request: Request, account: str) -> Reply:
        terms = [word for word in request.query["q"][0].replace('"', "").split() if ":" not in word]
        page = int(request.query.get("page", ["1"])[0])
        found = [p for p in reversed(self.posts.values()) if self._open(p) and all(t in p["raw"] for t in terms)]
        names = ("id", "name", "username", "avatar_template", "created_at", "post_number", "topic_id")
        hits = [{name: p[name] for name in names} | {"blurb": p["raw"][:20], "like_count": 0} for p in found]
        return Reply({"posts": hits[page * 50 - 50 : page * 50], "topics": [], "grouped_search_result": {}})

    def _one(self, post: dict[str, Any] | None, account: str) -> Reply:
        if post is None or (not account and not self._open(post)):
            return refusal(404, "not_found", "The requested URL or resource could not be found.")
        return Reply(self._shown(post, account))

    def _shown(self, post: dict[str, Any], account: str) -> dict[str, Any]:
        if account and post["id"] in self.likes:
            return post | {"actions_summary": [{"id": 2, "count": 1, "acted": True, "can_undo": True}]}
        return post

    def _listed(self, post: dict[str, Any]) -> bool:
        return self._open(post) and post["topic_id"] not in self.unlisted

    def _open(self, post: dict[str, Any]) -> bool:
        return self.topics[post["topic_id"]]["archetype"] == "regular"


DONE_UNHEARD = Reply()  # a fault: the call is carried out, and the connection breaks before the answer
LIMITED = Reply(
    {"errors": ["You've performed this action too many times."], "error_type": "rate_limit",
     "extras": {"wait_seconds": 11, "time_left": "11 seconds"}}, 429,
)  # fmt: skip


def where(post: dict[str, Any]) -> tuple[int, int]:
    return post["topic_id"], post["post_number"]


def refusal(status: int, kind: str | None, words: str) -> Reply:
    told = {"error_type": kind} if kind else {"action": "create_post", "success": False}
    return Reply({"errors": [words]} | told, status)


def signed(event: str, body: bytes, secret: str = SECRET) -> Received:
    signature = hmac.new(secret.encode(), body, sha256).hexdigest()
    headers = {
        "content-type": "application/json", "x-discourse-instance": "http://forum.example.org",
        "x-discourse-event-type": event.partition("_")[0], "x-discourse-event": event,
        "x-discourse-event-signature": f"sha256={signature}",
    }  # fmt: skip
    return Received(headers, body, {})


@asynccontextmanager
async def running() -> AsyncIterator[Forum]:
    forum = Forum()
    async with serving(forum.answer) as forum.url:
        yield forum
