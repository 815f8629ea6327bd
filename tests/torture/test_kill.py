"""Kill -9 of every process at random instants, while posts come in and replies go out: nothing lost or doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import httpx2
import pytest

from tests.house import House
from tests.torture.agent import Agent
from tests.torture.doomed import ROOT, Doomed, Web, until

SEED = 20260302


class Torture:
    """A house with two workers and the web, Alice who works there, and the network that they hear and answer."""

    def __init__(self, house: House, service: str) -> None:
        self.house, self.service = house, service
        installed = house.home / "installed" / "torture-0.dist-info"
        installed.mkdir(parents=True)
        (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: torture\nVersion: 0\n")
        (installed / "entry_points.txt").write_text("[amends.channels]\ntorture = tests.torture.channel\n")
        path = f"{ROOT}:{installed.parent}"
        self.link = subprocess.run(
            [sys.executable, "-m", "tests.torture.agent", service], env={**house.environ, "PYTHONPATH": path},
            cwd=ROOT, check=True, timeout=60, stdout=subprocess.PIPE, text=True,
        ).stdout.strip()  # fmt: skip
        self.doomed = [
            Web(house, "web", "amends", "web", PYTHONPATH=path),
            *(Doomed(house, name, "tests.torture.worker", PYTHONPATH=path) for name in ("one", "two")),
        ]

    def sign_in(self) -> None:
        until(self.ready, lambda: self.doomed)
        self.alice = Agent(self.house.url, self.link)

    def ready(self) -> bool:
        return all(one.ready for one in self.doomed)

    def rounds(self, count: int, chance: random.Random) -> None:
        """`count` times: a process at work is killed at some instant and started again; now and then all are."""
        for _ in range(count):
            until(self.ready, lambda: [one.ready for one in self.doomed])
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

    def waiting(self) -> list[int]:
        """Cases that wait for an answer, and none is on its way."""
        underway = "SELECT case_id FROM replies_reply WHERE state IN ('queued', 'sending', 'uncertain')"
        asked = f"SELECT id FROM cases_case WHERE state = 'open' AND id NOT IN ({underway}) ORDER BY answer_by LIMIT 20"
        return [int(row[0]) for row in self.rows(asked)]


@pytest.fixture
def torture(house: House) -> Iterator[Torture]:
    command = [sys.executable, "-m", "tests.torture.peer", str(SEED)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as peer:
        assert peer.stdout
        made = None
        try:
            made = Torture(house, f"http://127.0.0.1:{int(peer.stdout.readline())}")
            made.sign_in()
            yield made
        finally:
            for one in made.doomed if made else ():
                one.kill()
            peer.kill()


@pytest.mark.parametrize("rounds", [4, pytest.param(200, marks=pytest.mark.torture)])
def test_whatever_is_killed_nothing_is_lost_and_nothing_doubled(torture: Torture, rounds: int):
    with ThreadPoolExecutor(1) as desk:
        at_work = desk.submit(torture.alice.work, torture.waiting)
        try:
            torture.rounds(rounds, random.Random(SEED))
            httpx2.post(f"{torture.service}/hush", timeout=20)
            until(lambda: at_work.done() or torture.at_rest(), torture.left)
        finally:
            torture.alice.gone.set()
        at_work.result()
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
        "SELECT reply.text, reply.key, reply.state, post.external_id FROM replies_reply AS reply "
        "LEFT JOIN conversations_post AS post ON post.id = reply.post_id"
    )
    assert {(key, post) for _, key, _, post in replies} == {(key, made[0]) for key, made in network["made"].items()}

    # What the desk promised was sent, though she pressed Send again and again: once.
    said = [text for text, *_ in replies]
    assert len(said) == len(set(said))
    assert torture.alice.promised == set(said)

    # One open case for a customer in a thread, and every customer's every thread belongs to one.
    written = torture.rows("SELECT DISTINCT handle_id, conversation_id FROM conversations_post WHERE NOT ours")
    followed = torture.rows("SELECT handle_id, conversation_id FROM cases_casethread WHERE open")
    assert sorted(followed) == sorted(written)
    audited = torture.rows("SELECT count(*) FROM accounts_audit WHERE verb = 'approve'")
    assert audited == [(len(replies),)]
    doubtful = torture.rows("SELECT count(*) FROM events_event WHERE data LIKE '%\"uncertain\"%'")
    doubts = f"{doubtful[0][0]} sends and {torture.alice.broken} answers in doubt"
    print(f"{rounds} kills, {len(stored)} posts, {len(replies)} replies, {doubts}")
