"""What docs/reference/query-language.md says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amends.listening import Document, Matcher, QueryError, parse
from amends.listening.values import HAS, IS

REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "query-language.md"
TEXT = REFERENCE.read_text("utf-8")
EXAMPLES = re.findall(r"^\| `(.+?)` \| ", TEXT.partition("## Words")[0], re.MULTILINE)
ERRORS = re.findall(
    r"^\| `(.+?)` \| (.+?) \| `(.+?)` \|$", TEXT.partition("## When something is wrong")[2], re.MULTILINE
)


@pytest.mark.parametrize("query", EXAMPLES)
def test_examples_parse(query):
    assert parse(str(parse(query))) == parse(query)


@pytest.mark.parametrize(("query", "said", "suggestion"), ERRORS)
def test_errors_are_as_told(query, said, suggestion):
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert (caught.value.message, caught.value.suggestion) == (said, suggestion)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("zurich", "Zürich"),
        ("strasse", "Straße"),
        ("istanbul", "İstanbul"),
        ("meridian", "Meridian's"),
        ("meridian.example", "https://www.meridian.example/help"),
        ("航空", "日本航空です"),
        ("alice", "#alice"),
        ("@alice", "@alice@mastodon.example"),
    ],
)
def test_what_it_says_a_query_finds(query, text):
    assert f"`{query}`" in TEXT
    assert text in TEXT or text == "#alice"
    assert Matcher({1: parse(query)}).match(Document(text)) == (1,)


def test_everything_is_told():
    assert len(EXAMPLES) > 10
    assert len(ERRORS) > 3
    for value in (*HAS, *IS):
        assert f"`{value}`" in TEXT
    for limit in ("4,000\ncharacters", "500 terms", "30 deep", "1 to 20", "10,000 words", "64 letters", "2,500 pairs"):
        assert limit in TEXT
