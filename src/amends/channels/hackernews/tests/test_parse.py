from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from amends.channels.base import BadData, Deletion, Malformed, Media, MediaKind
from amends.channels.foreign import Unreadable
from amends.channels.hackernews.parse import changed, found, item, page
from amends.channels.hackernews.tests.server import fixture

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
COMMENT, STORY, ASK = [hit.post for hit in found(fixture("search.json"), SEEN)]
ITEMS = fixture("items.jsonl").splitlines()


def test_a_comment_knows_what_it_answers_and_its_story():
    assert COMMENT.id == COMMENT.url == "https://news.ycombinator.com/item?id=40000003"
    assert (COMMENT.parent, COMMENT.root) == (page(40000002), page(40000001))
    assert COMMENT.author.id == COMMENT.author.name == "mika"
    assert COMMENT.created == datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
    assert COMMENT.engagement is None
    assert COMMENT.subject == "", "a comment does not say what its story's title says"


def test_its_words_are_those_that_are_read_and_its_addresses_are_whole():
    assert COMMENT.text == (
        "Same here. My bag is in Lisbon since Monday.\n\n"
        "Their status page: https://status.meridian.example/incidents/2026-11-17-baggage\n\n"
        '"All systems normal", of course.'
    )


def test_a_story_is_its_title_and_what_it_leads_to():
    assert STORY.text == "Meridian Air lost 3,000 bags in a database migration"
    assert STORY.subject == ""
    assert STORY.media == (Media(MediaKind.LINK, "https://dana.example/2026/bag", alt=STORY.text),)
    assert STORY.thread == STORY.id
    assert (STORY.engagement.likes, STORY.engagement.replies, STORY.engagement.seen) == (112, 2, SEEN)


def test_a_story_with_words_of_its_own_has_its_title_as_the_subject():
    assert ASK.subject == "Ask HN: How do you track your bag?"
    assert ASK.text == "I fly twice a week & lost one again.\n\nWhat works?"
    assert ASK.media == ()


def test_an_item_tells_the_same_of_a_post_as_the_search():
    again = item(ITEMS[0], 40000001, SEEN)
    for field in ("id", "author", "created", "text", "subject", "parent", "root", "media", "url", "stamp"):
        assert getattr(again, field) == getattr(STORY, field), field
    assert again.engagement.likes == 140


def test_a_comment_of_the_items_keeps_its_story():
    comment = item(ITEMS[1], 40000001, SEEN)
    assert (comment.parent, comment.root) == (COMMENT.parent, COMMENT.root)


@pytest.mark.parametrize(("line", "number"), [(2, 40000004), (3, 40000005)])
def test_what_was_deleted_or_killed_is_gone(line, number):
    assert item(ITEMS[line], 40000001, SEEN) == Deletion("hackernews", page(number), SEEN)


def test_what_is_not_there_yet_tells_nothing():
    assert item(b"null", 1, SEEN) is None


@pytest.mark.parametrize("missing", ["objectID", "author", "created_at_i", "comment_text"])
def test_a_hit_without_what_a_post_needs_is_put_aside_and_the_rest_goes_on(missing):
    answer = json.loads(fixture("search.json"))
    del answer["hits"][0][missing]
    first, *rest = found(json.dumps(answer).encode(), SEEN)
    assert isinstance(first, Malformed) and first.reason.startswith("an item without")
    assert [one.post.id for one in rest] == [STORY.id, ASK.id]


@pytest.mark.parametrize("time", [0, -5, 10**30, "2026", True, None, 1.5])
def test_a_time_that_is_none_is_no_time(time):
    with pytest.raises(Unreadable):
        item(json.dumps({"id": 1, "by": "bob", "text": "hello", "time": time}).encode(), 1, SEEN)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"hits": 3}', b'{"message": "Invalid"}', b"[" * 5000])
def test_an_answer_that_is_none_is_bad_data(body):
    with pytest.raises(BadData):
        found(body, SEEN)


def test_points_below_zero_are_none():
    assert (
        item(b'{"id":1,"by":"bob","title":"x","score":-3,"time":1795255500,"type":"story"}', 1, SEEN).engagement.likes
        == 0
    )


def test_changes_are_numbers():
    assert changed(fixture("updates.json")) == {40000001, 40000003, 39999990}
    assert changed(b'{"items": [1, "2", null, -3, "x", []]}') == {1, 2}
    assert changed(b'{"profiles": []}') == set()
