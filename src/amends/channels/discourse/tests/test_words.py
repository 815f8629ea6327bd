from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import MediaKind
from amends.channels.discourse.words import media, quoted_post, shown, typed

PIECES = st.sampled_from(
    ["[quote=", '"a, post:1, topic:2"', "]", "[quote]", "[/quote]", "![", "|", "](", ")", "<aside ", ">", "</aside>",
     'class="quote"', '<div class="meta">', "</div>", "lost", "\n", " ", "🧳"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "own", "quoted"),
    [
        ("Lost!", "Lost!", ""),
        ('[quote="bob, post:2, topic:5"]\nIt is fine.\n[/quote]\nIt is not.', "It is not.", "bob: It is fine."),
        ("[quote]no name[/quote] mine", "mine", "no name"),
        ('[quote="a"]x [quote="b"]y[/quote] z[/quote]mine', "mine", "b: y\n\na: x  z"),
        ("an open [quote] stays", "an open [quote] stays", ""),
        ("![the bag|690x388](upload://a.jpeg) [page](https://a.example)", "the bag [page](https://a.example)", ""),
    ],
)  # fmt: skip
def test_the_writers_own_words_are_told_from_those_quoted(raw, own, quoted):
    assert typed(raw) == (own, quoted)


@pytest.mark.parametrize(
    ("cooked", "own", "quoted"),
    [
        ("<p>Lost &amp; <em>found</em></p>", "Lost & found", ""),
        (
            '<aside class="quote" data-username="bob" data-post="2" data-topic="5"><blockquote>'
            "<p>Fine.</p></blockquote></aside><p>Not.</p>",
            "Not.",
            "bob: Fine.",
        ),
        (
            '<aside class="onebox" data-onebox-src="https://a.example/"><h3>Their title</h3></aside>',
            "https://a.example/",
            "",
        ),
    ],
)
def test_so_are_they_where_only_what_is_shown_is_told(cooked, own, quoted):
    assert shown(cooked) == (own, quoted)


def test_which_post_is_quoted_is_told_by_either():
    assert quoted_post('[quote="bob, post:2, topic:5, full:true"]x[/quote]', "") == (5, 2)
    assert quoted_post("", '<aside class="quote" data-post="2" data-topic="5">x</aside>') == (5, 2)
    assert quoted_post("post 2 of topic 5", "<p>x</p>") == (0, 0)


def test_pictures_and_files_are_found_and_decoration_is_not():
    cooked = (
        '<p><img src="/images/emoji/angry.png" class="emoji" alt=":angry:">'
        '<img src="/uploads/bag.jpeg" alt="my bag"><a class="attachment" href="/uploads/ticket.pdf">ticket.pdf</a>'
        '<video><source src="https://a.example/film.mp4"></video>'
        '<aside class="quote"><img src="/uploads/theirs.jpeg"></aside></p>'
    )
    found = media(cooked, "https://a.example/forum")
    assert [(one.kind, one.url) for one in found] == [
        (MediaKind.IMAGE, "https://a.example/uploads/bag.jpeg"),
        (MediaKind.FILE, "https://a.example/uploads/ticket.pdf"),
        (MediaKind.VIDEO, "https://a.example/film.mp4"),
    ]


@given(st.lists(PIECES, max_size=60).map("".join))
def test_whatever_is_written_is_read_and_nothing_is_added(text):
    for own, quoted in (typed(text), shown(text)):
        assert own == own.strip()
        assert own.count("lost") + quoted.count("lost") <= text.count("lost")
    assert typed(text)[0].count("lost") + typed(text)[1].count("lost") == text.count("lost")
