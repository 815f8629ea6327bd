from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.listening import Document, Matcher, Node, parse
from amends.listening.document import field_keys
from amends.listening.nodes import And, Field, Name, Near, Not, Or, Term, ways
from amends.listening.tokens import names, words

from .given import LEFT, RIGHT, documents, queries


def places(term: Term, row: list[str]) -> list[int]:
    size = len(term.words)
    return [
        at
        for at in range(len(row) - size + 1)
        if row[at : at + size - 1] == list(term.words[:-1])
        and (row[at + size - 1].startswith(term.words[-1]) if term.prefix else row[at + size - 1] == term.words[-1])
    ]


def naive(node: Node, document: Document) -> bool:
    """The meaning of a query, as it is told, without a thought for speed."""
    row = words(document.text)
    match node:
        case Term():
            return bool(places(node, row))
        case Name(key, _, prefix):
            return any(name.startswith(key) if prefix else name == key for name in names(document.text))
        case Field():
            return node.key in field_keys(document)
        case Near(left, right, within):
            return any(
                (a < b and b - (a + len(one.words)) <= within) or (b < a and a - (b + len(other.words)) <= within)
                for one in ways(left)
                for other in ways(right)
                for a in places(one, row)
                for b in places(other, row)
            )
        case And(items):
            return all(naive(item, document) for item in items)
        case Or(items):
            return any(naive(item, document) for item in items)
        case Not(item):
            return not naive(item, document)


@given(st.lists(queries, max_size=6), st.lists(documents, max_size=4))
def test_it_finds_what_the_queries_mean(nodes, posts):
    matcher = Matcher(dict(enumerate(nodes)))
    expected = [tuple(number for number, node in enumerate(nodes) if naive(node, post)) for post in posts]
    assert matcher.match_many(posts) == expected
    long = [Document(f"{post.text} {'. ' * 1_000}", post.author, post.lang, post.has, post.kinds) for post in posts]
    assert matcher.match_many(long) == expected


some_left = st.lists(st.sampled_from(LEFT), min_size=1, max_size=4)
some_right = st.lists(st.sampled_from(RIGHT), min_size=1, max_size=4)


@given(some_left, some_right, st.integers(1, 4), documents)
def test_groups_are_near_where_one_way_of_each_is(left, right, within, post):
    group = parse(f"({' OR '.join(left)}) NEAR/{within} ({' OR '.join(right)})")
    pairs = parse(" OR ".join(f"{one} NEAR/{within} {other}" for one in left for other in right))
    known = Document(post.text, lang="pt")
    found = Matcher({1: group, 2: pairs, 3: And((Field("lang", "pt"), Not(group)))}).match(known)
    assert found == ((1, 2) if naive(pairs, known) else (3,))


@pytest.mark.parametrize(
    ("query", "text", "holds"),
    [
        ("delta", "I flew @Delta.", True),
        ("delta", "Delta's bags", True),
        ("delta", "deltas", False),
        ("@delta", "the delta", False),
        ("@delta", "@delta.com", True),
        ("@delta.com", "@delta", False),
        ("delta.com", "https://www.delta.com/help", True),
        ("zurich", "ZÜRICH", True),
        ('"lost bag"', "lost, bag", True),
        ('"lost bag"', "lost my bag", False),
        ("lost NEAR/1 bag", "lost my bag", True),
        ("bag NEAR/1 lost", "lost my bag", True),
        ("lost NEAR/1 bag", "lost my only bag", False),
        ('(hurt OR "cut his hand") NEAR/2 (child OR daughter*)', "my child cut his hand", True),
        ('(hurt OR "cut his hand") NEAR/2 (child OR daughter*)', "hurt my only daughters", True),
        ('(hurt OR "cut his hand") NEAR/2 (child OR daughter*)', "hurt. Our only other child", False),
        ('(hurt OR "cut his hand") NEAR/2 (child OR daughter*)', "daughter, child", False),
        ("(late OR @delta) NEAR/1 (bag OR #bag)", "delta bag", False),
        ("(late OR @delta) NEAR/1 (bag OR #bag)", "@delta my bag", True),
        ("航空", "日本航空です", True),
        ("航空", "空航", False),
        ("ไทย", "ประเทศไทยครับ", True),
        ("delay*", "so many delays", True),
        ("👩‍✈️", "our 👩🏽‍✈️ was great", True),
        ("has:link", "see https://x.example", True),
    ],
)
def test_examples(query, text, holds):
    assert Matcher({7: parse(query)}).match(Document(text)) == ((7,) if holds else ())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("from:alice", True),
        ("from:alice.bsky", True),
        ("from:bsky", False),
        ("lang:pt", True),
        ("lang:pt-br", True),
        ("lang:pt-pt", False),
        ("has:media", True),
        ("has:image", False),
        ("is:review -is:reply", True),
        ("late -is:review", False),
    ],
)
def test_fields(query, expected):
    post = Document("late", "alice.bsky.social", "pt-BR", ["video"], ["review"])
    assert bool(Matcher({1: parse(query)}).match(post)) is expected


def test_many_alternatives_are_one_query():
    either = " OR ".join(f"(a{n} b{n})" for n in range(30))
    node = parse(f"({either}) ({either.replace('a', 'c')}) OR z")
    matcher = Matcher({1: node, 2: parse("a1")})
    assert matcher.match(Document("a1 b1 and c7 b7")) == (1, 2)
    assert matcher.match(Document("a1 b2 and c7 b7")) == (2,)
    assert matcher.match(Document("Z")) == (1,)


def test_nothing_to_find_is_found_quickly():
    assert Matcher({}).match(Document("late")) == ()
    assert Matcher({1: parse("late")}).match(Document("")) == ()


def test_a_query_that_matches_nearly_everything_is_refused():
    with pytest.raises(ValueError, match="must hold"):
        Matcher({1: Not(parse("late"))})


def test_a_huge_post_is_no_trouble():
    queries = {n: parse(f"word{n} (other{n} OR late) NOT tired{n} OR wo{n}*") for n in range(500)}
    text = " ".join(f"word{n % 700} x{n}" for n in range(100_000)) + " late"
    assert Matcher(queries).match(Document(text)) == tuple(range(500))


def test_wide_nearness_in_a_huge_post_is_no_trouble():
    left, right = (" OR ".join(f"{side}{n} OR {side}{n}x*" for n in range(80)) for side in ("left", "right"))
    matcher = Matcher({1: parse(f"({left}) NEAR/3 ({right})")})
    apart = " ".join(f"left{n % 80} left{n % 80}xx a b c d right{n % 80} e f g h" for n in range(5_000))
    assert matcher.match(Document(apart)) == ()
    assert matcher.match(Document(f"{apart} left1 a rightest right7xyz")) == (1,)


def test_remembered_beginnings_are_bounded(monkeypatch):
    monkeypatch.setattr("amends.listening.matcher._MOST_REMEMBERED", 10)
    matcher = Matcher({1: parse("late*")})
    for n in range(50):
        assert matcher.match(Document(f"later{n} x{n}")) == (1,)
    assert len(matcher._begun) <= 10
