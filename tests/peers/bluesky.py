"""A real Bluesky network on loopback, and people who write on it.

`bluesky_network` (a session's pytest fixture) starts the reference servers of the AT Protocol, as their authors ship
them for development, with a PostgreSQL and a Redis of their own, on free ports, and a Jetstream bridge of ours beside
them. It gives a `BlueskyNetwork`:

    network.pds, network.appview, network.jetstream   addresses to put into the channel's settings
    alice = network.create_account("alice")           -> Account(did, handle, password)
    password = network.app_password(alice)            what the settings form asks for
    post = network.post(alice, "Lost my bag")         -> Ref(uri, cid)
    network.post(bob, "So did I", reply_to=post)
    network.delete(alice, post)
    network.thread(post)                              -> what stands under it: [{"uri", "text", "author"}]
    network.until(lambda: network.shows(post))        indexing is eventual: wait for it, at most 20 s
    network.settings(alice)                           -> the channel's settings, whole

Handles end in `.test`; give a name without it. Mark the tests `peer` and `xdist_group("bluesky")`, so that xdist's
`--dist loadgroup` gives them one network. Where Node or the installed packages are missing the tests are skipped, or
fail when `REQUIRE_PEERS=1`.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import httpx2
import pytest

from tests.peers import stores
from tests.peers.jetstream_bridge import bridge

T = TypeVar("T")
HERE = Path(__file__).parent
CACHE = Path(os.environ.get("PEERS_HOME") or Path.home() / ".cache" / "amends-peers") / "bluesky"


class Account(NamedTuple):
    did: str
    handle: str
    password: str


class Ref(NamedTuple):
    uri: str
    cid: str


class BlueskyNetwork:
    """The running network: see the module's text."""

    def __init__(self, pds: str, appview: str, jetstream: str) -> None:
        self.pds, self.appview, self.jetstream = pds, appview, jetstream
        self._http = httpx2.Client(timeout=20, trust_env=False)
        self._tokens: dict[str, str] = {}

    def call(self, method: str, nsid: str, account: Account | None = None, **values: Any) -> Any:
        """One XRPC call to the PDS, as `account`."""
        headers = {"authorization": f"Bearer {self._tokens[account.did]}"} if account else {}
        given = {"params": values} if method == "GET" else {"json": values}
        answer = self._http.request(method, f"{self.pds}/xrpc/{nsid}", headers=headers, **given)
        if answer.is_error:
            raise RuntimeError(f"{nsid}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def token(self, account: Account) -> str:
        """The account's access token, for calls that tests make themselves."""
        return self._tokens[account.did]

    def create_account(self, name: str, display: str = "") -> Account:
        handle = name if "." in name else f"{name}.test"
        password = f"made-up-{name}"
        made = self.call(
            "POST", "com.atproto.server.createAccount", handle=handle, email=f"{name}@mail.test", password=password
        )
        account = Account(made["did"], handle, password)
        self._tokens[account.did] = made["accessJwt"]
        profile = {"$type": "app.bsky.actor.profile", "displayName": display or name.title(), "description": "Made up."}
        self._put(account, "app.bsky.actor.profile", profile, rkey="self")
        self.until(lambda: self._knows(account))
        return account

    def app_password(self, account: Account) -> str:
        made = self.call("POST", "com.atproto.server.createAppPassword", account, name=f"desk-{time.monotonic_ns()}")
        return str(made["password"])

    def revoke(self, account: Account) -> None:
        """Take back all app passwords of the account."""
        for known in self.call("GET", "com.atproto.server.listAppPasswords", account)["passwords"]:
            self.call("POST", "com.atproto.server.revokeAppPassword", account, name=known["name"])

    def post(self, account: Account, text: str, reply_to: Ref | None = None, **more: Any) -> Ref:
        """Write a post. Handles of this network after an @ become mentions. `more` goes into the record as it is. As
        people do, it answers only what is shown already: an AppView tells of no answer to what it has not seen."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": now, "langs": ["en"]} | more
        if facets := self._mentions(text):
            record.setdefault("facets", facets)
        if reply_to:
            self.until(lambda: self.shows(reply_to))
            parent = self.record(reply_to)
            root = parent.get("reply", {}).get("root", reply_to._asdict())
            record["reply"] = {"root": root, "parent": reply_to._asdict()}
        return self._put(account, "app.bsky.feed.post", record)

    def edit(self, account: Account, post: Ref, text: str) -> Ref:
        record = self.record(post) | {"text": text}
        made = self.call(
            "POST", "com.atproto.repo.putRecord", account, repo=account.did, collection="app.bsky.feed.post",
            rkey=post.uri.rsplit("/", 1)[1], record=record,
        )  # fmt: skip
        return Ref(made["uri"], made["cid"])

    def like(self, account: Account, post: Ref) -> Ref:
        return self._subject(account, "app.bsky.feed.like", post)

    def repost(self, account: Account, post: Ref) -> Ref:
        return self._subject(account, "app.bsky.feed.repost", post)

    def upload(self, account: Account, data: bytes, mime: str) -> dict[str, Any]:
        """Store a blob: {what a record's embed refers to it by}."""
        headers = {"authorization": f"Bearer {self._tokens[account.did]}", "content-type": mime}
        answer = self._http.post(f"{self.pds}/xrpc/com.atproto.repo.uploadBlob", content=data, headers=headers)
        return dict(answer.raise_for_status().json()["blob"])

    def delete(self, account: Account, post: Ref) -> None:
        _, _, repo, collection, rkey = post.uri.split("/")
        self.call("POST", "com.atproto.repo.deleteRecord", account, repo=repo, collection=collection, rkey=rkey)

    def record(self, post: Ref) -> dict[str, Any]:
        _, _, repo, collection, rkey = post.uri.split("/")
        found = self.call("GET", "com.atproto.repo.getRecord", repo=repo, collection=collection, rkey=rkey)
        return dict(found["value"])

    def shows(self, post: Ref) -> bool:
        """Whether the AppView has it yet."""
        answer = self._http.get(f"{self.appview}/xrpc/app.bsky.feed.getPosts", params={"uris": post.uri})
        return answer.status_code == 200 and bool(answer.json()["posts"])

    def notifications(self, account: Account) -> list[dict[str, Any]]:
        """What the account is told: mentions, answers, likes."""
        return list(self.call("GET", "app.bsky.notification.listNotifications", account)["notifications"])

    def thread(self, post: Ref) -> list[dict[str, str]]:
        """What stands directly under a post, as anybody sees it."""
        answer = self._http.get(
            f"{self.appview}/xrpc/app.bsky.feed.getPostThread", params={"uri": post.uri, "depth": 1}
        )
        if answer.is_error:
            return []
        posts = [reply["post"] for reply in answer.json()["thread"].get("replies", ()) if "post" in reply]
        return [{"uri": p["uri"], "text": p["record"]["text"], "author": p["author"]["did"]} for p in posts]

    def until(self, look: Callable[[], T], seconds: float = 20) -> T:
        """Look again and again until there is something; fails when there is not."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < deadline, "the network did not show it in time"
            time.sleep(0.05)
        return found

    def settings(self, account: Account) -> dict[str, str]:
        """What the form that connects this account would hold."""
        return self.anonymous() | {"handle": account.handle, "password": self.app_password(account)}

    def anonymous(self) -> dict[str, str]:
        return {"service": self.pds, "appview": self.appview, "jetstream": self.jetstream}

    def _knows(self, account: Account) -> bool:
        answer = self._http.get(f"{self.appview}/xrpc/app.bsky.actor.getProfile", params={"actor": account.did})
        return answer.status_code == 200 and "displayName" in answer.json()

    def _mentions(self, text: str) -> list[dict[str, Any]]:
        facets, data = [], text.encode()
        for word in text.split():
            if word.startswith("@") and word.endswith(".test"):
                start = data.index(word.encode())
                did = self.call("GET", "com.atproto.identity.resolveHandle", handle=word[1:])["did"]
                feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
                span = {"byteStart": start, "byteEnd": start + len(word.encode())}
                facets.append({"index": span, "features": [feature]})
        return facets

    def _subject(self, account: Account, collection: str, post: Ref) -> Ref:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return self._put(account, collection, {"$type": collection, "subject": post._asdict(), "createdAt": now})

    def _put(self, account: Account, collection: str, record: dict[str, Any], **more: str) -> Ref:
        made = self.call(
            "POST",
            "com.atproto.repo.createRecord",
            account,
            repo=account.did,
            collection=collection,
            record=record,
            **more,
        )
        return Ref(made["uri"], made["cid"])


@contextmanager
def network() -> Iterator[BlueskyNetwork]:
    """The whole network for the length of the block. Raises `stores.Missing` where something is not installed."""
    node = stores.program("node")
    if not (CACHE / "installed").exists():
        raise stores.Missing("the Bluesky peer is not installed: run tests/peers/install.sh")
    with ExitStack() as stack:
        database, cache = stack.enter_context(stores.postgres()), stack.enter_context(stores.redis())
        environment = os.environ | {
            "DB_POSTGRES_URL": database,
            "REDIS_HOST": cache,
            "NODE_PATH": str(CACHE / "node_modules"),
            "LOG_ENABLED": "false",
        }
        servers = subprocess.Popen(
            [node, str(HERE / "network.js")], env=environment, cwd=CACHE, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        stack.callback(servers.wait, 30)
        stack.callback(servers.terminate)
        assert servers.stdout and servers.stdin
        for line in servers.stdout:
            if line.startswith(b'{"ready"'):
                break
        else:
            raise RuntimeError("the Bluesky network did not start; run tests/peers/network.js by hand to see why")
        where = json.loads(line)
        firehose = where["pds"].replace("http://", "ws://")
        yield BlueskyNetwork(where["pds"], where["appview"], stack.enter_context(bridge(firehose)))


@pytest.fixture(scope="session")
def bluesky_network() -> Iterator[BlueskyNetwork]:
    stack = ExitStack()
    try:
        running = stack.enter_context(network())
    except stores.Missing as reason:
        if os.environ.get("REQUIRE_PEERS") == "1":
            pytest.fail(f"REQUIRE_PEERS=1, and {reason}")
        pytest.skip(str(reason))
    with stack:
        yield running
