from __future__ import annotations

import pytest
from hypothesis import given

from amends.listening import Matcher, parse, search_terms
from amends.listening.nodes import walk

from .given import documents, queries


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("late", ("late",)),
        ("Zürich OR @Delta", ("Zürich", "@delta")),
        ('"lost bag" late', ('"lost bag"',)),
        ("the luggage", ("luggage",)),
        ("(a OR b) luggage", ("luggage",)),
        ("delay* delta", ("delta",)),
        ("delay*", ("delay",)),
        ("delta NEAR/3 cancellation", ("cancellation",)),
        ("late -lost lang:pt", ("late",)),
        ("lang:pt", ()),
        ("late OR lang:pt", ()),
        ("航空", ('"航空"',)),
        ("don't", ('"don\'t"',)),
        ("a OR a", ("a",)),
    ],
)
def test_terms(query, terms):
    assert search_terms(parse(query)) == terms


@given(queries, documents)
def test_together_they_find_all_that_the_query_matches(node, post):
    """Searched for with our own matcher, which stands in for a network that knows words, phrases and names."""
    terms = search_terms(node)
    if not terms or any(getattr(part, "prefix", False) for part in walk(node)):
        return  # no words can find it, or a beginning had to do for a word
    if Matcher({1: node}).match(post):
        assert Matcher({n: parse(term) for n, term in enumerate(terms)}).match(post)
