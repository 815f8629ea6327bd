"""A real Matrix homeserver (Synapse) on loopback, and people who write on it.

`matrix_server` (a session's pytest fixture) starts Synapse with a SQLite database of its own, on a free port, and gives
a `MatrixServer`:

    alice = server.create_account("alice")            -> Account(user, password, token)
    room = server.room(charlie, invite=[alice])       a public room, which those invited have joined
    event = server.say(charlie, room, "Lost my bag")  -> "$event"
    server.edit(charlie, room, event, "Found it"), server.redact(...), server.react(...)
    server.call("GET", "/v3/sync", charlie)           any call
    server.settings(alice)                            -> the channel's settings, whole

Names end in `:matrix.test`; give them without it. Mark the tests `peer` and `xdist_group("matrix")`. Where the server
is not installed the tests are skipped, or fail when `REQUIRE_PEERS=1`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx2
import pytest

from tests.peers import stores

CACHE = Path(os.environ.get("PEERS_HOME") or Path.home() / ".cache" / "amends-peers") / "matrix"
NAME = "matrix.test"
GENEROUS = {"per_second": 10_000, "burst_count": 10_000}


class Account(NamedTuple):
    user: str
    password: str
    token: str


class MatrixServer:
    """The running homeserver: see the module's text."""

    def __init__(self, url: str, secret: str, again: Callable[[], None]) -> None:
        self.url, self._secret, self.restart = url, secret, again
        self._http = httpx2.Client(timeout=20, trust_env=False)
        self._txn = itertools.count(1)

    def call(self, method: str, path: str, account: Account | None = None, body: Any = None, **params: Any) -> Any:
        """One call of the client-server API: `path` begins with its version. Raises `RuntimeError`."""
        return self._call(method, f"/_matrix/client{path}", account, body, **params)

    def create_account(self, name: str, display: str = "") -> Account:
        password, place = f"made-up-{name}", "/_synapse/admin/v1/register"
        nonce = self._call("GET", place)["nonce"]
        told = "\0".join((nonce, name, password, "notadmin"))
        mac = hmac.new(self._secret.encode(), told.encode(), hashlib.sha1).hexdigest()
        asked = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac}
        made = self._call("POST", place, None, asked | {"displayname": display or name.title()})
        return Account(made["user_id"], password, made["access_token"])

    def room(self, owner: Account, invite: Sequence[Account] = (), **more: Any) -> str:
        """A public room, unless `more` says otherwise, which all those invited have joined."""
        made = self.call("POST", "/v3/createRoom", owner, {"preset": "public_chat"} | more)
        for account in invite:
            self.call("POST", f"/v3/rooms/{quote(made['room_id'])}/invite", owner, {"user_id": account.user})
            self.join(account, made["room_id"])
        return str(made["room_id"])

    def direct(self, owner: Account, other: Account, **more: Any) -> str:
        """A direct room to which `other` is invited."""
        asked = {"preset": "trusted_private_chat", "is_direct": True, "invite": [other.user]}
        return str(self.call("POST", "/v3/createRoom", owner, asked | more)["room_id"])

    def join(self, account: Account, room: str) -> None:
        self.call("POST", f"/v3/rooms/{quote(room)}/join", account, {})

    def say(self, account: Account, room: str, text: str, **content: Any) -> str:
        """Write a message; `content` goes into it as it is (its `relates_to` as m.relates_to)."""
        if "relates_to" in content:
            content["m.relates_to"] = content.pop("relates_to")
        return self.put(account, room, "m.room.message", {"msgtype": "m.text", "body": text} | content)

    def put(self, account: Account, room: str, kind: str, content: Any) -> str:
        path = f"/v3/rooms/{quote(room)}/send/{kind}/made-{next(self._txn)}"
        return str(self.call("PUT", path, account, content)["event_id"])

    def edit(self, account: Account, room: str, event: str, text: str) -> str:
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": event}
        return self.say(account, room, f"* {text}", **{"m.new_content": new, "relates_to": relation})

    def redact(self, account: Account, room: str, event: str) -> None:
        path = f"/v3/rooms/{quote(room)}/redact/{quote(event, safe='')}/made-{next(self._txn)}"
        self.call("PUT", path, account, {})

    def react(self, account: Account, room: str, event: str, key: str = "👍") -> str:
        relation = {"rel_type": "m.annotation", "event_id": event, "key": key}
        return self.put(account, room, "m.reaction", {"m.relates_to": relation})

    def upload(self, account: Account, data: bytes, mime: str) -> str:
        """Store a file: {its mxc: address}."""
        headers = {"authorization": f"Bearer {account.token}", "content-type": mime}
        answer = self._http.post(f"{self.url}/_matrix/media/v3/upload", content=data, headers=headers)
        return str(answer.raise_for_status().json()["content_uri"])

    def said(self, account: Account, room: str) -> list[dict[str, Any]]:
        """The last hundred events of a room, the newest first, as `account` sees them."""
        return list(self.call("GET", f"/v3/rooms/{quote(room)}/messages", account, dir="b", limit=100)["chunk"])

    def settings(self, account: Account) -> dict[str, str]:
        """What the form that connects this account would hold."""
        return {"user": account.user, "password": account.password, "server": self.url}

    def _call(self, method: str, path: str, account: Account | None = None, body: Any = None, **params: Any) -> Any:
        headers = {"authorization": f"Bearer {account.token}"} if account else {}
        answer = self._http.request(method, self.url + path, headers=headers, params=params, json=body)
        if answer.is_error:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
        return answer.json()


