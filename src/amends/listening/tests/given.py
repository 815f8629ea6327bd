"""Queries and posts for property tests: few words, so that they meet, of every kind that is treated differently."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from amends.listening import Document, Node, QueryError, parse

WORDS = ["delta", "Delay", "delayed", "late", "bag", "Zürich", "don't", "航空", "空", "👩🏽‍✈️", "✈️", "ไทย", "it", "2nd"]
NAMES = ["@delta", "@Delta.com", "@late_bag", "#late", "#航空", "#Delay_bag"]
FIELDS = ["from:alice", "from:alice.example", "lang:pt", "lang:pt-br", "has:media", "has:video", "is:reply"]

words = st.sampled_from(WORDS)
phrases = st.lists(words, min_size=2, max_size=3).map(lambda row: f'"{" ".join(row)}"')
beginnings = st.sampled_from(["de*", "dela*", "late*", "@de*", "#la*", "don't-be*", "空*"])
LEFT = ["delta", "de*", '"late bag"', "bag", "Zürich", "航空", "@Delta.com", '"late #late"']
RIGHT = ["it", "ไทย", '"it 2nd"', "2n*", "#it", '"it it don\'t"']


def side(ways: list[str]) -> st.SearchStrategy[str]:
    """A side of NEAR: a term, or several in parentheses."""
    groups = st.lists(st.sampled_from(ways), min_size=1, max_size=4).map(lambda some: f"({' OR '.join(some)})")
    return st.sampled_from(ways) | groups


near = st.builds(
    lambda left, right, within: f"{left} NEAR/{within} {right}", side(LEFT), side(RIGHT), st.integers(1, 4)
)
text_leaves = st.one_of(words, phrases, st.sampled_from(NAMES), beginnings, near)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda a, b: f"({a} {b})", inner, inner),
        st.builds(lambda a, b: f"({a} OR {b})", inner, inner),
        st.builds(lambda a, b: f"({a} AND NOT {b})", inner, inner),
        st.builds(lambda a: f"NOT ({a})", inner),
    )


def _parsed(text: str) -> Node:
    try:
        return parse(text)
    except QueryError:
        assume(False)
        raise


text_queries = st.recursive(text_leaves, _joined, max_leaves=6).map(_parsed)
queries = st.recursive(text_leaves | st.sampled_from(FIELDS), _joined, max_leaves=8).map(_parsed)

texts = st.lists(
    st.sampled_from([*WORDS, *NAMES, "and", "alice", "DELAYS", "zurich", "https://delta.com/late", "lost,", "'s"]),
    max_size=12,
).map(" ".join)
documents = st.builds(
    Document,
    text=texts,
    author=st.sampled_from(["", "alice", "Alice.example", "bob"]),
    lang=st.sampled_from(["", "pt", "pt-BR", "de"]),
    has=st.sets(st.sampled_from(["image", "video", "link", "file"])),
    kinds=st.sets(st.sampled_from(["reply", "review"])),
)
