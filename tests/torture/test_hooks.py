"""Kill -9 of the web and the worker while a system calls: whatever was answered 200 is a post, once."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from threading import Event

import httpx2
import pytest

from amends.channels.inbound.signature import sign
from tests.house import House
from tests.torture.doomed import Doomed, Web, until

SEED = 20260303
SECRET = "a-long-secret-of-the-shop-0123456789"
PREPARE = f"""
from datetime import UTC, datetime
from amends.config.start import begin
conf = begin("shop")
from amends.accounts.actions import make_brand, make_user
from amends.config import schema
from amends.sources.actions import connect
schema.migrate()
now = datetime.now(UTC)
alice = make_brand(make_user("alice@air.example", "Alice Archer", operator=True), "Air", now)
source = connect(alice, "inbound", "Shop", {{"system": "shop", "secret": "{SECRET}"}}, now)
(conf.home / "hook").write_text(source.hook)
"""


class Shop:
    """A system that posts, one call after the other, and repeats each until it is answered 200. `promised`: the ids of
    which it was answered so; `tried`: how many there are."""

    def __init__(self, house: House) -> None:
        self.house, self.gone = house, Event()
        self.promised: set[str] = set()
        self.tried = self.broken = 0

    def work(self) -> None:
        address = f"{self.house.url}/hooks/{(self.house.home / 'hook').read_text()}"
        with httpx2.Client(timeout=20) as client:
            while not self.gone.is_set():
                self.tried += 1
                self.post(client, address, str(self.tried))
                time.sleep(0.005)

    def post(self, client: httpx2.Client, address: str, key: str) -> None:
        author = {"id": int(key) % 7}
        told = {
            "id": key,
            "author": author,
            "created": datetime.now(UTC).isoformat(),
            "text": f"My parcel {key} is lost",
        }
        while not self.gone.is_set():
            body = json.dumps(told).encode()
            headers = {"Amends-Signature": sign([SECRET], body, datetime.now(UTC)), "Content-Type": "application/json"}
            try:
                answer = client.post(address, content=body, headers=headers)
            except httpx2.TransportError:
                self.broken += 1
                time.sleep(0.05)
                continue
            assert answer.status_code in (200, 429), answer.text
            if answer.status_code == 200:
                self.promised.add(key)
                return
            time.sleep(1)


@pytest.fixture
def doomed(house: House) -> Iterator[list[Doomed]]:
    house.python(PREPARE)
    processes = [Web(house, "web", "amends", "web"), Doomed(house, "one", "tests.torture.worker")]
    try:
        yield processes
    finally:
        for one in processes:
            one.kill()


def stored(house: House) -> list[str]:
    with closing(house.database()) as database:
        rows = database.execute("SELECT external_id FROM conversations_post").fetchall()
    return [str(row[0]).removeprefix("shop:") for row in rows]


@pytest.mark.parametrize("rounds", [3, pytest.param(60, marks=pytest.mark.torture)])
def test_what_was_answered_200_survives(house: House, doomed: list[Doomed], rounds: int) -> None:
    chance, shop = random.Random(SEED), Shop(house)
    with ThreadPoolExecutor(1) as aside:
        until(lambda: all(one.ready for one in doomed), lambda: "they do not start")
        calling = aside.submit(shop.work)
        try:
            for number in range(rounds):
                until(lambda: all(one.ready for one in doomed) or calling.done(), lambda: "they do not start again")
                time.sleep(chance.uniform(0.05, 0.8))
                victims = doomed if chance.random() < 0.2 else [doomed[number % 2]]
                for one in victims:
                    one.kill()
                for one in victims:
                    one.start()
            until(lambda: doomed[0].ready, lambda: "the web does not start again")
            time.sleep(0.2)
            enough = 10 * rounds  # however slow the machine
            until(lambda: len(shop.promised) > enough or calling.done(), lambda: "the web answers no more")
        finally:
            shop.gone.set()
        calling.result()
    until(lambda: not house.count("intake_inbox"), lambda: f"{house.count('intake_inbox')} wait")
    here = stored(house)
    assert len(here) == len(set(here))
    assert shop.promised <= set(here) <= {str(number) for number in range(1, shop.tried + 1)}
    assert house.count("intake_quarantined") == 0
    assert house.count("cases_case") == min(7, len(here))
    assert len(shop.promised) > 10 * rounds
    print(f"{rounds} kills, {len(shop.promised)} calls answered, {shop.broken} lines broken, {len(here)} posts")
