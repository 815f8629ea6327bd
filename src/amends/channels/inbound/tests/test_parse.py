from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from amends.channels.base import BadData, Deletion, Kind, Visibility
from amends.channels.inbound.parse import parse, theirs

FIXTURES = Path(__file__).parents[1] / "fixtures"
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
LEAST = {"id": 1, "author": {"name": "Ann"}, "created": "2026-03-02T12:00:00Z", "text": "Hello?"}


def read(value):
    return parse(json.dumps(value).encode(), "shop", NOW)


def test_every_field_arrives():
    (post,) = parse((FIXTURES / "one.json").read_bytes(), "shop", NOW).posts
    assert (post.id, post.parent, post.root, post.quotes) == ("shop:1001", "shop:1000", "shop:900", "shop:899")
    assert post.thread == "shop:900"
    assert post.created == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert (post.author.id, post.author.followers, post.author.verified) == ("shop:42", 1200, True)
    assert (post.author.avatar, post.author.bio) == ("https://forum.example/ann.png", "I travel.")
    assert (post.media[0].alt, post.media[0].size) == ("An empty belt", 41233)
    assert (post.engagement.views, post.engagement.seen) == (2100, NOW)
    assert (post.lang, post.subject, post.url) == ("en", "Lost again", "https://forum.example/t/900#1001")
    unset = {name for name in post.__struct_fields__ if getattr(post, name) in ("", None, (), 0, False, b"")}
    assert unset == {"parent_author", "files", "folded", "warning", "stars", "promoted", "edited", "context"} | {
        "unanswerable",
        "returns",
    }


def test_reviews_direct_messages_edits_and_deletions():
    batch = parse((FIXTURES / "several.json").read_bytes(), "shop", NOW)
    review, direct, edited = batch.posts
    assert (review.kind, review.stars, direct.kind) == (Kind.REVIEW, 2, Kind.DIRECT)
    assert [post.visibility for post in batch.posts] == [Visibility.PUBLIC, Visibility.PRIVATE, Visibility.PUBLIC]
    assert direct.author.id == "shop:carla"
    assert review.id == edited.id
    assert review.stamp < edited.stamp
    assert batch.deletions == (Deletion("inbound", "shop:r-3", NOW),)


def test_numbers_for_ids_and_seconds_for_times():
    first, second = parse((FIXTURES / "list.json").read_bytes(), "shop", NOW).posts
    assert (first.id, first.created) == ("shop:1", datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert (first.addressed, second.addressed) == (True, False)
    assert (second.stamp - first.stamp, theirs("shop", second.id)) == (1_500_000, "2")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": ""}, "`id` is missing"),
        ({"id": "x" * 401}, "`id` has 401 characters"),
        ({"author": None}, "`author` is missing"),
        ({"author": {"display": "Ann"}}, "`author` is missing"),
        ({"author": {"id": [1]}}, "Expected `int | str`, got `array` - at `$.author.id`"),
        ({"created": None}, "`created` is missing"),
        ({"created": "yesterday"}, "Invalid RFC3339"),
        ({"created": 1772452800000}, "`created` is"),
        ({"created": "2026-03-05T12:00:00Z"}, "`created` is 2026-03-05 12:00 UTC, which can't be"),
        ({"created": "0001-01-01T00:00:00+23:59"}, "`created` is no time"),
        ({"stars": 6}, "$.stars"),
        ({"kind": "tweet"}, "'tweet' - at `$.kind`"),
        ({"text": 7}, "$.text"),
    ],
)
def test_a_bad_post_is_set_aside_with_its_reason_and_the_next_is_read(change, says):
    batch = read([{**LEAST, **change}, LEAST])
    assert [post.id for post in batch.posts] == ["shop:1"]
    (bad,) = batch.malformed
    assert bad.reason.startswith("Post 1")
    assert says in bad.reason
    assert json.loads(bad.raw) == {**LEAST, **change}


@pytest.mark.parametrize("body", [b"", b"hello", b"7", b'"posts"', b'{"posts": 3}', b"[1, 2", b"\xff\xfe{}"])
def test_what_is_no_json_of_posts_says_so(body):
    with pytest.raises(BadData, match="This is no JSON of a post"):
        parse(body, "shop", NOW)


@pytest.mark.parametrize("start", [b"", b'[{"id": 1, "more": ', b'{"posts": [{"id": 1, "more": '])
def test_a_million_brackets_are_no_trap(start):
    with pytest.raises(BadData):
        parse(start + b"[" * 500_000, "shop", NOW)


def test_what_no_database_keeps_and_no_page_shows_is_taken_out():
    (post,) = read(
        {**LEAST, "text": "a\0b", "url": "javascript:alert(1)", "lang": "<b>", "media": [{"url": "data:x"}]}
    ).posts
    assert (post.text, post.url, post.lang, post.media) == ("ab", "", "", ())


def test_a_clock_that_is_a_little_ahead_is_ours():
    (post,) = read({**LEAST, "created": "2026-03-03T12:00:07Z"}).posts
    assert post.created == NOW


def test_nobody_is_left_out_for_being_number_0():
    (post,) = read({**LEAST, "id": 0, "author": {"id": 0}}).posts
    assert (post.id, post.author.id) == ("shop:0", "shop:0")


def test_nothing_in_a_list_is_nothing():
    assert read([]) == read({"posts": []})
    assert not msgspec.structs.asdict(read([]))["posts"]


def test_two_unknown_writers_of_one_name_are_one_and_of_two_systems_two():
    (one,), (other,) = (parse(json.dumps(LEAST).encode(), system, NOW).posts for system in ("shop", "forum"))
    assert (one.author.id, other.author.id, one.id, other.id) == ("shop:ann", "forum:ann", "shop:1", "forum:1")
