from __future__ import annotations

import json

import pytest

from amends.channels.base import Deletion, Malformed, Post
from amends.channels.bluesky.jetstream import frame
from amends.channels.bluesky.tests.server import fixture
from amends.channels.foreign import microseconds

LINES = fixture("jetstream.jsonl").splitlines()
FRAMES = [json.loads(line) for line in LINES]


def the(operation, words=""):
    return next(
        one for one in FRAMES
        if one["kind"] == "commit" and one["commit"]["operation"] == operation
        and words in one["commit"].get("record", {}).get("text", "")
    )  # fmt: skip


def heard(value):
    return frame(json.dumps(value).encode())


def test_a_recorded_stream_is_read_whole():
    kinds = [type(frame(line).what) for line in LINES]
    assert kinds.count(Deletion) == 1
    assert kinds.count(Post) >= 12
    assert type(None) in kinds  # identities and accounts
    assert Malformed not in kinds
    times = [frame(line).time_us for line in LINES]
    assert times == sorted(times)
    assert all(times)


def test_a_new_post():
    value = the("create", "LOST")
    post = heard(value).what
    assert post.id == f"at://{value['did']}/app.bsky.feed.post/{value['commit']['rkey']}"
    assert (post.author.id, post.author.name) == (value["did"], "")
    assert post.stamp == value["time_us"]
    assert post.edited is None


def test_an_edit_is_newer_than_what_it_edits():
    before, after = heard(the("create", "my bga")).what, heard(the("update", "my bag")).what
    assert before.id == after.id
    assert before.stamp < after.stamp
    assert microseconds(after.edited) == after.stamp
    assert after.created == before.created


def test_a_deletion():
    deletion = heard(the("delete")).what
    assert deletion.id == heard(the("create", "worst bag")).what.id
    assert microseconds(deletion.at) == the("delete")["time_us"]


@pytest.mark.parametrize("kind", ["identity", "account", "something new"])
def test_other_kinds_only_move_time_on(kind):
    assert heard({"did": "did:plc:a", "time_us": 5, "kind": kind}) == (5, None)


def test_other_collections_are_left_out():
    value = json.loads(json.dumps(the("create", "LOST")))
    value["commit"]["collection"] = "app.bsky.feed.like"
    assert heard(value).what is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"7",
        b"null",
        b"\xff",
        b'{"time_us": 0, "kind": "commit"}',
        b'{"time_us": true, "kind": "commit"}',
        b'{"time_us": 5}',
    ],
)
def test_a_broken_frame_is_set_aside(raw):
    what = frame(raw).what
    assert isinstance(what, Malformed)
    assert what.raw == raw


@pytest.mark.parametrize(
    "change",
    [
        {"did": "nobody"},
        {"did": None},
        {"commit": None},
        {"commit": {"collection": "app.bsky.feed.post", "rkey": "../x"}},
    ],
)
def test_a_broken_commit_is_set_aside_with_its_time(change):
    what = heard(the("create", "LOST") | change)
    assert isinstance(what.what, Malformed)
    assert what.time_us == the("create", "LOST")["time_us"]


@pytest.mark.parametrize("opening", [b'{"a":', b"[", b'{"]\\"}{":'])
def test_a_post_nested_without_end_does_not_stop_the_stream(opening):
    """Whoever may write a post may write this one; the stream would come back to it for ever."""
    times = 100_000
    deep = opening * times + b"0" + (b"]" if opening == b"[" else b"}") * times
    value = the("create", "LOST")
    value["commit"]["record"]["more"] = "HERE"
    post = frame(json.dumps(value).encode().replace(b'"HERE"', deep)).what
    assert post.text == value["commit"]["record"]["text"]
    assert isinstance(frame(b'{"kind":"commit","time_us":1,"commit":' + deep[:-1]).what, Malformed)


def test_a_date_that_no_calendar_can_show_is_not_believed():
    value = the("create", "LOST")
    for claim in ("0001-01-01T00:00:00Z", "1969-12-31T00:00:00Z", "9999-12-31T23:59:59Z"):
        value["commit"]["record"]["createdAt"] = claim
        assert microseconds(heard(value).what.created) == value["time_us"]


def test_a_post_has_few_pictures_with_short_descriptions():
    """A server of one's own takes what Bluesky never shows, and a page of it would stand still."""
    value = the("create", "LOST")
    record = value["commit"]["record"]
    picture = {"image": {"ref": {"$link": "bafy"}}, "alt": "a" * 100_000}
    record["embed"] = {"$type": "app.bsky.embed.images", "images": [picture] * 100}
    media = heard(value).what.media
    assert len(media) == 10
    assert max(len(one.alt) for one in media) == 5000
    card = {"uri": "https://x.example/" + "a" * 1_000_000}
    record["embed"] = {"$type": "app.bsky.embed.external", "external": card}
    assert heard(value).what.media == ()
