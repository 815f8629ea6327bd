from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from amends.channels.base import BadData, Kind, Malformed, Visibility
from amends.channels.foreign import microseconds
from amends.channels.reviews_google_play.fields import when
from amends.channels.reviews_google_play.parse import App, page, read
from amends.channels.reviews_google_play.tests.server import APP, fixture

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACME = App(APP, "Acme")


def posts(*reviews, app=ACME):
    raws = [json.dumps(review).encode() for review in reviews] or page(fixture("reviews.json"))[0]
    return [post for item in read(raws, app, SEEN) for post in item.posts]


def review(**comment):
    given = {"text": "Lost.", "lastModified": {"seconds": "1795339800"}, "starRating": 1} | comment
    return {"reviewId": "r1", "comments": [{"userComment": given}]}


def test_all_that_a_review_tells():
    post = posts()[0]
    assert post.id == f"{APP}/7d1c9a52-0b6e-4a8f-9a53-1f0c7b2e6d11"
    assert post.kind is Kind.REVIEW and post.visibility is Visibility.PUBLIC and post.addressed
    assert post.text == "Since the update my boarding pass is gone every time I open it."
    assert post.subject == "Acme 4.2.1, Sony E5333 (Xperia™ C4 Dual), Android 14"
    assert post.folded == "Device: phone, screen 1080 × 1920, 2048 MB of memory, Mediatek MT6752"
    assert post.stars == 1 and post.lang == "en-GB"
    assert post.author.display == "Nadia Brandt" and post.author.id == post.id
    assert post.created == datetime(2026, 11, 22, 9, 30, 0, 412000, UTC) and post.stamp == microseconds(post.created)
    assert post.engagement.likes == 27 and post.engagement.seen == SEEN
    assert (
        post.url == f"https://play.google.com/store/apps/details?id={APP}&reviewId=7d1c9a52-0b6e-4a8f-9a53-1f0c7b2e6d11"
    )
    assert json.loads(post.raw)["authorName"] == "Nadia Brandt"


def test_as_little_as_a_review_tells():
    post = posts()[1]
    assert (post.text, post.subject, post.folded, post.lang) == ("ok", "Acme", "", "")
    assert post.author.display == "" and post.engagement is None and post.edited is None


def test_two_people_of_one_name_are_two():
    first, second = posts(review() | {"reviewId": "a", "authorName": "Sam"}, review() | {"reviewId": "b"})
    assert first.author.id != second.author.id


def test_our_answer_is_a_post_of_ours_under_the_review():
    written, answer = posts()[4:6]
    assert written.text == "Die beste App für Vielflieger!"
    assert answer.id == f"{written.id}#reply" and answer.parent == answer.root == written.id
    assert answer.author.id == APP and answer.parent_author == written.author.id
    assert answer.text == "Vielen Dank!" and answer.stamp > written.stamp and not answer.addressed
    assert written.edited is None


def test_a_review_changed_after_our_answer_is_an_edit():
    written, answer = posts()[2:4]
    assert written.edited == written.created > answer.created
    assert written.stamp > answer.stamp


def test_the_text_is_the_writers_own_and_the_translation_is_below():
    post = posts()[4]
    assert post.text == "Die beste App für Vielflieger!" and post.lang == "de"
    assert post.folded == "Translation: The best app for frequent flyers!"


def test_a_title_is_parted_from_the_text_by_a_tab():
    post = posts()[6]
    assert post.text == "Waiting for three weeks now." and post.subject == "Refund (Acme build 40200, klte)"


@pytest.mark.parametrize(
    ("comment", "subject"),
    [
        ({"appVersionName": "4.2"}, "version 4.2"),
        ({"appVersionCode": 7, "androidOsVersion": 99}, "build 7, Android API 99"),
        ({"deviceMetadata": {"productName": "Pixel 9"}}, "Pixel 9"),
        ({"deviceMetadata": {"productName": "Sony X", "manufacturer": "Sony"}}, "Sony X"),
        ({"device": 7, "androidOsVersion": True}, ""),
    ],
)
def test_what_an_agent_reads_first(comment, subject):
    (post,) = posts(review(**comment), app=App(APP))
    assert post.subject == subject


@pytest.mark.parametrize("stars", [None, 0, 6, "5", 2.5, True])
def test_stars_that_are_none_are_left_out(stars):
    (post,) = posts(review(starRating=stars))
    assert post.stars is None


def test_a_review_without_words_is_a_review():
    (post,) = posts(review(text=""))
    assert post.text == "" and post.stars == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"comments": []}, "without an id"),
        ({"reviewId": "r"}, "without its writer's comment"),
        ({"reviewId": "r", "comments": [{"userComment": {"text": "x", "lastModified": {"seconds": "x"}}}]}, "when"),
        ([], "without an id"),
    ],
)
def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on(broken, reason):
    malformed, post = posts(broken, review())
    assert isinstance(malformed, Malformed) and reason in malformed.reason
    assert post.text == "Lost."


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"reviews": {}}', b"<html>", b'{"reviews":null}'])
def test_what_is_no_page_is_said_to_be_none(body):
    with pytest.raises(BadData):
        page(body)


def test_an_app_without_reviews_has_a_page_without_the_field():
    assert page(b"{}") == ([], "")


@pytest.mark.parametrize(
    "told", [None, {}, {"seconds": ""}, {"seconds": "-1"}, {"seconds": "9" * 30}, {"seconds": "١"}, {"seconds": 0}]
)
def test_an_instant_that_is_none(told):
    assert when(told) is None
