"""The day is long enough, varied enough, and about nobody."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from amends.channels.base import BadData, Kind
from amends.channels.demo.script import read, written

POSTS = [line for line in written().lines if line.id]
BRAND = re.compile(r"meridian ?air|メリディアン航空", re.IGNORECASE)
OURS = r"(?:[\w-]+\.)*example(?:\.(?:com|net|org))?"


def test_it_is_a_whole_day_in_many_languages():
    assert len(POSTS) >= 300
    languages = Counter(line.lang for line in POSTS)
    assert {"en", "de", "fr", "es", "it", "ja"} <= {lang for lang, count in languages.items() if count >= 12}
    assert {line.kind for line in POSTS} == set(Kind)
    assert sum(line.at < 0 for line in POSTS) >= 40
    hours = Counter(int(line.at // 3600) for line in POSTS if line.at >= 0)
    assert set(hours) == set(range(24))
    assert max(line.at for line in written().lines) < timedelta(days=1).total_seconds()


def test_it_has_its_stories():
    by_id = {line.id: line for line in POSTS}
    assert by_id["karim-1"].promoted
    assert sum(line.parent.startswith("b7") for line in POSTS) >= 35
    assert by_id["b7"].media
    assert "late husband" in by_id["lind-1"].text
    assert sum(bool(line.edit) for line in written().lines) >= 4
    assert sum(bool(line.delete) for line in written().lines) >= 2
    stars = Counter(line.stars for line in POSTS if line.kind == Kind.REVIEW)
    assert set(stars) == {1, 2, 3, 4, 5}


def test_no_two_posts_say_the_same():
    texts = Counter(re.sub(r"\W+", " ", line.text.casefold()) for line in POSTS)
    assert [text for text, count in texts.items() if count > 1] == []
    openings = Counter(line.text[:24] for line in POSTS)
    assert max(openings.values()) <= 3


def test_most_is_about_the_airline_and_some_only_sounds_so():
    public = [line for line in POSTS if line.kind == Kind.POST and not line.parent]
    about = [line for line in public if BRAND.search(line.text)]
    assert len(about) >= 200
    assert 6 <= len(public) - len(about) <= 12


def test_nobody_real_is_reached():
    for line in POSTS:
        for host in re.findall(
            r"(?:https?://|\b[\w.+-]+@)([\w.-]+\.[a-z]{2,})", f"{line.text} {line.who} {line.subject}"
        ):
            assert re.fullmatch(OURS, host), line
        for number in re.findall(r"\b0\d[\d ]{7,}\d\b", line.text):
            assert number.startswith(("0113 496 0", "07700 900", "069 90009 ")), line  # numbers kept for fiction


def test_everybody_who_is_listed_writes():
    assert {line.who for line in POSTS} == set(written().people)


def test_the_reference_counts_right():
    page = Path(__file__).parents[5] / "docs" / "reference" / "channels" / "demo.md"
    assert f"{len(POSTS)} posts in seven languages by {len(written().people)} people" in page.read_text(
        encoding="utf-8"
    )
    assert len({line.lang for line in POSTS}) == 7


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ('{"at": 1, "text": "x"}', "one of id, edit"),
        ('{"at": 1, "id": "a", "who": "bob", "text": "x"}', "nobody is called"),
        ('{"at": 1, "id": "a", "who": "alice"}\n{"at": 2, "id": "a", "who": "alice"}', "Line 2 .*already"),
        ('{"at": 1, "delete": "a"}', "no post 'a'"),
        ('{"at": 1, "id": "a", "who": "alice", "parent": "b"}', "to be answered"),
        ('{"at": 1e9, "id": "a", "who": "alice"}', "too far"),
        ('{"at": 1, "id": "a", "who": "alice", "words": "x"}', "unknown field"),
        ("{", "cannot be read"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(day, why):
    with pytest.raises(BadData, match=why):
        read(day.encode(), b'{"name": "alice", "display": "Alice"}')
