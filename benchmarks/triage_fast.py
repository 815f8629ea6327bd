"""Fast triage: posts a CPU-second in batches of 256, and memory, beside VADER and TextBlob on the same posts.

`triage_fast` reads all but language and personal data, `triage_fast_everything` those as well.
"""

from __future__ import annotations

from typing import Any

from .readers import against, memory, rates, some_posts

POSTS, ROUNDS = 5_120, 7


def run() -> list[dict[str, Any]]:
    posts = some_posts(POSTS)
    found = rates(["heads", "fast", "vader", "textblob"], posts, ROUNDS)
    grown = memory(["fast", "vader", "textblob"], posts[:1024])
    return [
        *against("triage_fast", "posts/CPU-s", found["heads"], found),
        *against("triage_fast_everything", "posts/CPU-s", found["fast"], found),
        *against("triage_fast_memory", "MB", grown["fast"], grown),
    ]


if __name__ == "__main__":
    for result in run():
        print(result)