def configuration(folder: Path, port: int, secret: str) -> dict[str, Any]:
    """Synapse's own, which it reads as YAML: a small server that limits nobody and talks to no other."""
    seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    (folder / "signing.key").write_text(f"ed25519 a_made {seed}\n")
    logging = {"version": 1, "root": {"level": "WARNING", "handlers": ["file"]}, "disable_existing_loggers": False}
    logging["handlers"] = {"file": {"class": "logging.FileHandler", "filename": str(folder / "synapse.log")}}
    (folder / "log.yaml").write_text(json.dumps(logging))
    resources = [{"names": ["client", "media"]}]
    return {
        "server_name": NAME,
        "listeners": [{"port": port, "bind_addresses": ["127.0.0.1"], "type": "http", "resources": resources}],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "log_config": str(folder / "log.yaml"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "registration_shared_secret": secret,
        "macaroon_secret_key": secret,
        "form_secret": secret,
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "bcrypt_rounds": 4,
        "presence": {"enabled": False},
        "rc_message": GENEROUS,
        "rc_registration": GENEROUS,
        "rc_admin_redaction": GENEROUS,
        "rc_room_creation": GENEROUS,
        "rc_login": {"address": GENEROUS, "account": GENEROUS, "failed_attempts": GENEROUS},
        "rc_joins": {"local": GENEROUS, "remote": GENEROUS},
        "rc_joins_per_room": GENEROUS,
        "rc_invites": {"per_room": GENEROUS, "per_user": GENEROUS, "per_issuer": GENEROUS},
    }


@contextmanager
def running(**more: Any) -> Iterator[MatrixServer]:
    """The server for the length of the block; `more` overrides its configuration. Raises `stores.Missing` where it is
    not installed."""
    if not (CACHE / "installed").exists():
        raise stores.Missing("the Matrix peer is not installed: run tests/peers/install.sh")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    secret, url = secrets.token_hex(16), f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="amends-matrix-") as kept, ExitStack() as stack:
        folder = Path(kept)
        written = folder / "homeserver.yaml"
        written.write_text(json.dumps(configuration(folder, port, secret) | more))
        command = [str(CACHE / "venv/bin/python"), "-m", "synapse.app.homeserver", "-c", str(written)]
        running: list[subprocess.Popen[bytes]] = []

        def start() -> None:
            running[:] = [subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)]
            _await(running[0], url)

        def again() -> None:
            running[0].kill()
            running[0].wait(30)
            start()

        start()
        stack.callback(lambda: (running[0].terminate(), running[0].wait(30)))
        yield MatrixServer(url, secret, again)


def _await(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            said = server.stderr.read().decode(errors="replace") if server.stderr else ""
            raise RuntimeError(f"Synapse did not start: {said[-2000:]}")
        try:
            if httpx2.get(f"{url}/_matrix/client/versions", trust_env=False).is_success:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise RuntimeError("Synapse did not answer within a minute")


@pytest.fixture(scope="session")
def matrix_server() -> Iterator[MatrixServer]:
    stack = ExitStack()
    try:
        server = stack.enter_context(running())
    except stores.Missing as reason:
        if os.environ.get("REQUIRE_PEERS") == "1":
            pytest.fail(f"REQUIRE_PEERS=1, and {reason}")
        pytest.skip(str(reason))
    with stack:
        yield server
