from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.markup import words


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain &amp; simple", "plain & simple"),
        ("<p>One</p><p>Two<br>lines</p>", "One\n\nTwo\nlines"),
        ('<p><span class="h-card"><a href="https://x.example/@a">@<span>a</span></a></span> hi</p>', "@a hi"),
        ("<p>1 &lt; 2 &amp;lt;</p>", "1 < 2 &lt;"),
        ("<style>p{}</style><p>Seen</p><script>alert(1)</script>", "Seen"),
        ("<title>T</title><body>Body <b>bold", "Body bold"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ('<p>Look <img src="x" alt="a bag"></p>', "Look a bag"),
        ("<p>nbsp&nbsp;here</p>", "nbsp here"),
        ("<div>a<!-- not shown -->b</div>", "ab"),
        ("", ""),
    ],
)
def test_what_a_reader_sees(html, text):
    assert words(html) == text


@given(st.text(alphabet="<>/abp &;\"'=#!-\n\x00sctyle"))
def test_any_text_is_taken(text):
    assert "\x00" not in words(text)


@given(
    st.lists(st.sampled_from(["<p>", "</p>", "<br>", "<script>", "</script>", "a", "<!--", "-->", "<a href='", "'>"]))
)
def test_broken_markup_is_taken(parts):
    words("".join(parts))


def test_a_marked_section_is_a_comment_as_in_browsers():
    assert words("<p>one</p><![if !IE]><p>two</p><![endif]><![x.y[ three") == "one\n\ntwo"


def test_paragraphs_that_are_not_closed_are_paragraphs():
    assert words("one<p>two <i>and</i><p>three") == "one\n\ntwo and\n\nthree"
