from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.listening import (
    FTS5_TOKENIZER,
    Document,
    Filter,
    Matcher,
    QueryError,
    filters,
    fts5_match,
    parse,
    search_text,
    tokens,
    tsquery,
    tsvector_literal,
)

from .given import FIELDS, text_queries, texts


def found_by_fts5(posts: list[str], match: str) -> list[int]:
    with sqlite3.connect(":memory:") as database:
        database.execute(f'CREATE VIRTUAL TABLE search USING fts5(body, tokenize="{FTS5_TOKENIZER}")')
        rows = [(number, search_text(post)) for number, post in enumerate(posts)]
        database.executemany("INSERT INTO search (rowid, body) VALUES (?, ?)", rows)
        query = "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid"
        return [number for (number,) in database.execute(query, [match])]


@given(text_queries, st.lists(texts, min_size=1, max_size=5))
def test_sqlite_finds_what_the_matcher_finds(node, posts):
    matcher = Matcher({1: node})
    expected = [number for number, post in enumerate(posts) if matcher.match(Document(post))]
    assert found_by_fts5(posts, fts5_match(node)) == expected


@given(text_queries, st.lists(st.sampled_from(FIELDS).map(parse), min_size=1, max_size=3))
def test_fields_are_told_apart(node, fields):
    query = parse(" ".join([f"({node})", *map(str, fields)]))
    assert fts5_match(query) == fts5_match(node)
    assert filters(query) == tuple(Filter(field.field, (field.value,), False) for field in fields)


@pytest.mark.parametrize(
    ("query", "match", "vector_query"),
    [
        ("late", '"late"', "'late'"),
        ("delay*", '"delay"*', "'delay':*"),
        ('"lost bag"', '"lost bag"', "('lost' <-> 'bag')"),
        ("@Delta OR #late", '("@delta" OR "#late")', "('@delta' | '#late')"),
        ("late -lost -bag", '("late" NOT ("lost" OR "bag"))', "('late' & !('lost' | 'bag'))"),
        ("late (lost OR -bag)", '("late" NOT ("bag" NOT "lost"))', "('late' & !('bag' & !'lost'))"),
        (
            "late NEAR/1 bag",
            'NEAR("late" "bag", 1)',
            "('late' <1> 'bag' | 'late' <2> 'bag' | 'bag' <1> 'late' | 'bag' <2> 'late')",
        ),
        (
            '("bag lost" OR late*) NEAR/1 my',
            '(NEAR("bag lost" "my", 1) OR NEAR("late"* "my", 1))',
            "('late':* <1> 'my' | 'late':* <2> 'my' | ('bag' <-> 'lost') <1> 'my' | ('bag' <-> 'lost') <2> 'my'"
            " | 'my' <1> (('bag' <-> 'lost') | 'late':*) | 'my' <2> (('bag' <-> 'lost') | 'late':*))",
        ),
        ("lang:pt", "", ""),
    ],
)
def test_expressions(query, match, vector_query):
    assert fts5_match(parse(query)) == match
    assert tsquery(parse(query)) == vector_query


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("late", ()),
        ("late from:alice -is:reply", (Filter("from", ("alice",), False), Filter("is", ("reply",), True))),
        ("late (lang:de OR lang:pt)", (Filter("lang", ("de", "pt"), False),)),
        ("late -(has:image OR has:video)", (Filter("has", ("image", "video"), True),)),
    ],
)
def test_filters(query, expected):
    assert filters(parse(query)) == expected


@pytest.mark.parametrize(
    "query", ["late OR lang:pt", "late (lang:pt OR is:reply)", "lang:pt -late", "late -(lost lang:pt)"]
)
def test_what_search_cannot_express_is_said(query):
    for express in (fts5_match, tsquery):
        with pytest.raises(QueryError, match=r"[Ss]earch"):
            express(parse(query))


def test_more_nearness_than_a_database_answers_is_refused():
    left, right = (" OR ".join(f"{side}{n}" for n in range(51)) for side in "ab")
    wide = parse(f"({left}) NEAR/20 ({right})")
    with pytest.raises(QueryError, match="join fewer ways"):
        fts5_match(wide)
    assert tsquery(wide).count("'") < 32_000
    with pytest.raises(QueryError, match="join fewer ways"):
        tsquery(parse(" OR ".join(f"a{n} NEAR/20 b{n}" for n in range(200))))


def test_vector():
    assert tsvector_literal(tokens("Late, so late! @Bob's")) == "'late':1,3 'so':2 'bob':4 's':5 '@bob'"


def test_deepest_and_widest_queries_are_searched():
    deep = "a"
    for n in range(29):
        deep = f"({deep} {'OR' if n % 2 else 'AND'} b{n})"
    assert found_by_fts5(["a b0 b2 b4", "nothing"], fts5_match(parse(deep))) != [1]
    wide = " OR ".join(f"w{n}" for n in range(500))
    assert found_by_fts5(["w499", "w", "w0 w7"], fts5_match(parse(wide))) == [0, 2]
    assert found_by_fts5(["w0", "w0 w9"], fts5_match(parse("w0 " + " ".join(f"-w{n}" for n in range(1, 400))))) == [0]


def test_what_is_stored_of_a_post_is_bounded():
    kept = search_text("y" * 2_000_000 + " x" * 1_000_000).split()
    assert len(kept) == 10_000
    assert max(map(len, kept)) == 64
    assert len(search_text(" ".join(f"{n:064}" for n in range(20_000)))) <= 250_000
    assert len(tsvector_literal(tokens(" ".join(f"@{n:0100}" for n in range(20_000)))).encode()) < 900_000
