"""mastodon-mock on loopback, and people who write on it.

`mastodon_network` (a session's pytest fixture) starts the stateful stand-in for a Mastodon server that its authors ship
for testing clients, on a free port, in memory. It gives a `MastodonNetwork`:

    network.url                                        the address to put into the channel's settings
    alice = network.person("alice")                    -> Person(name, token), made where there is none yet
    post = network.post(charlie, "@alice my bag!")     -> the status, as the server tells it; further parameters by name
    network.edit(charlie, post, "..."), network.delete(charlie, post)
    network.call("GET", "/api/v1/...", alice, ...)     any other call
    network.settings(alice)                            -> the channel's settings

It shows what it keeps at once. It has no second server, so every account is local. Mark the tests `peer` and
`xdist_group("mastodon")`. Where it is not installed the tests are skipped, or fail when `REQUIRE_PEERS=1`.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from tests.peers.stores import Missing, answers, free_port, running

CACHE = Path(os.environ.get("PEERS_HOME") or Path.home() / ".cache" / "amends-peers") / "mastodon"
SEED = """
[[seed.accounts]]
username = "seed"
access_token = "seed-token"
"""


class Person(NamedTuple):
    name: str
    token: str


class MastodonNetwork:
    """The running server: see the module's text."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx2.Client(timeout=20, trust_env=False)
        self._people: dict[str, Person] = {}

    def call(self, method: str, path: str, person: Person | None = None, **given: Any) -> Any:
        """One call, as `person`. `given` go as parameters of a GET, as JSON otherwise."""
        headers = {"authorization": f"Bearer {person.token}"} if person else {}
        body = {"params": given} if method == "GET" else {"json": given}
        answer = self._http.request(method, self.url + path, headers=headers, **body)
        if answer.is_error:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
        return answer.json()

    def person(self, name: str) -> Person:
        if name not in self._people:
            form = {"username": name, "email": f"{name}@mail.test", "password": f"made-up-{name}", "agreement": "true"}
            answer = self._http.post(f"{self.url}/api/v1/accounts", data=form)
            answer.raise_for_status()
            self._people[name] = Person(name, answer.json()["access_token"])
            self.call("PATCH", "/api/v1/accounts/update_credentials", self._people[name], display_name=name.title())
        return self._people[name]

    def post(self, person: Person, text: str, **given: Any) -> dict[str, Any]:
        return dict(self.call("POST", "/api/v1/statuses", person, status=text, **given))

    def edit(self, person: Person, post: dict[str, Any], text: str) -> None:
        self.call("PUT", f"/api/v1/statuses/{post['id']}", person, status=text)

    def delete(self, person: Person, post: dict[str, Any]) -> None:
        self.call("DELETE", f"/api/v1/statuses/{post['id']}", person)

    def upload(self, person: Person, name: str, data: bytes, mime: str, description: str) -> str:
        """Store a file: {its id}."""
        answer = self._http.post(
            f"{self.url}/api/v2/media", files={"file": (name, data, mime)}, data={"description": description},
            headers={"authorization": f"Bearer {person.token}"},
        )  # fmt: skip
        return str(answer.raise_for_status().json()["id"])

    def settings(self, person: Person) -> dict[str, str]:
        """What the form that connects this account would hold."""
        return {"server": self.url, "token": person.token}


@contextmanager
def network(**sections: str) -> Iterator[MastodonNetwork]:
    """The server for the length of the block. Raises `Missing` where it is not installed."""
    program = CACHE / "venv" / "bin" / "mastodon_mock"
    if not program.exists():
        raise Missing("the Mastodon peer is not installed: run tests/peers/install.sh")
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="amends-mastodon-"))
        config, port = Path(home, "mock.toml"), free_port()
        config.write_text(SEED + "".join(f"[{name}]\n{lines}\n" for name, lines in sections.items()))
        # It would wait for every open stream to end; there is nothing that it must save.
        tied = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        command = [
            *tied, str(program), "serve", "--config", str(config), "--in-memory", "--host", "127.0.0.1",
            "--port", str(port), "--log-level", "critical",
        ]  # fmt: skip
        stack.enter_context(running(command, lambda: answers(port), end=signal.SIGKILL, cwd=home))
        yield MastodonNetwork(f"http://127.0.0.1:{port}")


@pytest.fixture(scope="session")
def mastodon_network() -> Iterator[MastodonNetwork]:
    stack = ExitStack()
    try:
        started = stack.enter_context(network())
    except Missing as reason:
        if os.environ.get("REQUIRE_PEERS") == "1":
            pytest.fail(f"REQUIRE_PEERS=1, and {reason}")
        pytest.skip(str(reason))
    with stack:
        yield started
