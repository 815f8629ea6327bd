from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime, timedelta

import pytest

from amends.channels import registry
from amends.channels.base import BadData, Outgoing, Rejected
from amends.channels.file import MANIFEST, connect

WRITTEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = timedelta(hours=1)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("id,text,created\n" + "".join(f"{n},Complaint {n},2026-11-21\n" for n in range(1_200)))
    return touched(path, WRITTEN)


def touched(path, at):
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


async def poll(channel, cursor, now):
    return [batch async for batch in channel.poll(cursor, (), now)]


async def test_a_poll_reads_what_is_new_and_says_until_when_it_heard(path):
    channel = connect({"path": str(path), "network": "x"}, None)
    first = await poll(channel, "", WRITTEN + LATER)
    assert [len(batch.posts) for batch in first] == [500, 500, 200, 0]
    assert first[0].posts[0].id == "file:x:0"
    assert (first[-1].covered[0].start, first[-1].covered[0].end) == (WRITTEN, WRITTEN + LATER)

    with path.open("a") as file:
        file.write("1200,One more,2026-11-21\n1201,Half a r")
    touched(path, WRITTEN + 2 * LATER)
    second = await poll(channel, first[-1].cursor, WRITTEN + 2 * LATER)
    assert [post.text for batch in second for post in batch.posts] == ["One more"]
    assert (second[-1].covered[0].start, second[-1].malformed) == (WRITTEN + LATER, ())

    third = await poll(channel, second[-1].cursor, WRITTEN + 3 * LATER)
    assert [item.line for batch in third for item in batch.malformed] == [1203]


async def test_check_says_what_was_recognised(path):
    checked = await connect({"path": str(path)}, None).check()
    assert "text from 'text'" in checked.note
    with pytest.raises(BadData, match="cannot be opened"):
        await connect({"path": str(path) + ".gz"}, None).check()


async def test_a_broken_gzip_file_gives_its_posts_and_then_the_error(path):
    broken = path.with_suffix(".csv.gz")
    broken.write_bytes(gzip.compress(path.read_bytes())[:-6])
    touched(broken, WRITTEN)
    heard = []
    with pytest.raises(BadData, match="not whole"):
        async for batch in connect({"path": str(broken)}, None).poll("", (), WRITTEN + LATER):
            heard.extend(batch.posts)
    assert len(heard) == 1_200


async def test_nothing_can_be_answered(path):
    channel = connect({"path": str(path)}, None)
    outgoing = Outgoing(key=channel.new_key(WRITTEN, 1), text="Sorry", created=WRITTEN)
    with pytest.raises(Rejected, match="can't be answered"):
        await channel.send(outgoing)
    await channel.close()


def test_the_settings_say_what_is_wrong():
    def wrong(**given):
        return registry.refuse_settings(MANIFEST, given)

    assert not wrong(path="/data/posts.csv.gz", columns="text=Verbatim, created=Received on", stars_of="10")
    assert set(wrong(path="/etc/passwd")) == {"path"}
    assert set(wrong(path="posts.csv", columns="words=x", only_matching="maybe", kind="tweet")) == {
        "path",
        "columns",
        "only_matching",
        "kind",
    }
