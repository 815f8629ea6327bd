from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import Author, Outgoing
from amends.channels.bluesky.parse import Context
from amends.channels.bluesky.records import records_of

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
BOB = Author(id="did:plc:bob", name="bob.test")
KEY = "3m6bbcdefgh2a"


def values(outgoing, context=Context()):  # noqa: B008  # it is frozen
    return [one.value for one in records_of("did:plc:alice", outgoing, context)]


def test_a_record_is_the_same_at_every_attempt():
    root = "at://did:plc:charlie/app.bsky.feed.post/1"
    reply = Outgoing(
        key=KEY, text="@bob.test #ok", created=NOW, to="at://did:plc:bob/app.bsky.feed.post/2", root=root, to_author=BOB
    )
    [record] = values(reply, Context("cid2", "cid1"))
    assert [record] == values(reply, Context("cid2", "cid1"))
    assert record["createdAt"] == "2026-11-22T12:00:00.123Z"
    assert record["reply"] == {"root": {"uri": root, "cid": "cid1"}, "parent": {"uri": reply.to, "cid": "cid2"}}
    assert len(record["facets"]) == 2
    assert "langs" not in record


def test_a_thread_of_ones_own_begins_with_its_first_post():
    first, second, third = records_of(
        "did:plc:alice", Outgoing(key=KEY, text="", parts=("a", "b", "c"), created=NOW), Context()
    )
    assert "reply" not in first.value
    assert second.value["reply"] == {"root": first.reference, "parent": first.reference}
    assert third.value["reply"] == {"root": first.reference, "parent": second.reference}


@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=6))
def test_whatever_is_said_the_parts_hang_together(parts):
    made = records_of("did:plc:alice", Outgoing(key=KEY, text="", parts=tuple(parts), created=NOW), Context())
    assert [one.value["text"] for one in made] == parts
    assert len({str(one.uri) for one in made}) == len(parts)
    for before, after in pairwise(made):
        assert after.value["reply"]["parent"] == before.reference
