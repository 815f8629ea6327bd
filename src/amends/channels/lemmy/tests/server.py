"""A simulator of a Lemmy server, on loopback.

Written from the types of `lemmy-js-client` 0.19 and, where these are silent, from Lemmy's own source, release 0.19:
what lists hide and what they flag (`CommentQuery`, `PostQuery`, `PrivateMessageQuery`), that a session that ended is
refused only where one is needed (`SessionMiddleware`), the codes and statuses of errors (`LemmyErrorType`), log-in with
a second factor. With `version` "1.0.0" it answers as that version's own API of version 3 does (`routes_v3`). It keeps
what it holds as the API shows it, and lets tests look and meddle.
"""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from amends.channels.lemmy.session import code
from amends.channels.testing.loopback import NOTHING, Reply, Request, serving

FIXTURES = Path(__file__).parents[1] / "fixtures"
PASSWORD = "a long password"
OURS, PARTNER = 7, 43


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def first(name: str, holds: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fixture(name))[holds][-1]
    return found


def moment() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


class Server:
    """`faults` are answered first, one a call that begins so ("POST comment"); `asked` is what was called; `totp` is
    the key of the second factor, "" without one."""

    def __init__(self) -> None:
        self.url = ""
        self.version, self.private_instance, self.totp = "0.19.18", False, ""
        self.posts: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.messages: dict[int, dict[str, Any]] = {}
        self.replies: list[dict[str, Any]] = []
        self.mentions: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.logins = 0
        self.votes: dict[str, int] = {}
        self.faults: dict[str, list[Reply]] = {}
        self.asked: list[str] = []
        me = first("comments.json", "comments")["creator"]
        host = "http://lemmy.example"
        self.alice = me | {"id": OURS, "name": "alice", "actor_id": f"{host}/u/alice"}
        self.dana = me | {"id": PARTNER, "name": "dana", "actor_id": f"{host}/u/dana"}

    # As people use it.

    def post(self, title: str, body: str = "", by: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        view = copy.deepcopy(first("posts.json", "posts"))
        which, now = 500 + len(self.posts), moment()
        view["creator"] = by or self.dana
        view["post"] = view["post"] | {
            "id": which, "name": title, "body": body, "published": now, "creator_id": view["creator"]["id"],
            "ap_id": f"http://lemmy.example/post/{which}", "updated": None,
        } | more  # fmt: skip
        self.posts[which] = view
        return view

    def comment(
        self, text: str, under: dict[str, Any] | None = None, by: dict[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """A comment under a post or another comment; under a post of its own unless one is given."""
        view = copy.deepcopy(first("comments.json", "comments"))
        above = under or self.post("A topic")
        which, now = 900 + len(self.comments), moment()
        view["creator"], view["post"], view["community"] = by or self.dana, above["post"], above["community"]
        path = above["comment"]["path"] if "comment" in above else "0"
        view["comment"] = view["comment"] | {
            "id": which, "content": text, "published": now, "path": f"{path}.{which}", "post_id": above["post"]["id"],
            "ap_id": f"http://lemmy.example/comment/{which}", "creator_id": view["creator"]["id"], "updated": None,
        } | more  # fmt: skip
        self.comments[which] = view
        if above.get("creator", {}).get("id") == OURS and view["creator"]["id"] != OURS:
            self._notify(self.replies, "comment_reply", view)
        if "@alice" in text:
            self._notify(self.mentions, "person_mention", view)
        return view

    def _notify(self, list_: list[dict[str, Any]], name: str, view: dict[str, Any]) -> None:
        which = {"id": 100 + len(list_), "recipient_id": OURS, "comment_id": view["comment"]["id"], "read": False}
        list_.append(view | {name: which | {"published": moment()}, "recipient": self.alice})

    def message(self, text: str, by: dict[str, Any] | None = None, to: dict[str, Any] | None = None) -> dict[str, Any]:
        view = copy.deepcopy(first("messages.json", "private_messages"))
        which = 70 + len(self.messages)
        view["creator"], view["recipient"] = by or self.dana, to or self.alice
        view["private_message"] |= {
            "id": which, "content": text, "published": moment(), "ap_id": f"http://lemmy.example/private_message/{which}",
            "creator_id": view["creator"]["id"], "recipient_id": view["recipient"]["id"], "updated": None,
        }  # fmt: skip
        self.messages[which] = view
        return view

    def edit(self, view: dict[str, Any], text: str) -> None:
        what = view.get("private_message") or view.get("comment") or view["post"]
        what |= {"content" if "content" in what else "body": text, "updated": moment()}

    def delete(self, view: dict[str, Any]) -> None:
        what = view.get("private_message") or view.get("comment") or view["post"]
        what |= {"deleted": True} | ({"content": ""} if "content" in what else {})

    # As the API answers.

    def answer(self, request: Request) -> Reply:
        path = request.path.removeprefix("/api/v3/")
        called = f"{request.method} {path}"
        self.asked.append(called)
        for start, faults in self.faults.items():
            if called.startswith(start) and faults:
                fault = faults.pop(0)
                if fault is DONE_UNHEARD:
                    self._answer(path, request)
                    return NOTHING
                return fault
        return self._answer(path, request)

    def _answer(self, path: str, request: Request) -> Reply:
        user = self._user(request)
        method = getattr(self, f"{request.method.lower()}_{path.replace('/', '_')}", None)
        if method is None or (self.is_new and f"{request.method} {path}" in GONE_IN_1):
            return Reply(b"", 404)
        needs_user = request.method != "GET" or path in INBOX
        if needs_user and not user and path != "user/login":
            return refusal("incorrect_login", 401)
        if self.private_instance and not user and path not in ("site", "user/login"):
            return refusal("instance_is_private")
        return method(request, user)

    @property
    def is_new(self) -> bool:
        return self.version.startswith("1.")

    def _user(self, request: Request) -> bool:
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.tokens

    def get_site(self, request: Request, user: bool) -> Reply:
        site = json.loads(fixture("site.json")) | {"version": self.version}
        site["site_view"]["local_site"]["private_instance"] = self.private_instance
        me = {"my_user": {"local_user_view": {"person": self.alice}}} if user else {}
        return Reply(site | me, headers={"date": format_datetime(datetime.now(UTC), usegmt=True)})

    def post_user_login(self, request: Request, user: bool) -> Reply:
        given = request.json()
        if (given["username_or_email"], given["password"]) != ("alice", PASSWORD):
            return refusal("incorrect_login", 401)
        if self.totp and "totp_2fa_token" not in given:
            return refusal("missing_totp_token")
        if self.totp and given["totp_2fa_token"] != code(self.totp, datetime.now(UTC)):
            return refusal("incorrect_totp_token")
        self.logins += 1
        self.tokens.add(f"jwt-{self.logins}")
        return Reply({"jwt": f"jwt-{self.logins}", "registration_created": False, "verify_email_sent": False})

    def get_post_list(self, request: Request, user: bool) -> Reply:
        views = [view for view in self.posts.values() if not flagged(view["post"])]
        start = int(request.query.get("page_cursor", ["P0"])[0][1:], 16)
        if not start:
            start = 50 * (int(request.query.get("page", ["1"])[0]) - 1)
        found = newest(self._within(views, request), "post")[start : start + 50]
        return Reply({"posts": found} | ({"next_page": f"P{start + 50:x}"} if found and not self.is_new else {}))

    def get_post(self, request: Request, user: bool) -> Reply:
        view = self.posts.get(int(request.query["id"][0]))
        if view is None or flagged(view["post"]):
            return refusal("not_found", 404) if self.is_new else refusal("couldnt_find_post")
        return Reply({"post_view": self._voted(view, f"post {view['post']['id']}"), "community_view": {}})

    def get_comment_list(self, request: Request, user: bool) -> Reply:
        views = list(self._within(self.comments.values(), request))
        if parent := request.query.get("parent_id"):
            path = self.comments[int(parent[0])]["comment"]["path"] if int(parent[0]) in self.comments else None
            if path is None:
                return refusal("couldnt_find_comment")
            views = [view for view in views if f"{view['comment']['path']}.".startswith(f"{path}.")]
        if post := request.query.get("post_id"):
            views = [view for view in views if view["post"]["id"] == int(post[0])]
        page = 1 if self.is_new else int(request.query.get("page", ["1"])[0])
        size = 300 if "max_depth" in request.query else 50
        return Reply({"comments": newest(views, "comment")[(page - 1) * size : page * size]})

    def get_comment(self, request: Request, user: bool) -> Reply:
        view = self.comments.get(int(request.query["id"][0]))
        if view is None:
            return refusal("couldnt_find_comment")
        return Reply({"comment_view": self._voted(view, f"comment {view['comment']['id']}"), "recipient_ids": []})

    def get_user_replies(self, request: Request, user: bool) -> Reply:
        return Reply({"replies": paged(newest(self.replies, "comment_reply"), request)})

    def get_user_mention(self, request: Request, user: bool) -> Reply:
        return Reply({"mentions": paged(newest(self.mentions, "person_mention"), request)})

    def get_private_message_list(self, request: Request, user: bool) -> Reply:
        views = [view for view in self.messages.values() if not flagged(view["private_message"])]
        if who := request.query.get("creator_id"):
            views = [view for view in views if int(who[0]) in (view["creator"]["id"], view["recipient"]["id"])]
        return Reply({"private_messages": paged(newest(views, "private_message"), request)})

    def get_search(self, request: Request, user: bool) -> Reply:
        word, page = request.query["q"][0], int(request.query.get("page", ["1"])[0]) - 1
        posts = [view for view in self.posts.values() if word in view["post"]["name"] + view["post"]["body"]]
        comments = [view for view in self.comments.values() if word in view["comment"]["content"]]
        lists = {"posts": newest(posts, "post"), "comments": newest(comments, "comment")}
        lists = {name: found[50 * page : 50 * page + 50] for name, found in lists.items()}
        return Reply(lists | {"type_": "All", "communities": [], "users": []})

    def post_comment(self, request: Request, user: bool) -> Reply:
        given = request.json()
        post = self.posts[given["post_id"]]
        if post["post"]["locked"]:
            return refusal("locked")
        if len(given["content"]) > 10000:
            return refusal("invalid_body_field")
        above = self.comments[given["parent_id"]] if "parent_id" in given else post
        return Reply({"comment_view": self.comment(given["content"], above, self.alice), "recipient_ids": []})

    def put_comment(self, request: Request, user: bool) -> Reply:
        view = self.comments[request.json()["comment_id"]]
        if view["creator"]["id"] != OURS:
            return refusal("no_comment_edit_allowed")
        self.edit(view, request.json()["content"])
        return Reply({"comment_view": view, "recipient_ids": []})

    def post_comment_like(self, request: Request, user: bool) -> Reply:
        self.votes[f"comment {request.json()['comment_id']}"] = request.json()["score"]
        return Reply({"comment_view": self.comments[request.json()["comment_id"]], "recipient_ids": []})

    def post_post_like(self, request: Request, user: bool) -> Reply:
        self.votes[f"post {request.json()['post_id']}"] = request.json()["score"]
        return Reply({"post_view": self.posts[request.json()["post_id"]]})

    def post_private_message(self, request: Request, user: bool) -> Reply:
        given = request.json()
        assert given["recipient_id"] == PARTNER
        return Reply({"private_message_view": self.message(given["content"], self.alice, self.dana)})

    def put_private_message(self, request: Request, user: bool) -> Reply:
        view = self.messages[request.json()["private_message_id"]]
        self.edit(view, request.json()["content"])
        return Reply({"private_message_view": view})

    def _within(self, views: Any, request: Request) -> Iterator[dict[str, Any]]:
        name = request.query.get("community_name", [""])[0].partition("@")[0]
        return (view for view in views if not name or view["community"]["name"] == name)

    def _voted(self, view: dict[str, Any], which: str) -> dict[str, Any]:
        return view | {"my_vote": self.votes.get(which, 0)}


DONE_UNHEARD = Reply()  # a fault: the call is carried out, and the connection breaks before the answer
INBOX = ("user/replies", "user/mention", "private_message/list")
GONE_IN_1 = (
    "GET comment",
    *(f"{method} {path}" for method in ("GET", "POST", "PUT") for path in (*INBOX, "private_message")),
)


def refusal(name: str, status: int = 400) -> Reply:
    return Reply({"error": name}, status)


def flagged(what: dict[str, Any]) -> bool:
    return bool(what["deleted"] or what.get("removed"))


def newest(views: Any, sorted_by: str) -> list[dict[str, Any]]:
    return sorted(views, key=lambda view: view[sorted_by]["published"], reverse=True)


def paged(views: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
    page = int(request.query.get("page", ["1"])[0])
    return views[50 * (page - 1) : 50 * page]


@asynccontextmanager
async def running() -> AsyncIterator[Server]:
    server = Server()
    async with serving(server.answer) as server.url:
        yield server
