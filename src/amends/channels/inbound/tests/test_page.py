"""The examples of page.md, run as they stand there."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amends.channels.base import LogInAgain, Outgoing, Received
from amends.channels.http import Http
from amends.channels.inbound import MANIFEST, connect
from amends.channels.inbound.parse import Counts, Item, Link, Writer
from amends.channels.inbound.tests.server import SECRET
from amends.channels.testing.loopback import Reply, serving

PAGE = (Path(__file__).parents[1] / "page.md").read_text()
SHELL, PIPE = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SENDER, ANSWERS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


class Door:
    """The webhook door, as far as the channel goes: what came in, each as a batch."""

    def __init__(self) -> None:
        self.batches, self.fails = [], 0

    def answering(self, request):
        now = datetime.now(UTC)
        batch = connect({"system": "shop", "secret": SECRET}, Http()).receive(
            Received(request.headers, request.body, {}), now
        )
        if self.fails:
            self.fails -= 1
            return Reply(b"", 503)
        self.batches.append(batch)
        told = {"posts": len(batch.posts), "malformed": len(batch.malformed), "reasons": []}
        return Reply(told if "json" in request.headers.get("accept", "") else b"")


@asynccontextmanager
async def program(*command: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """It runs beside us, so that we can answer it, and has ended when the block does."""
    process = await asyncio.create_subprocess_exec(
        *command, env={"PATH": os.environ["PATH"], "SECRET": SECRET, **environ}, stdin=-1, stdout=-1, stderr=-2
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def say(process: asyncio.subprocess.Process, given: bytes = b"") -> str:
    said, _ = await asyncio.wait_for(process.communicate(given), 30)
    return said.decode()


async def test_curl_posts_and_is_told_what_was_found():
    door = Door()
    async with serving(door.answering) as address, program("sh", "-c", SHELL, ADDRESS=address) as curl:
        said = await say(curl)
        assert curl.returncode == 0, said
    assert json.loads(said)["posts"] == 1
    (post,) = door.batches[0].posts
    assert (post.id, post.author.id, post.text) == ("shop:1001", "shop:42", "My suitcase never came")


async def test_python_posts_and_is_told_what_was_found():
    door = Door()
    async with serving(door.answering) as address, program(sys.executable, "-c", SENDER, ADDRESS=address) as python:
        said = await say(python)
        assert python.returncode == 0, said
    assert "'posts': 1" in said
    (batch,) = door.batches
    assert (batch.posts[0].stars, batch.deletions[0].id) == (2, "shop:1001")


async def test_a_mail_server_pipes_a_mail_and_tries_again_where_it_was_not_taken(tmp_path):
    script = tmp_path / "to-amends"
    script.write_text(PIPE)
    script.chmod(stat.S_IRWXU)
    mail = (Path(__file__).parents[1] / "fixtures" / "mail.eml").read_bytes()
    door = Door()
    door.fails = 1
    codes = []
    async with serving(door.answering) as address:
        for _ in range(2):
            async with program(str(script), ADDRESS=address, TMPDIR=str(tmp_path)) as pipe:
                await say(pipe, mail)
                codes.append(pipe.returncode)
    assert codes == [75, 0]
    (post,) = door.batches[0].posts
    assert (post.raw, post.author.name) == (mail, "ann@example.org")
    assert list(tmp_path.iterdir()) == [script]


async def test_the_example_takes_answers_once_and_can_be_asked():
    async with program(sys.executable, "-c", ANSWERS, PORT="0") as there:
        port = int(await asyncio.wait_for(there.stdout.readline(), 30))
        settings = {"system": "shop", "secret": SECRET, "address": f"http://127.0.0.1:{port}/", "lookup": "yes"}
        http = Http(allow_private=True)
        channel = connect(settings, http)
        assert (await channel.check()).account.id == "shop:care"
        outgoing = Outgoing(key="k1", text="We have found it.", created=datetime.now(UTC), to="shop:1001")
        assert await channel.find(outgoing) is None
        sent = await channel.send(outgoing)
        assert (await channel.send(outgoing)).id == (await channel.find(outgoing)).id == sent.id == "shop:answer-1"
        stranger = connect({**settings, "secret": "another-secret-of-24-characters"}, http)
        for refused in (stranger.check(), stranger.send(outgoing), stranger.find(outgoing)):
            with pytest.raises(LogInAgain):
                await refused
        await http.close()
        there.terminate()
        assert (await say(there)).count("answer 1001 We have found it.\n") == 1


def test_every_field_is_told():
    table = "".join(re.findall(r"^\|.*$", PAGE.partition("## What a post holds")[2], re.MULTILINE))
    for struct in (Item, Counts, Link, Writer):
        for name in struct.__struct_fields__:
            assert f"`{name}`" in table or f'"{name}"' in table, f"{name} of {struct.__name__} is not told"


def test_its_parts_have_the_headings_of_every_channel():
    assert re.findall(r"^#+ .*$", re.sub(r"^```.*?^```", "", PAGE, flags=re.DOTALL | re.MULTILINE), re.MULTILINE) == [
        "## What it hears", "## Answering", "## What a post holds", "## What access it needs", "## Known quirks",
    ]  # fmt: skip
    assert MANIFEST.label in PAGE
