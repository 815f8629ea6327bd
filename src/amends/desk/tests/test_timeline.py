"""A thread as it is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from amends.conversations.queries import ThreadPost
from amends.desk.posts import Post, enclosed, safe
from amends.desk.timeline import CaseLink, Divider, Entry, Fold, NoteEntry, NoteIn, timeline

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CUSTOMER = frozenset({1})


def post(number: int, **more: Any) -> ThreadPost:
    given: dict[str, Any] = {
        "id": number, "conversation_id": 1, "external_id": f"p{number}", "parent": "", "handle_id": 1, "name": "Karim",
        "handle": "@karim", "network": "x", "kind": "post", "visibility": "public", "ours": False, "text": "words",
        "subject": "", "lang": "", "created": NOW + timedelta(minutes=number), "edited": None, "deleted": None,
        "url": "", "promoted": False, "stars": None, "media": [], "likes": None, "reshares": None, "replies": None,
        "views": None, "negative": 0.0, "positive": 0.0, "intensity": 0.0, "marks": [],
        "labels": {}, "emotion": "", "depth": "", "versions": 0,
        "author_user": "",
    }  # fmt: skip
    return ThreadPost(**given | more)


def read(posts: list[ThreadPost], notes: list[NoteIn] | None = None) -> list[Entry]:
    return timeline(posts, notes or [], CUSTOMER, {2: CaseLink("/b/x/cases/9/", "own case 9")}, {"x": "X"}, NOW)


def flat(entries: list[Entry]) -> list[int]:
    told: list[int] = []
    for entry in entries:
        if isinstance(entry, Fold):
            told += [one.id for one in entry.posts]
        elif isinstance(entry, Post):
            told.append(entry.id)
    return told


def test_conversations_stand_one_after_another_under_their_names() -> None:
    entries = read([post(1), post(2, conversation_id=2, visibility="private"), post(3)])
    assert [entry.text for entry in entries if isinstance(entry, Divider)] == [
        "Public thread on X, started 12:01",
        "Private messages on X, since 12:02",
    ]
    assert flat(entries) == [1, 3, 2]


def test_a_note_stands_where_it_was_written() -> None:
    notes = [NoteIn(7, "Imran", "found", NOW + timedelta(minutes=1, seconds=30)), NoteIn(8, "Imran", "early", NOW)]
    kinds = [type(entry).__name__ for entry in read([post(1), post(2)], notes)]
    assert kinds == ["NoteEntry", "Divider", "Post", "NoteEntry", "Post"]


def test_long_talk_of_others_is_folded_and_what_was_answered_is_not() -> None:
    others = [post(n, handle_id=n, name=f"O{n}") for n in range(2, 12)]
    entries = read([post(1), *others, post(12, ours=True, parent="p5")])
    folds = [entry for entry in entries if isinstance(entry, Fold)]
    assert all(5 not in [one.id for one in fold.posts] for fold in folds)
    assert sum(len(fold.posts) for fold in folds) == 4  # 6 to 11, but for the last two


def test_an_answer_of_ours_has_its_writers_name() -> None:
    entry = next(one for one in read([post(1, ours=True, author_user="Nadia")]) if isinstance(one, Post))
    assert (entry.name, entry.css, entry.can_answer) == ("Nadia", "ours", False)


def test_what_was_deleted_keeps_its_place() -> None:
    entry = next(one for one in read([post(1, deleted=NOW, text="")]) if isinstance(one, Post))
    assert entry.text == "Deleted by its author."
    assert "deleted" in entry.css


def test_addresses_are_of_the_web_or_none() -> None:
    assert safe("https://x.example/1") == "https://x.example/1"
    assert safe("javascript:alert(1)") == ""
    assert safe("data:text/html,x") == ""


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4), st.booleans()), max_size=40),
    st.lists(st.integers(-5, 60), max_size=5),
)
def test_nothing_is_lost_or_told_twice(drawn: list[tuple[int, int, bool]], minutes: list[int]) -> None:
    posts = [
        post(n, conversation_id=conversation, handle_id=handle, ours=ours)
        for n, (conversation, handle, ours) in enumerate(drawn, 1)
    ]
    notes = [NoteIn(n, "Imran", "x", NOW + timedelta(minutes=at)) for n, at in enumerate(minutes)]
    entries = read(posts, notes)
    assert sorted(flat(entries)) == [one.id for one in posts]
    assert sorted(one.key for one in entries if isinstance(one, NoteEntry)) == sorted(f"note-{one.id}" for one in notes)
    keys = [entry.key for entry in entries]
    assert len(keys) == len(set(keys))


def test_an_address_that_is_none_does_not_close_the_thread() -> None:
    """Whoever writes a post picks the address of its card."""
    for url in ("http://[", "https://[::1", "http://[x]/", "http://a:b:c", "https://\u2100.example"):
        assert enclosed([{"kind": "link", "url": url}])[0].host in ("", "a")
