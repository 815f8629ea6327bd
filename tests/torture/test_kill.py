"""Kill -9 of every process at random instants, while posts come in and replies go out: nothing lost or doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.house import House

ROOT = Path(__file__).parents[2]
SEED = 20260302
PATIENCE = 60  # seconds in which everything has come to rest after the last kill


class Doomed:
    """A process that is killed again and again. It says "ready" when it is at work."""

    def __init__(self, module: str, said: Path, environ: dict[str, str]) -> None:
        self.module, self.said, self.environ = module, said, environ
        self.start()

    def start(self) -> None:
        self.begins = self.said.stat().st_size if self.said.exists() else 0
        with self.said.open("a") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module], env=self.environ, cwd=ROOT, stdout=said, stderr=said
            )

    @property
    def ready(self) -> bool:
        assert self.process.poll() is None, self.said.read_text()
        return b"ready" in self.said.read_bytes()[self.begins :]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Torture:
    """A house with two workers and an agent, and the network that they hear and answer."""

    def __init__(self, house: House, service: str) -> None:
        self.house, self.service = house, service
        installed = house.home / "installed" / "torture-0.dist-info"
        installed.mkdir(parents=True)
        (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: torture\nVersion: 0\n")
        (installed / "entry_points.txt").write_text("[amends.channels]\ntorture = tests.torture.channel\n")
        self.environ = {**house.environ, "PYTHONPATH": f"{ROOT}:{installed.parent}"}
        prepare = [sys.executable, "-m", "tests.torture.agent", "prepare", service]
        subprocess.run(prepare, env=self.environ, cwd=ROOT, check=True, timeout=60)
        names = {"one": "worker", "two": "worker", "agent": "agent"}
        self.doomed = [
            Doomed(f"tests.torture.{module}", house.home / f"{name}.said", self.environ)
            for name, module in names.items()
        ]

    def rounds(self, count: int, chance: random.Random) -> None:
        """`count` times: a process at work is killed at some instant and started again; now and then all are."""
        for _ in range(count):
            until(lambda: all(one.ready for one in self.doomed), lambda: [one.ready for one in self.doomed])
            time.sleep(chance.uniform(0.05, 0.8))
            victims = self.doomed if chance.random() < 0.15 else [chance.choice(self.doomed)]
            for one in victims:
                one.kill()
            for one in victims:
                one.start()

    def ask(self, path: str) -> Any:
        return httpx2.get(self.service + path, timeout=20).json()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(self.house.database()) as database:
            return [tuple(row) for row in database.execute(sql).fetchall()]

    def at_rest(self) -> bool:
        """Everything was heard, everybody is answered, and every reply's fate is known."""
        return not any(self.left().values())

    def left(self) -> dict[str, int]:
        """What is still to be done."""
        asked = {
            "open": "SELECT count(*) FROM cases_case WHERE state <> 'pending'",
            "unsent": "SELECT count(*) FROM replies_reply WHERE state <> 'sent'",
            "unheard": f"SELECT {self.ask('/count')} - count(*) FROM conversations_post",
        }
        return {name: int(self.rows(sql)[0][0]) for name, sql in asked.items()}

    @property
    def approved(self) -> set[int]:
        """The replies that the agent was told of."""
        said = (self.house.home / "agent.said").read_text().splitlines()
        return {int(line) for line in said if line.isdecimal()}


def until(true: Callable[[], object], why_not: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"it did not come true within {PATIENCE} s: {why_not()}"
        time.sleep(0.05)


@pytest.fixture
def torture(house: House) -> Iterator[Torture]:
    command = [sys.executable, "-m", "tests.torture.peer", str(SEED)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as peer:
        assert peer.stdout
        made = None
        try:
            made = Torture(house, f"http://127.0.0.1:{int(peer.stdout.readline())}")
            yield made
        finally:
            for one in made.doomed if made else ():
                one.kill()
            peer.kill()


@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.torture)])
def test_whatever_is_killed_nothing_is_lost_and_nothing_doubled(torture: Torture, rounds: int):
    torture.rounds(rounds, random.Random(SEED))
    httpx2.post(f"{torture.service}/hush", timeout=20)
    until(torture.at_rest, torture.left)
    for one in torture.doomed:
        one.kill()
    network = torture.ask("/all")
    assert len(network["posts"]) > 10 * rounds
    assert len(network["made"]) > rounds

    # Every post of the network is here once, its own text with it, and nothing else is.
    stored = torture.rows("SELECT external_id, text FROM conversations_post")
    assert sorted(stored) == sorted((post["id"], post["text"]) for post in network["posts"])

    # No reply stands twice on the network; each approved one stands there, and is known here by its own post.
    assert {key: made for key, made in network["made"].items() if len(made) != 1} == {}
    replies = torture.rows(
        "SELECT reply.id, reply.key, reply.state, post.external_id FROM replies_reply AS reply "
        "LEFT JOIN conversations_post AS post ON post.id = reply.post_id"
    )
    assert {(key, post) for _, key, _, post in replies} == {(key, made[0]) for key, made in network["made"].items()}
    assert torture.approved
    assert torture.approved <= {number for number, *_ in replies}

    # One open case for a customer in a thread, and every customer's every thread belongs to one.
    written = torture.rows("SELECT DISTINCT handle_id, conversation_id FROM conversations_post WHERE NOT ours")
    followed = torture.rows("SELECT handle_id, conversation_id FROM cases_casethread WHERE open")
    assert sorted(followed) == sorted(written)
    audited = torture.rows("SELECT count(*) FROM accounts_audit WHERE verb = 'approve'")
    assert audited == [(len(replies),)]
    doubtful = torture.rows("SELECT count(*) FROM events_event WHERE data LIKE '%\"uncertain\"%'")
    print(f"{rounds} kills, {len(stored)} posts, {len(replies)} replies, {doubtful[0][0]} times in doubt")
