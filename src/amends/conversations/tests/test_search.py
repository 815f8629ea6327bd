"""Search finds on either database what the query language says, the newest first, within the brand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amends.accounts.access import Member
from amends.channels.base import Author, Kind, Media, MediaKind, Post
from amends.conversations.queries import search
from amends.listening import Document, Matcher, Node, QueryError, tokens, tsquery, tsvector_literal
from amends.listening.tests.given import text_queries, texts

POSTS: dict[str, dict[str, Any]] = {
    "lost": {"text": "My luggage is lost, and I am FURIOUS @MeridianAir", "lang": "en"},
    "found": {"text": "They found my luggage! Thank you #meridian", "lang": "en", "parent": "at://lost"},
    "film": {"text": "See this", "media": (Media(MediaKind.VIDEO, "https://x.example/v"),)},
    "link": {"text": "Read https://news.example/meridian now"},
    "stars": {"text": "Fine seats", "kind": Kind.REVIEW, "stars": 2.0},
    "german": {"text": "Mein Gepäck ist weg", "lang": "de"},
    "japanese": {"text": "荷物がまだ届きません", "lang": "ja"},
    "emoji": {"text": "well done 👏🏽"},
    "paid": {"text": "Look at us", "promoted": True},
    "named": {"text": "hello", "author": Author(id="did:1", name="ann_lee.example")},
    "other": {"text": "hello again", "author": Author(id="did:2", name="annxlee.example")},
}


@pytest.fixture
def found(alice: Member, hear: Callable[..., Any], mention: Callable[..., Post]) -> Callable[[str], set[str]]:
    for key, said in POSTS.items():
        hear(mention(key, addressed=True, **{"author": key, **said}))
    return lambda query: {post.external_id.removeprefix("at://") for post in search(alice, query)}


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("luggage", "lost found"),
        ("LUGGAGE -furious", "found"),
        ('"lost and"', "lost"),
        ("lost NEAR/4 furious", "lost"),
        ('("is lost" OR nowhere OR thank*) NEAR/2 (#meridian OR "i am furious" OR "the news")', "lost found"),
        ('("is lost" OR nowhere OR thank*) NEAR/2 (furious OR @meridian)', ""),
        ('(furious OR "am furious") NEAR/1 ("lost and" OR is)', "lost"),
        ('(lost OR "is lost and") NEAR/1 (am OR "my luggage")', "lost"),
        ("@meridianair OR #meridian", "lost found"),
        ("lugg*", "lost found"),
        ("gepack", "german"),
        ("荷物", "japanese"),
        ("届きません", "japanese"),
        ("👏", "emoji"),
        ("lang:de", "german"),
        ("has:video", "film"),
        ("has:media", "film"),
        ("has:link", "link"),
        ("is:review", "stars"),
        ("is:promoted", "paid"),
        ("is:reply luggage", "found"),
        ("from:ann_lee", "named"),
        ("hello -from:ann_lee", "other"),
        ("nowhere", ""),
    ],
)
def test_what_is_found(found: Callable[[str], set[str]], query: str, keys: str) -> None:
    assert found(query) == set(keys.split())


def test_newest_first_page_by_page(alice: Member, found: object) -> None:
    first = search(alice, "luggage OR hello", limit=2)
    rest = search(alice, "luggage OR hello", before=first[-1].id, limit=10)
    ids = [post.id for post in (*first, *rest)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 4


def test_a_stranger_finds_nothing_and_a_mistake_is_pointed_at(charlie: Member, alice: Member, found: object) -> None:
    assert search(charlie, "luggage") == []
    with pytest.raises(QueryError):
        search(alice, '"open')
    with pytest.raises(QueryError):
        search(alice, "-luggage")


@pytest.mark.usefixtures("db")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text_queries, st.lists(texts, min_size=1, max_size=5))
def test_postgresql_finds_what_the_matcher_finds(node: Node, posts: list[str]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is asked beside the code that writes its queries, without a server")
    matcher, query, found = Matcher({1: node}), tsquery(node), []
    with connection.cursor() as cursor:
        for post in posts:
            cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [tsvector_literal(tokens(post)), query])
            found.append(cursor.fetchone() == (True,))
    assert found == [bool(matcher.match(Document(post))) for post in posts]
