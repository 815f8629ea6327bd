"""A simulator of Hacker News: its search and its items, on loopback.

Written from Algolia's documentation of the search (https://hn.algolia.com/api) and from that of the items
(https://github.com/HackerNews/API). Nobody offers the real ones to run elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amends.channels.testing.loopback import Reply, Request, serving

FIXTURES = Path(__file__).parents[1] / "fixtures"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


class Server:
    """`items` are as the items' interface tells them, `updates` the numbers of those that changed. `asked` has every
    path, `searches` the parameters of every search. `most` is how many hits an answer has at most."""

    def __init__(self) -> None:
        self.url = ""
        self.items: dict[int, dict[str, Any]] = {}
        self.updates: list[int] = []
        self.asked: list[str] = []
        self.searches: list[dict[str, str]] = []
        self.most = 1000

    def write(self, text: str, at: datetime | None = None, **fields: Any) -> int:
        number = 40_000_000 + len(self.items)
        time = int((at or datetime.now(UTC)).timestamp())
        self.items[number] = {"id": number, "by": "charlie", "time": time, "text": text, **fields}
        self.items[number].setdefault("type", "comment" if "parent" in fields else "story")
        if self.items[number]["type"] == "story":
            self.items[number] |= {"title": fields.get("title", "A story"), "score": 1, "descendants": 0}
        return number

    def change(self, number: int, **fields: Any) -> None:
        self.items[number] |= fields
        self.updates.insert(0, number)

    def remove(self, number: int) -> None:
        kept = {name: self.items[number][name] for name in ("id", "time", "type")}
        self.items[number] = kept | {"deleted": True}
        self.updates.insert(0, number)

    def answer(self, request: Request) -> Reply:
        self.asked.append(request.path)
        if request.path == "/api/v1/search_by_date":
            return Reply(self._search({name: values[0] for name, values in request.query.items()}))
        if request.path == "/v0/updates.json":
            return Reply({"items": self.updates[:100], "profiles": []})
        if found := re.fullmatch(r"/v0/item/(\d+)\.json", request.path):
            return Reply(self.items.get(int(found[1])))
        return Reply({"error": "not found"}, 404)

    def _search(self, params: dict[str, str]) -> object:
        self.searches.append(params)
        wanted = params.get("query", "").strip('"').lower()
        hits = [
            self._hit(item)
            for item in self.items.values()
            if not item.get("deleted") and wanted in f"{item.get('title', '')} {item['text']}".lower()
        ]
        for field, sign, value in re.findall(r"(\w+)(>=|<=)(\d+)", params.get("numericFilters", "")):
            hits = [hit for hit in hits if (hit[field] >= int(value) if sign == ">=" else hit[field] <= int(value))]
        hits.sort(key=lambda hit: (hit["created_at_i"], int(hit["objectID"])), reverse=True)
        size = min(int(params.get("hitsPerPage", 20)), self.most)
        return {"hits": hits[:size], "nbHits": len(hits), "page": 0, "hitsPerPage": size}

    def _hit(self, item: dict[str, Any]) -> dict[str, Any]:
        hit = {"objectID": str(item["id"]), "author": item["by"], "created_at_i": item["time"], "_tags": [item["type"]]}
        if item["type"] == "comment":
            story = item["parent"]
            while "parent" in self.items.get(story, {}):
                story = self.items[story]["parent"]
            return hit | {"comment_text": item["text"], "parent_id": item["parent"], "story_id": story, "points": None}
        told = {"title": item["title"], "url": item.get("url"), "points": item["score"], "story_id": item["id"]}
        return hit | told | {"story_text": item["text"] or None, "num_comments": item["descendants"]}


@asynccontextmanager
async def running() -> AsyncIterator[Server]:
    server = Server()
    async with serving(server.answer) as server.url:
        yield server
