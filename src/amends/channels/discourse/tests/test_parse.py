from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from amends.channels.base import BadData, Kind, Malformed, MediaKind, Visibility
from amends.channels.discourse.parse import Reader, listed
from amends.channels.discourse.site import Context, Place, context, site
from amends.channels.discourse.tests.server import fixture

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE = site("https://Forum.example.org/")
READER = Reader(SITE, "alice", SEEN)


def page(name, *path, reader=READER):
    return {item.number: item for item in reader.page(listed(fixture(name), *path))}


def test_the_first_post_of_a_topic_says_everything_that_the_forum_told():
    post = page("latest.json", "latest_posts")[301].post
    assert post.id == post.root == "https://forum.example.org/t/77/1"
    assert (post.subject, post.parent, post.kind, post.visibility) == (
        "My bag is lost",
        "",
        Kind.POST,
        Visibility.PUBLIC,
    )
    assert post.text == "Flight AC 12 from Lyon. My bag is lost and nobody answers the phone.\n\nthe bag"
    assert post.author.id == "42@forum.example.org"
    assert (post.author.name, post.author.display) == ("charlie", "Charlie Example")
    assert post.author.avatar == "https://forum.example.org/user_avatar/forum.example.org/charlie/96/42_2.png"
    assert [(one.kind, one.url, one.alt) for one in post.media] == [
        (MediaKind.IMAGE, "https://cdn.example.org/optimized/bag_690x388.jpeg", "the bag")
    ]
    counted = post.engagement
    assert (counted.seen, counted.likes, counted.replies, counted.quotes, counted.views) == (SEEN, 3, 2, 1, 120)
    assert post.url == "https://forum.example.org/t/my-bag-is-lost/77/1"
    assert context(post.context) == Context(301, 77, 1)
    assert (post.edited, post.addressed, post.created.microsecond) == (None, False, 123000)


def test_a_reply_names_whom_it_answers_quotes_and_means():
    post = page("latest.json", "latest_posts")[302].post
    assert (post.parent, post.root) == ("https://forum.example.org/t/77/1",) * 2
    assert post.parent_author == "42@forum.example.org"
    assert post.quotes == "https://forum.example.org/t/77/1"
    assert post.text == "Same here, @alice. Third week :angry: See [their page](https://acme.example/bags)."
    assert post.folded == "charlie: nobody answers the phone"
    assert post.edited == datetime(2026, 11, 20, 8, 20, 0, 500000, UTC)
    assert post.stamp == int(post.edited.timestamp() * 1e6)
    assert (post.lang, post.subject, post.addressed) == ("en", "", True)


def test_a_post_is_not_for_us_because_somebody_else_is_meant_or_because_we_wrote_it():
    bob = page("latest.json", "latest_posts", reader=Reader(SITE, "bob", SEEN))
    assert not bob[302].post.addressed
    assert not page("latest.json", "latest_posts", reader=Reader(SITE, "", SEEN))[302].post.addressed
    own = page("latest.json", "latest_posts")[303].post
    assert own.author.name == "alice" and not own.addressed
    assert page("latest.json", "latest_posts", reader=Reader(SITE, "dana", SEEN))[303].post.addressed


def test_what_was_done_to_a_topic_is_no_post():
    assert page("latest.json", "latest_posts")[304].post is None


def test_a_message_stays_private_and_reads_what_is_shown_where_nothing_else_is_told():
    reader = Reader(SITE, "alice", SEEN, private=True, title="My reference")
    first, second = page("topic.json", "post_stream", "posts", reader=reader).values()
    assert (first.post.kind, first.post.visibility) == (Kind.DIRECT, Visibility.PRIVATE)
    assert first.post.addressed and not second.post.addressed
    assert first.post.subject == "My reference"
    assert second.post.text == "Thank you, we found it."
    assert context(first.post.context).private


@pytest.mark.parametrize("changes", [{"deleted_at": "2026-11-21T00:00:00Z"}, {"user_deleted": True}])
def test_a_post_that_was_taken_away_is_gone(changes):
    item = READER.item(json.dumps(json.loads(fixture("post.json")) | changes).encode())
    assert (item.gone, item.place) == (True, Place(77, 1))


@pytest.mark.parametrize("changes", [{"hidden": True}, {"post_type": 4}])
def test_what_is_hidden_or_whispered_is_not_heard(changes):
    item = READER.item(json.dumps(json.loads(fixture("post.json")) | changes).encode())
    assert (item.post, item.gone) == (None, False)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "without an id"),
        ({"topic_id": -1}, "without an id or a place"),
        ({"created_at": "yesterday"}, "without a time"),
        ({"user_id": "42"}, "without a writer"),
        ({"raw": None, "cooked": 5}, "without words"),
    ],
)
def test_a_post_without_what_it_can_not_be_without_is_set_aside(changes, reason):
    raw = json.dumps(json.loads(fixture("post.json")) | changes).encode()
    item = READER.item(raw)
    assert isinstance(item.post, Malformed) and reason in item.post.reason and item.post.raw == raw


def test_one_that_has_no_number_is_known_again_by_its_bytes():
    one, other = READER.item(b"{"), READER.item(b"{")
    assert one.number == other.number < 0


def test_a_page_that_is_none_is_told():
    with pytest.raises(BadData, match="latest_posts"):
        listed(b'{"error": 1}', "latest_posts")


def test_an_address_is_the_same_however_it_was_entered():
    assert site("https://Forum.Example.org/community/ ").address == "https://forum.example.org/community"
    place = Place(5, 6)
    assert SITE.place(SITE.post(place)) == place
    assert SITE.place("https://other.example.org/t/5/6") is None
    assert context("{") is None


def test_posts_are_values():
    post = READER.item(fixture("post.json")).post
    assert msgspec.json.encode(post) == msgspec.json.encode(READER.item(fixture("post.json")).post)
