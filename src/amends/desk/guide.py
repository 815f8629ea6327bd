"""What a network wants of whoever connects an account there, out of the channel's own page of documentation."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from amends.channels import registry

HEADING = "What access it needs"


class Block(NamedTuple):
    """A paragraph, what a list names (`ordered`: one step after the other), or `code` to copy as it stands."""

    text: str
    steps: tuple[str, ...] = ()
    ordered: bool = False
    code: str = ""


@cache
def guide(channel: str) -> tuple[Block, ...]:
    """The section of `page.md` that says where to click; empty where a channel has none."""
    path = registry.folder(channel) / "page.md"
    if not path.is_file():
        return ()
    found = re.search(rf"^## {HEADING}\n(.*?)(?=^## |\Z)", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return tuple(_blocks(found[1])) if found else ()


def _blocks(section: str) -> list[Block]:
    blocks = []
    for part in re.split(r"(^```.*?^```$)|\n\s*\n", section, flags=re.MULTILINE | re.DOTALL):
        if not (part and part.strip()):
            continue
        if part.startswith("```"):
            blocks.append(Block("", code=re.sub(r"^```\w*\n|\n```$", "", part)))
            continue
        steps = re.split(r"^(?:\d+\.|[-*])\s+", part, flags=re.MULTILINE)
        first = _plain(steps[0])
        if first or len(steps) > 1:
            ordered = re.search(r"^\d+\.", part, re.MULTILINE) is not None
            blocks.append(Block(first, tuple(_plain(step) for step in steps[1:]), ordered))
    return blocks


def _plain(text: str) -> str:
    """Without Markdown's signs."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\s+", " ", re.sub(r"[*`]+", "", text)).strip()
