from __future__ import annotations

import json

import pytest

from amends.channels.bluesky.labels import is_gone, warning
from amends.channels.bluesky.parse import found, page, read
from amends.channels.bluesky.tests.server import fixture
from amends.channels.bluesky.tests.test_parse import SEEN

WRITER, MODERATOR = "did:plc:bob", "did:plc:moderator"


def label(value, source=MODERATOR, **more):
    return {"src": source, "uri": "at://x", "val": value, "cts": "2026-11-22T12:00:00Z", **more}


@pytest.mark.parametrize(
    ("view", "record", "expected"),
    [
        ({}, {}, ""),
        ({"labels": [label("spam"), label("rude")]}, {}, "Moderators say: spam, rudeness."),
        ({"labels": [label("nudity", WRITER)]}, {}, "Its writer says: nudity."),
        ({}, {"labels": {"values": [{"val": "graphic-media"}]}}, "Its writer says: violent or disturbing pictures."),
        (
            {"labels": [label("porn", WRITER)], "author": {"labels": [label("impersonation")]}},
            {"labels": {"values": [{"val": "porn"}]}},
            "Its writer says: pornography. Of the account is said: impersonation.",
        ),
        ({"labels": [label("cold-takes")]}, {}, "Moderators say: cold takes."),
        ({"labels": [label("spam", neg=True)]}, {}, ""),
        ({"author": {"labels": [label("!no-unauthenticated", WRITER)]}}, {}, ""),
        ({"labels": [label("gore"), label("graphic-media")]}, {}, "Moderators say: violent or disturbing pictures."),
        ({"labels": [None, 7, {"val": 3}], "author": 1}, {"labels": "porn"}, ""),
    ],
)
def test_labels_in_words(view, record, expected):
    assert warning(view, record, WRITER) == expected
    assert not is_gone(view)


@pytest.mark.parametrize("value", ["!hide", "!takedown", "!suspend"])
def test_what_is_taken_from_everybodys_sight_is_gone(value):
    assert is_gone({"labels": [label(value)]})
    assert is_gone({"author": {"labels": [label(value)]}})
    assert not is_gone({"labels": [label(value, neg=True)]})


def test_a_post_comes_with_what_is_said_of_it_unless_it_is_gone():
    view = json.loads(page(fixture("search.json"), "posts")[0][0])
    for labels, warned in (([label("spam")], "Moderators say: spam."), ([label("!hide")], None)):
        raw = json.dumps(view | {"labels": labels}).encode()
        [item] = read([raw], lambda v, r: found(v, r, SEEN))
        assert (item.post and item.post.warning) == warned
