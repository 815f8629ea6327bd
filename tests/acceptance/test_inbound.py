"""A company's own system, by the examples of the channel's page: it posts with curl, and takes the answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from amends.channels import registry
from tests.house import House

PAGE = (registry.folder("inbound") / "page.md").read_text()
SHELL = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[0]
ANSWERS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[1]
SECRET = "a-long-secret-of-the-shop-0123456789"
BEGIN = """
from datetime import UTC, datetime
from amends.config.start import begin
conf = begin("shop")
now = datetime.now(UTC)
"""


@pytest.fixture
def system(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The page's example that takes answers: its port, and where it says what it took."""
    said = tmp_path / "system.said"
    with said.open("w") as out:
        environ = {"PATH": os.environ["PATH"], "SECRET": SECRET, "PORT": "0"}
        process = subprocess.Popen([sys.executable, "-c", ANSWERS], env=environ, stdout=out, stderr=subprocess.DEVNULL)
    try:
        while not said.read_text().endswith("\n"):
            assert process.poll() is None
        yield int(said.read_text()), said
    finally:
        process.terminate()
        process.wait(20)


def test_a_system_posts_and_gets_the_answer_once(house: House, system: tuple[int, Path]) -> None:
    port, said = system
    assert house.run("migrate").returncode == 0
    settings = {"system": "shop", "secret": SECRET, "address": f"http://127.0.0.1:{port}/", "lookup": "yes"}
    house.python(
        f"{BEGIN}\n"
        "from amends.accounts.actions import make_brand, make_user\n"
        "from amends.sources.actions import connect\n"
        "alice = make_brand(make_user('alice@shop.example', 'Alice', operator=True), 'Shop', now)\n"
        f"(conf.home / 'hook').write_text(connect(alice, 'inbound', '', {settings!r}, now).hook)"
    )
    house.up()
    hook = (house.home / "hook").read_text()
    environ = {"PATH": os.environ["PATH"], "SECRET": SECRET, "ADDRESS": f"{house.url}/hooks/{hook}"}
    for _ in range(2):
        curl = subprocess.run(["sh", "-c", SHELL], env=environ, capture_output=True, text=True, timeout=60, check=False)
        assert curl.returncode == 0, curl.stderr
        assert '"posts": 1' in curl.stdout
    house.until(lambda: house.count("cases_case") == 1 and house.count("intake_inbox") == 0)
    assert house.count("conversations_post") == 1

    house.python(
        f"{BEGIN}\n"
        "from amends.accounts.access import member\n"
        "from amends.accounts.models import User\n"
        "from amends.cases.models import Case\n"
        "from amends.replies.actions import approve\n"
        "approve(member(User.objects.get(), 'shop'), Case.objects.get().pk, 'We have found it.', None, now)"
    )

    def sent() -> bool:
        with closing(house.database()) as database:
            return database.execute("SELECT state FROM replies_reply").fetchone() == ("sent",)

    house.until(sent)
    assert said.read_text().splitlines()[1:] == ["answer 1001 We have found it."]
    with closing(house.database()) as database:
        rows = database.execute("SELECT external_id, text FROM conversations_post WHERE ours").fetchall()
    assert [tuple(row) for row in rows] == [("shop:answer-1", "We have found it.")]
