from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from amends.channels.base import BadData, Malformed, MediaKind
from amends.channels.bluesky.jetstream import frame
from amends.channels.bluesky.parse import DELAY, found, notification, page, read
from amends.channels.bluesky.tests.server import fixture

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)


def searched():
    return [item.post for item in read(page(fixture("search.json"), "posts")[0], lambda v, raw: found(v, raw, SEEN))]


def by_text(words):
    return next(post for post in searched() if words in post.text)


def a_view(**changes):
    view = json.loads(page(fixture("search.json"), "posts")[0][-1])
    for path, value in changes.items():
        *way, last = path.split("__")
        inner = view
        for key in way:
            inner = inner[key]
        inner[last] = value
    return json.dumps(view).encode()


def one(raw):
    [item] = read([raw], lambda v, r: found(v, r, SEEN))
    return item.post


def test_a_search_gives_everything_that_the_network_told():
    post = by_text("LOST")
    assert post.network == "bluesky"
    assert post.text == "@alice.test you LOST my bag!!! 😡 #lostbag https://example.org/bag"
    assert (post.author.name, post.author.display) == ("charlie.test", "Charlie 🧳")
    assert post.url.startswith("https://bsky.app/profile/did:plc:")
    assert (post.parent, post.root, post.thread) == ("", post.id, post.id)
    assert (post.engagement.likes, post.engagement.reshares, post.engagement.quotes) == (1, 1, 1)
    assert post.engagement.views is None
    assert post.engagement.seen == SEEN
    assert not post.addressed
    assert json.loads(post.raw)["uri"] == post.id


def test_a_reply_knows_its_parent_its_root_and_whom_it_answers():
    lost, answer, thanks = by_text("LOST"), by_text("we look for"), by_text("thank you")
    assert (thanks.parent, thanks.root, thanks.parent_author) == (answer.id, lost.id, answer.author.id)
    assert json.loads(thanks.context) == {"cid": json.loads(thanks.raw)["cid"], "root_cid": json.loads(lost.raw)["cid"]}
    assert json.loads(lost.context)["root_cid"] == json.loads(lost.raw)["cid"]


def test_pictures_films_cards_and_quotes():
    lost = by_text("LOST")
    [first, second] = by_text("this is the bag").media
    assert (first.kind, first.alt, first.mime) == (MediaKind.IMAGE, "A red bag\non a belt", "image/png")
    assert first.url.startswith("https://") and first.size > 0
    assert second.alt == ""
    [film] = by_text("a film").media
    assert (film.kind, film.alt, film.mime) == (MediaKind.VIDEO, "A bag falls", "video/mp4")
    [card] = by_text("bag stories").media
    assert (card.kind, card.url, card.alt) == (MediaKind.LINK, "https://example.org/bag", "Where bags go")
    assert by_text("again, a bag").quotes == lost.id
    both = by_text("my words")
    assert both.quotes == lost.id
    assert len(both.media) == 2
    assert by_text("鞄").lang == "ja"


def test_a_gallery_is_pictures():
    images = json.loads(by_text("this is the bag").raw)["record"]["embed"]["images"]
    gallery = {"$type": "app.bsky.embed.gallery", "items": [{"$type": "app.bsky.embed.gallery#image", **images[0]}]}
    assert one(a_view(record__embed=gallery)).media[0].alt == "A red bag\non a belt"


def test_notifications_are_addressed_to_us_and_likes_are_left_out():
    items = read(page(fixture("notifications.json"), "notifications")[0], notification)
    assert items and all(item.post.addressed for item in items if item.post)
    like = b'{"uri":"at://did:plc:a/app.bsky.feed.like/1","reason":"like","indexedAt":"2026-11-22T12:00:00Z"}'
    [item] = read([like], notification)
    assert item.post is None
    assert item.stamp == 1795348800000000


def test_a_clock_that_is_ahead_is_not_believed_and_one_that_is_missing_is_replaced():
    indexed = one(a_view()).stamp
    for claim in ("2199-01-01T00:00:00Z", "yesterday", 7, None):
        post = one(a_view(record__createdAt=claim))
        assert post.created == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=indexed)


