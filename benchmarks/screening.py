"""Screening: how many posts a CPU-second can be held against 10,000 boolean queries.

Beside our matcher, on the same posts and queries and in the same run: hyperscan, which finds the candidate terms for
the same exact evaluation, and one alternation of `re`, on a few posts. All three must agree, or it stops.

Posts and queries are made from a fixed seed. Where AMENDS_DATA names a folder of data sets, its tweets are the posts.
"""

from __future__ import annotations

import gc
import os
import random
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import hyperscan

from amends.listening import Document, Matcher, Node, parse
from amends.listening.holding import View
from amends.listening.tokens import folded

from .tweets import made_posts, made_queries, real_posts

POSTS, QUERIES, REGEX_POSTS, ROUNDS = 20_000, 10_000, 100, 7


class Scanning(Matcher):
    """Our clauses and our exact evaluation; only the terms that bring a clause to mind are looked for in the text."""

    def __init__(self, queries: dict[int, Node]) -> None:
        super().__init__(queries)
        self._terms = [term for term in self._found_by if term]
        self._entries = [(f" {term} ", self._found_by[term]) for term in self._terms]

    def hits(self, text: str) -> Iterable[int]:
        """The places in `_terms` of those that may be in the text; none that is there may be missing."""
        raise NotImplementedError

    def match(self, document: Document) -> tuple[int, ...]:
        text = f" {folded(document.text)} "
        likely = []
        for hit in self.hits(document.text if document.text.isascii() else text):
            word, first = self._entries[hit]
            if word in text:
                entry: Any = first
                while entry is not None:
                    if entry[0] in text:
                        likely.append(entry)
                    entry = entry[3]
        if not likely:
            return ()
        view = View(document.text, text.split(), [])
        return tuple(sorted({number for _, rest, number, _ in likely if rest is None or rest(view)}))


class Hyperscan(Scanning):
    """Its best use found here: literal terms, each told once a post. (Whole words by its own \\b: no faster to scan and
    fifteen times as long to compile.)"""

    def __init__(self, queries: dict[int, Node]) -> None:
        super().__init__(queries)
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[term.encode() for term in self._terms],
            ids=list(range(len(self._terms))),
            flags=[hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH] * len(self._terms),
            literal=True,
        )
        self._scratch = hyperscan.Scratch(self._database)

    def hits(self, text: str) -> Iterable[int]:
        found: list[int] = []

        def tell(term: int, start: int, end: int, flags: int, context: Any) -> None:  # noqa: ARG001 - its signature
            found.append(term)

        self._database.scan(text.encode(), tell, scratch=self._scratch)
        return found


class Alternation(Scanning):
    """One regular expression of all terms, whole words only: parts of words would hide the words that they begin."""

    def __init__(self, queries: dict[int, Node]) -> None:
        super().__init__(queries)
        self._places = {term: place for place, term in enumerate(self._terms)}
        self._pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, self._terms))})(?![^\W_])", re.IGNORECASE)

    def hits(self, text: str) -> Iterable[int]:
        return {self._places[hit.lower()] for hit in self._pattern.findall(text)}


def run() -> list[dict[str, Any]]:
    """Posts a CPU-second, ours and theirs: medians of interleaved rounds, since this machine may not be ours alone."""
    chance = random.Random(20261122)
    folder = os.environ.get("AMENDS_DATA")
    texts = real_posts(Path(folder), POSTS, chance) if folder else made_posts(POSTS, chance)
    queries = {number: parse(text) for number, text in made_queries(texts, QUERIES, chance).items()}
    posts = [Document(text) for text in texts]
    ours, scanned, alternation = Matcher(queries), Hyperscan(queries), Alternation(queries)
    gc.collect()
    gc.freeze()  # what is there by now is nobody's cost
    times: dict[str, list[float]] = {"ours": [], "hyperscan": [], "regex": []}
    for _ in range(ROUNDS):
        found = _timed(ours, posts, times["ours"])
        if _timed(scanned, posts, times["hyperscan"]) != found:
            raise RuntimeError("hyperscan and the matcher do not agree")
    if _timed(alternation, posts[:REGEX_POSTS], times["regex"]) != found[:REGEX_POSTS]:
        raise RuntimeError("the regular expression and the matcher do not agree")
    gc.unfreeze()
    value = POSTS / median(times["ours"])
    baselines = {
        "screening": POSTS / median(times["hyperscan"]),
        "screening_regex": REGEX_POSTS / median(times["regex"]),
    }
    return [
        {"name": name, "value": value, "unit": "posts/CPU-s", "baseline": baseline, "ratio": value / baseline}
        for name, baseline in baselines.items()
    ]


def _timed(matcher: Matcher, posts: Sequence[Document], times: list[float]) -> list[tuple[int, ...]]:
    start = time.process_time()
    found = matcher.match_many(posts)
    times.append(time.process_time() - start)
    return found


if __name__ == "__main__":
    for result in run():
        print(result)
