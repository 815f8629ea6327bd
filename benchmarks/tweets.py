"""Posts and queries for the benchmarks of listening: made from a seed, or the tweets of a folder of data sets."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, cycle
from pathlib import Path

from amends.listening.tokens import words

_SYLLABLES = [onset + vowel for onset in [*"bcdfghjklmnprstvwz", "st", "tr", "pl", "sh"] for vowel in [*"aeiou", "ea"]]
_ENDINGS = ["", "", "", "s", "s", "n", "r", "t", "ing", "ed", "er", "ly", "al", "ion", "ness"]
_EMOJI = ["😀", "😂", "😡", "❤️", "👍🏽", "✈️", "🔥", "👩\u200d✈️"]


def made_posts(count: int, chance: random.Random) -> list[str]:
    """Posts as people write them on a network, in words that nobody knows.

    Like real tweets in what matters here: 116 characters, half of all words seen once, and beside the five of the
    terms that are words of a post another eleven that are parts of its words (four and twelve in tweets).
    """
    vocabulary = _made_words(chance)
    weights = list(accumulate((rank + 2.7) ** -1.1 for rank in range(len(vocabulary))))  # Zipf-Mandelbrot
    brands = [f"@{word}" for word in chance.sample(vocabulary[200:3000], 400)]
    return [_made_post(chance, vocabulary, weights, brands) for _ in range(count)]


def _made_words(chance: random.Random) -> list[str]:
    """The most frequent first: short stems, then stems with endings, compounds and abbreviations."""
    syllables = chance.sample(_SYLLABLES, len(_SYLLABLES))
    weights = [1 / (rank + 20) for rank in range(len(syllables))]
    stems = [
        "".join(chance.choices(syllables, weights, k=1 + (rank > 150))) + chance.choice(["", "", *"nrstl"])
        for rank in range(3_000)
    ]
    made = []
    for _ in range(90_000):
        kind, word, more = chance.random(), chance.choice(stems), chance.choice(stems)
        made.append((word + more)[1:4] if kind < 0.03 else (word + more * (kind < 0.18)) + chance.choice(_ENDINGS))
    return list(dict.fromkeys(stems + made))


def _made_post(chance: random.Random, vocabulary: list[str], weights: list[float], brands: list[str]) -> str:
    row = chance.choices(vocabulary, cum_weights=weights, k=chance.randint(8, 28))
    row[0] = row[0].capitalize()
    if chance.random() < 0.6:
        row.insert(chance.choice([0, len(row)]), chance.choice(brands))
    if chance.random() < 0.3:
        row.append(f"#{chance.choice(row).strip('@').capitalize()}")
    if chance.random() < 0.15:
        row.append(f"https://t.co/{chance.getrandbits(40):x}")
    if chance.random() < 0.15:
        row.append(chance.choice(_EMOJI))
    if chance.random() < 0.1:
        place = chance.randrange(len(row))
        row[place] = row[place].replace("e", "é").replace("o", "ö")
    return " ".join(word + chance.choice([""] * 8 + [",", "."]) for word in row)


def real_posts(folder: Path, count: int, chance: random.Random) -> list[str]:
    """The tweets of the data sets in this folder."""
    texts: list[str] = []
    for path in sorted(folder.glob("tweeteval/datasets/*/*_text.txt")):
        texts += path.read_text("utf-8").split("\n")
    texts = [text for text in texts if text]
    return chance.sample(texts, count)


def made_queries(posts: Sequence[str], count: int, chance: random.Random) -> dict[int, str]:
    """Boolean queries of words that are in some posts, mostly rare ones, as those of many brands would be."""
    counts = Counter(word for post in posts for word in set(words(post)))
    ranked = [word for word, _ in counts.most_common() if len(word) > 2 and word.isascii()]
    rare = cycle(chance.sample(ranked[1500:], len(ranked) - 1500))
    return {number: _made_query(chance, ranked[20:1500], rare) for number in range(count)}


def _made_query(chance: random.Random, frequent: Sequence[str], rare_words: Iterator[str]) -> str:
    def often() -> str:
        return chance.choice(frequent)

    def rare() -> str:
        return next(rare_words)

    shape = chance.random()
    if shape < 0.055:
        return f"{rare()} OR {rare()} OR #{rare()}"
    if shape < 0.3:
        return f"{rare()} ({often()} OR {rare()} OR {rare()})"
    if shape < 0.5:
        return f"{rare()} {often()} NOT ({often()} OR {rare()})"
    if shape < 0.65:
        return f'"{rare()} {often()}" OR "{often()} {rare()}"'
    if shape < 0.8:
        return f"({rare()} OR {rare()}) ({often()} OR {often()} OR {rare()}) NOT {rare()}"
    if shape < 0.9:
        return f"({often()} NEAR/5 {rare()}) OR ({often()} {often()} {often()})"
    return f'@{rare()} OR #{rare()} OR "{rare()} {rare()}"'
