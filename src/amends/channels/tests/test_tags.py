from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.tags import Tag, pieces


def read(html):
    return [piece if isinstance(piece, str) else f"{'/' if piece.closes else ''}{piece.name}" for piece in pieces(html)]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("a<b>c</b>d", ["a", "b", "c", "/b", "d"]),
        ("1 < 2 <3", ["1 ", "<", " 2 ", "<", "3"]),
        ('<a title="x > y">z', ["a", "z"]),
        ("<a title='x > y'>z", ["a", "z"]),
        ("<a title=it's>z</a>'", ["a", "z", "/a", "'"]),
        ('<a b="c>d', ["a", "d"]),
        ("a<!-- <b> -->c<!--->d<!-->e", ["a", "c", "d", "e"]),
        ("a<!-- never closed <b>", ["a"]),
        ("a<!doctype html><?xml ?></>b", ["a", "b"]),
        ("<![CDATA[x]]>y", ["y"]),
        ("<script>if (a<b) '</b>'</SCRIPT>c", ["script", "/script", "c"]),
        ("<style/>p", ["style", "p"]),
        ("<script>never closed", ["script"]),
        ("a<b never closed", ["a"]),
        ("<BR/><My-Tag a=b>", ["br", "my-tag", ""]),
    ],
)
def test_tags_are_found_as_browsers_do(html, found):
    assert [piece for piece in read(html) if piece] == [piece for piece in found if piece]


def test_a_tag_tells_its_attributes():
    [tag] = [
        one for one in pieces("<IMG ALT=\"a &amp; b\" src=x/y.png data-a hidden='' alt=second>") if isinstance(one, Tag)
    ]
    assert tag.attributes() == {"alt": "a & b", "src": "x/y.png", "data-a": "", "hidden": ""}
    assert (tag.start, tag.end) == (0, 61)


@given(st.text(alphabet="<>/ab \"'=!-?\n"))
def test_tags_are_where_they_say(html):
    end = 0
    for piece in pieces(html):
        if isinstance(piece, Tag):
            assert end <= piece.start < piece.end <= len(html)
            assert html[piece.start] == "<" and html[piece.end - 1] == ">"
            assert isinstance(piece.attributes(), dict)
            end = piece.end


@pytest.mark.parametrize("broken", ["<a ", "<!--", "</", '<a b="', "<img alt='", "<a b=c ", "<script>a</scrip"])
def test_half_a_million_broken_tags_are_no_trouble(broken):
    assert len(list(pieces(broken * 500_000))) >= 0
