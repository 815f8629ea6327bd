"""The file channel keeps the contract of all channels."""

from __future__ import annotations

import gzip
import os
import tempfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from amends.channels.base import Batch
from amends.channels.file import Reader
from amends.channels.testing.contract import ChannelContract
from amends.channels.testing.network import Network

CSV = """tweet_id,name,text,tweet_created,retweet_count,in_reply_to,stars
1,alice,"Where is my bag,
please?",2026-11-21 10:00:00 -0800,3,,
2,bob,Sorted &amp; thanked,2026-11-21 10:05:00 -0800,,1,
3,charlie,,2026-11-21 10:06:00 -0800,,,4/5
"""
JSONL = """{"id":"1","user":{"screen_name":"alice","followers_count":40},"text":"Lost 🧳","created_at":"2026-11-21"}
{"id":"2","user":{"screen_name":"bob"},"text":"Found","created_at":1795255200,"likes":12,"in_reply_to":"1"}
"""


class TestFile(ChannelContract):
    name = "file"

    def payloads(self):
        return {
            "csv": CSV.encode(),
            "jsonl": JSONL.encode(),
            "gz": gzip.compress(CSV.encode()),
            "16": CSV.encode("utf-16"),
        }

    def parse(self, name, payload):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"posts.{name}")
            path.write_bytes(payload)
            os.utime(path, (0, 0))  # counts are as old as the file
            with Reader(path, encoding="utf-8") as reader:
                batches = list(reader.batches())
        return Batch(
            posts=tuple(post for batch in batches for post in batch.posts),
            malformed=tuple(item for batch in batches for item in batch.malformed),
        )

    @property
    def now(self):
        return datetime.now(UTC) + timedelta(minutes=2)  # the file's last row counts once nothing was added for long

    @asynccontextmanager
    async def network(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            yield Disk(file)

    def settings(self, network):
        return {"path": network.address}


class Disk(Network):
    """A file that grows, as another program writes it. A row's end is written with it, so that each is whole."""

    def __init__(self, file):
        self.file, self.address, self.rows = file, file.name, 0
        file.write("id,text,created\n")
        file.flush()

    async def write(self, text):
        self.rows += 1
        self.file.write(f"{self.rows},{text},2026-11-21\n")
        self.file.flush()
        return f"file:file:{self.rows}"
