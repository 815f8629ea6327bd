from __future__ import annotations

import json

import pytest

from amends.channels.base import Deletion, Kind, Malformed, Post, Visibility
from amends.channels.bluesky.messages import conversation, convo_of, logged
from amends.channels.bluesky.parse import Context, page
from amends.channels.bluesky.tests.server import fixture
from amends.channels.bluesky.tests.test_parse import SEEN

ENTRIES = [json.loads(raw) for raw in page(fixture("direct.json"), "logs")[0]]


def told(entry):
    return logged(json.dumps(entry).encode(), SEEN).what


def test_a_page_of_the_log_is_read_whole():
    kinds = [type(told(entry)) for entry in ENTRIES]
    assert kinds.count(Post) == 3
    assert kinds.count(Deletion) == 1
    assert Malformed not in kinds


def test_a_message_is_private_and_for_us():
    post, answer, quoting = (what for entry in ENTRIES if isinstance(what := told(entry), Post))
    assert (post.kind, post.visibility, post.addressed) == (Kind.DIRECT, Visibility.PRIVATE, True)
    assert post.text == "You promised to call me back about my bag 🧳"
    assert (post.author.name, post.author.display) == ("charlie.test", "Charlie 🧳")
    assert (post.id, post.thread) == ("chat:3m6abcdefgh2k/3m6bbcdefgh2a", "chat:3m6abcdefgh2k")
    assert (answer.parent, answer.thread) == (post.id, post.thread)
    assert quoting.quotes.startswith("at://")
    assert quoting.author.name == ""
    assert Context.read(post.context).convo == "3m6abcdefgh2k"
    assert convo_of(post.id) == ("3m6abcdefgh2k", "3m6bbcdefgh2a")


@pytest.mark.parametrize("other", ["", "at://did:plc:a/app.bsky.feed.post/1", "chat:", "chat:a", "a/b"])
def test_what_is_no_message_has_no_conversation(other):
    assert convo_of(other) == ("", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"message": None}, "name"),
        ({"message": {"id": "../x", "sender": {"did": "did:plc:a"}}}, "name"),
        ({"message": {"id": "x", "sender": "me"}}, "sender"),
        ({"message": {"id": "x", "sender": {"did": "did:plc:a"}, "sentAt": "now"}}, "time"),
        ({"message": {"id": "x", "sender": {"did": "did:plc:a"}, "sentAt": "2026-11-22T12:00:00Z"}}, "text"),
        ({"convoId": "a/b"}, "name"),
        ({"$type": None}, "kind"),
    ],
)
def test_what_can_not_be_a_message_is_set_aside(change, reason):
    malformed = told(ENTRIES[1] | change)
    assert isinstance(malformed, Malformed)
    assert reason in malformed.reason
    assert malformed.raw


def test_a_conversation_of_more_than_two_is_a_group():
    people = [{"did": f"did:plc:{name}", "handle": f"{name}.test"} for name in "abc"]
    group = {"kind": {"$type": "chat.bsky.convo.defs#groupConvo"}}
    assert conversation({"id": "x", "members": people[:2]}).direct
    assert not conversation({"id": "x", "members": people[:2]} | group).direct
    assert not conversation({"id": "x", "members": people}).direct
    assert conversation({"id": ""}) is None
    assert conversation({"id": "x", "members": 7, "lastMessage": 7}).last == 0
