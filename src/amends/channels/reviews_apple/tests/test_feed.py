from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amends.channels.base import BadData, Kind, Malformed, Visibility
from amends.channels.reviews_apple.feed import page
from amends.channels.reviews_apple.review import App

SEEN = datetime(2026, 11, 22, 20, tzinfo=UTC)
ACME = App("123456789", "Acme Air")
FIXTURES = Path(__file__).parents[1] / "fixtures"


def read(name, app=ACME):
    return page((FIXTURES / name).read_bytes(), 1, app, "de", SEEN)


def one(**change):
    """The single review of a feed with these fields changed; None takes one away."""
    document = json.loads((FIXTURES / "feed_one.json").read_bytes())
    entry = document["feed"]["entry"]
    for field, value in change.items():
        name = field.replace("im_", "im:")
        if value is None:
            del entry[name]
        else:
            entry[name] = value
    (item,) = page(json.dumps(document).encode(), 1, ACME, "de", SEEN).items
    return item.posts[0]


def test_all_that_the_feed_tells():
    post = read("feed.json").items[0].posts[0]
    assert post.id == "13420011901" and post.kind is Kind.REVIEW and post.visibility is Visibility.PUBLIC
    assert post.text == "Seit dem Update ist meine Bordkarte verschwunden.\nJedes Mal!"
    assert post.subject == "Bordkarte weg (Acme Air 4.2.1, DE)"
    assert post.stars == 1 and post.addressed and post.edited is None
    assert post.created == datetime(2026, 11, 22, 9, 15, 40, tzinfo=UTC) and post.stamp == 1795338940000000
    assert (post.author.id, post.author.display) == ("638500001", "Reisende22")
    assert post.engagement.likes == 12 and post.engagement.seen == SEEN
    assert post.url == "https://appstoreconnect.apple.com/apps/123456789/distribution/activity/ios/ratingsResponses"
    assert json.loads(post.raw)["im:version"]["label"] == "4.2.1"


def test_a_page_tells_when_it_was_made_and_whether_another_follows():
    found = read("feed.json")
    assert found.made == datetime(2026, 11, 22, 16, 41, 12, tzinfo=UTC) and found.following == ""
    assert len(found.items) == 3


def test_a_single_review_is_no_list():
    assert [item.key for item in read("feed_one.json").items] == ["13420011901"]


def test_the_app_itself_is_no_review():
    assert [item.key for item in read("feed_app.json").items] == ["13419880345"]


@pytest.mark.parametrize("body", [b"", b"<!-- Empty -->\n", b'{"feed": {}}', b'{"feed": {"entry": []}}'])
def test_a_feed_of_nothing(body):
    assert page(body, 1, ACME, "de", SEEN).items == []


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"{}", b'{"feed": 5}', b'{"feed": {"entry": {', b'{"feed":{"entry":[1,}}']
)
def test_what_is_no_feed_is_said_to_be_none(body):
    with pytest.raises(BadData):
        page(body, 1, ACME, "de", SEEN)


def test_a_review_without_words_is_a_review():
    post = one(content={"label": ""}, title={"label": " "})
    assert post.text == "" and post.subject == "Acme Air 4.2.1, DE" and post.stars == 1


def test_an_app_whose_name_is_not_known():
    assert read("feed.json", App("123456789")).items[0].posts[0].subject == "Bordkarte weg (version 4.2.1, DE)"


def test_of_two_forms_of_the_words_the_plain_one_is_taken():
    html = {"label": "<b>x</b>", "attributes": {"type": "html"}}
    assert one(content=[html, {"label": "x", "attributes": {"type": "text"}}]).text == "x"


@pytest.mark.parametrize("author", [{}, {"uri": {"label": "https://itunes.apple.com"}}, 7])
def test_a_writer_without_an_address_is_somebody_of_their_own(author):
    assert one(author=author).author.id == "review 13420011901"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "without an id"),
        ({"im_rating": None}, "without its stars"),
        ({"im_rating": {"label": "6"}}, "without its stars"),
        ({"updated": None}, "when it was written"),
        ({"updated": {"label": "2026-11-22T02:15:40"}}, "when it was written"),
        ({"updated": {"label": "1970-01-01T00:00:00Z"}}, "when it was written"),
    ],
)
def test_what_cannot_be_read_is_set_aside(change, reason):
    malformed = one(**change)
    assert isinstance(malformed, Malformed) and reason in malformed.reason


@pytest.mark.parametrize("votes", ["", "x", "-3", "٣", "9" * 40])
def test_votes_that_are_none(votes):
    assert one(**{"im_voteSum": {"label": votes}}).engagement is None