def test_nobody_jumps_the_queue_by_dating_a_post_back():
    seen = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=one(a_view()).stamp)
    assert one(a_view(record__createdAt="2020-02-02T02:02:02Z")).created == seen - DELAY
    claim = seen - timedelta(minutes=20)
    assert one(a_view(record__createdAt=claim.isoformat())).created == claim


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"uri": "https://example.org"}, "address"),
        ({"uri": "at://did:plc:abc/app.bsky.feed.like/1"}, "address"),
        ({"author__did": "did:plc:somebodyelse"}, "repository"),
        ({"author": {}}, "DID"),
        ({"record": None}, "text"),
        ({"record__text": ["a"]}, "text"),
        ({"indexedAt": "now"}, "time"),
    ],
)
def test_what_can_not_be_a_post_is_set_aside_with_its_reason(changes, reason):
    malformed = one(a_view(**changes))
    assert isinstance(malformed, Malformed)
    assert reason in malformed.reason
    assert malformed.raw


@pytest.mark.parametrize(
    "changes",
    [
        {"record__langs": "en"},
        {"record__embed": {"$type": "app.bsky.embed.hologram"}},
        {"record__embed": {"$type": "app.bsky.embed.images", "images": [None, {"image": {"ref": "x"}}, 7]}},
        {"record__reply": {"root": "x", "parent": {"uri": "javascript:alert(1)"}}},
        {"likeCount": "many"},
        {"likeCount": -1},
        {"likeCount": True},
        {"author__handle": None},
        {"author__displayName": {"a": 1}},
        {"labels": None, "viewer": None, "embed": 1},
    ],
)
def test_what_does_not_matter_does_not_stop_a_post(changes):
    post = one(a_view(**changes))
    assert post.text
    assert post.engagement.likes in (None, *range(10))
    assert post.parent == ""
    assert not any(media.kind is MediaKind.IMAGE for media in post.media)


def test_nul_characters_are_taken_out_and_an_invalid_handle_is_no_name():
    post = one(a_view(record__text="a\x00b", author__displayName="\x00", author__handle="handle.invalid"))
    assert (post.text, post.author.display, post.author.name) == ("ab", "", "")


def test_two_megabytes_are_a_post_like_any_other():
    assert len(one(a_view(record__text="x" * 2_000_000)).text) == 2_000_000


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"posts": 1}', b'{"posts": [], "cursor": 1}', b"\xff", b'{"posts": [']
)
def test_a_page_that_is_none_is_bad_data(body):
    with pytest.raises(BadData):
        page(body, "posts")


def test_one_bad_item_does_not_stop_a_page():
    items = read([b"{", a_view(), b"7", b'{"uri": "\\ud800"}', b"\xff"], lambda v, raw: found(v, raw, SEEN))
    assert [isinstance(item.post, Malformed) for item in items] == [True, False, True, True, True]


def test_the_stream_and_the_search_tell_the_same_of_a_post():
    streamed = {
        heard.what.id: heard.what
        for line in fixture("jetstream.jsonl").splitlines()
        if hasattr((heard := frame(line)).what, "text")
    }
    for post in searched():
        other = streamed[post.id]
        same = ("text", "parent", "root", "parent_author", "quotes", "media", "lang", "url", "context", "network")
        if not other.edited:
            assert {name: getattr(post, name) for name in same} == {name: getattr(other, name) for name in same}
        assert abs(post.created - other.created) < timedelta(seconds=1)


def test_a_page_with_an_item_nested_without_end_gives_the_others():
    deep = b'{"a":' * 100_000 + b"0" + b"}" * 100_000
    items = read(page(b'{"posts":[' + a_view() + b"," + deep + b"]}", "posts")[0], lambda v, r: found(v, r, SEEN))
    assert [isinstance(item.post, Malformed) for item in items] == [False, True]
    assert items[0].post == one(a_view())
