"""Deep triage: posts that are read deeply a CPU-second, in batches of 256, with all that fast triage tells; and memory.
Beside VADER and TextBlob on the same posts."""

from __future__ import annotations

from typing import Any

from .readers import against, memory, rates, some_posts

POSTS, ROUNDS = 1_024, 5


def run() -> list[dict[str, Any]]:
    posts = some_posts(POSTS)
    found = rates(["deep", "vader", "textblob"], posts, ROUNDS)
    grown = memory(["deep", "vader", "textblob"], posts)
    return [
        *against("triage_deep", "posts/CPU-s", found["deep"], found),
        *against("triage_deep_memory", "MB", grown["deep"], grown),
    ]


if __name__ == "__main__":
    for result in run():
        print(result)
