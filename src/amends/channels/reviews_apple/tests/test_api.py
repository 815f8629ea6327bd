from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amends.channels.base import BadData, Kind, Malformed
from amends.channels.reviews_apple.api import page
from amends.channels.reviews_apple.review import App

BODY = (Path(__file__).parents[1] / "fixtures" / "reviews.json").read_bytes()
ACME = App("123456789", "Acme Air")


def posts():
    return [item.posts for item in page(BODY, ACME).items]


def first(**change):
    """The first review with these attributes changed."""
    document = json.loads(BODY)
    document["data"][0]["attributes"] |= change
    return page(json.dumps(document).encode(), ACME).items[0].posts[0]


def test_all_that_the_api_tells():
    ((post,), *_) = posts()
    assert post.id == "00000075-bcd1-0015-1a2b-000000000001" and post.kind is Kind.REVIEW and post.addressed
    assert post.text == "Since the update it disappears." and post.subject == "Boarding pass gone (Acme Air, GBR)"
    assert post.stars == 1 and post.author.display == "traveller22" and post.author.id == f"review {post.id}"
    assert post.created == datetime(2026, 11, 22, 9, 15, 40, tzinfo=UTC)
    assert post.url == "https://appstoreconnect.apple.com/apps/123456789/distribution/activity/ios/ratingsResponses"
    assert json.loads(post.raw)["type"] == "customerReviews"


def test_our_response_is_a_post_of_ours_under_the_review():
    written, answer = posts()[1]
    assert answer.id == f"{written.id}#reply" and answer.parent == answer.root == written.id
    assert answer.text == "Vielen Dank!" and answer.author.id == "123456789"
    assert answer.parent_author == written.author.id and answer.stamp > written.stamp
    assert json.loads(answer.raw)["type"] == "customerReviewResponses" and written.edited is None


def test_a_review_written_anew_after_our_response_is_an_edit():
    written, answer = posts()[2]
    assert written.edited == written.created == datetime(2026, 11, 20, 13, 44, 59, 250_000, tzinfo=UTC)
    assert answer.text == "Please try 4.2.0." and answer.created < written.created


def test_a_review_without_words_or_a_writer_is_a_review():
    ((post,),) = posts()[3:]
    assert (post.text, post.subject, post.author.display, post.stars) == ("", "Acme Air, JPN", "", 3)


def test_the_next_page_is_asked_for_by_its_cursor_and_not_by_its_address():
    assert page(BODY, ACME).following == "BA.AMt2C-U"
    elsewhere = BODY.replace(
        b"https://api.appstoreconnect.apple.com/v1/apps/123456789/customerReviews?", b"http://evil/?"
    )
    assert page(elsewhere, ACME).following == "BA.AMt2C-U"


@pytest.mark.parametrize("links", [{}, None, {"next": None}, {"next": "http://["}, {"next": "x"}, []])
def test_no_further_page(links):
    assert page(json.dumps({"data": [], "links": links}).encode(), ACME).following == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rating": 0}, "stars"),
        ({"rating": True}, "stars"),
        ({"createdDate": "yesterday"}, "when"),
        ({"createdDate": None}, "when"),
    ],
)
def test_what_cannot_be_read_is_set_aside(change, reason):
    malformed = first(**change)
    assert isinstance(malformed, Malformed) and reason in malformed.reason


@pytest.mark.parametrize("body", [b"", b"{}", b'{"data": 1}', b'{"data":[],"included":5}', b"[]", b"<html>"])
def test_what_is_no_page_is_said_to_be_none(body):
    with pytest.raises(BadData):
        page(body, ACME)
