from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import Act, Outgoing, Rejected, Visibility
from amends.channels.mastodon.drafts import WIDTHS, drafts, measured, naming, visibility
from amends.channels.mastodon.parse import Context
from amends.channels.mastodon.server import Server

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE = Server("https://social.example", "social.example", me="1", name="acme@social.example")


def outgoing(text="Sorry!", **more):
    return Outgoing(key="k", text=text, created=NOW, to="https://a.example/1", **more)


def to(name="charlie@elsewhere.example", **more):
    return Context("7", "social.example", name=name, **more)


@given(st.sampled_from(Visibility), st.sampled_from([*WIDTHS, "local", "list", "mutuals_only", ""]))
def test_an_answer_is_never_wider_than_what_it_answers(asked, answered):
    widest = WIDTHS.index(answered) if answered in WIDTHS else WIDTHS.index("private")
    got = WIDTHS.index(visibility(outgoing(visibility=asked), to(visibility=answered)))
    assert got >= widest
    assert got >= {Visibility.PUBLIC: 0, Visibility.LIMITED: 2, Visibility.PRIVATE: 3}[asked]


def test_an_answer_keeps_the_visibility():
    assert [visibility(outgoing(), to(visibility=one)) for one in WIDTHS] == list(WIDTHS)


@pytest.mark.parametrize(
    ("text", "name", "whole"),
    [
        ("Sorry!", "charlie@elsewhere.example", "@charlie@elsewhere.example Sorry!"),
        ("Sorry!", "charlie@social.example", "@charlie Sorry!"),
        ("Sorry, @Charlie!", "charlie@social.example", None),
        ("Sorry, @charlie@social.example.", "charlie@social.example", None),
        ("@charlie sorry", "charlie@elsewhere.example", "@charlie@elsewhere.example @charlie sorry"),
        ("@charlie2 sorry", "charlie@social.example", "@charlie @charlie2 sorry"),
        ("x@charlie sorry", "charlie@social.example", "@charlie x@charlie sorry"),
        ("(@charlie@elsewhere.example)", "charlie@elsewhere.example", None),
        ("More from us", "acme@social.example", None),
        ("To nobody", "", None),
    ],
)
def test_whom_it_answers_is_named_once(text, name, whole):
    assert naming(text, to(name), HERE) == (whole or text)


def test_every_part_of_a_private_answer_names_its_reader():
    parts = outgoing("one two", parts=("one", "two"), visibility=Visibility.PRIVATE)
    assert [draft.text for draft in drafts(parts, to("charlie@social.example"), HERE)] == [
        "@charlie one",
        "@charlie two",
    ]
    public = [draft.text for draft in drafts(outgoing("one two", parts=("one", "two")), to("c@social.example"), HERE)]
    assert public == ["@c one", "two"]


def test_parts_have_keys_of_their_own_and_one_has_the_key():
    assert [draft.key for draft in drafts(outgoing("ab", parts=("a", "b")), to(), HERE)] == ["k-0", "k-1"]
    assert [draft.key for draft in drafts(outgoing(), to(), HERE)] == ["k"]


def test_a_content_warning_is_kept_unless_it_leaves_no_room():
    [draft] = drafts(outgoing(), to(warning="politics"), HERE)
    assert draft.body(HERE, "7", [])["spoiler_text"] == "politics"
    [draft] = drafts(outgoing("x" * 460), to(warning="politics, and much more of it than fits"), HERE)
    assert "spoiler_text" not in draft.body(HERE, "7", [])


def test_a_quote_names_nobody_and_answers_nothing():
    here = Server("https://a.example", "a.example", quote="quote_id")
    [draft] = drafts(outgoing(act=Act.QUOTE), to(), here)
    assert draft.body(here, "", ["3"]) == {
        "status": "Sorry!", "visibility": "public", "quote_id": "7", "media_ids": ["3"],
    }  # fmt: skip


def test_a_text_of_the_limit_fits_with_any_usual_name():
    [draft] = drafts(outgoing("x" * 468), to("a" * 30 + "@elsewhere.example"), HERE)
    assert measured(draft.text, HERE) == 500
    with pytest.raises(Rejected, match="shorten the answer by 1"):
        drafts(outgoing("x" * 469), to("c@social.example"), HERE)
    with pytest.raises(Rejected, match="shorten the answer by 9"):
        drafts(outgoing("x" * 468), to("a" * 39 + "@elsewhere.example"), HERE)


def test_links_and_names_count_as_servers_count_them():
    assert measured("https://example.org/" + "x" * 300, HERE) == 23
    assert measured("@charlie@elsewhere.example hello", HERE) == len("@charlie hello")
    family = "👨‍👩‍👧"
    assert measured(family, HERE) == 5
    assert measured(family, Server("https://a.example", "a.example", graphemes=True)) == 1


@given(st.text(max_size=60))
def test_any_text_can_be_measured_and_named(text):
    assert measured(text, HERE) >= 0
    assert naming(naming(text, to(), HERE), to(), HERE) == naming(text, to(), HERE)
