from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from amends.channels.base import BadData, Kind, Visibility
from amends.channels.file.columns import matching
from amends.channels.file.rows import TEXT_MAX, BadRow, Choices, Rows

SEEN = datetime(2026, 11, 22, tzinfo=UTC)
ROW = {"id": "17", "text": "Where is my bag?", "author": "@Alice", "created": "2026-11-21 10:00"}


def post(row=(), choices=None, rows=None, **cells):
    row = dict(ROW if row == () else row) | cells
    rows = rows or Rows(choices or Choices(), SEEN)
    return rows.post(row, matching(tuple(row), ()), msgspec.json.encode(row))


def test_a_row_becomes_a_post():
    found = post(
        likes="1,204", retweet_count=3, views="1.2K", lang="de_CH", url="https://a.example/17", verified="True",
        followers="40k", subject="Baggage", in_reply_to="12",
    )  # fmt: skip
    assert (found.network, found.id, found.parent, found.root) == (
        "file",
        "file:file:17",
        "file:file:12",
        "file:file:12",
    )
    assert (found.author.id, found.author.name, found.author.followers, found.author.verified) == (
        "alice",
        "Alice",
        40_000,
        True,
    )
    assert found.created == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert (found.engagement.likes, found.engagement.reshares, found.engagement.views) == (1204, 3, 1200)
    assert found.engagement.replies is None
    assert found.engagement.seen == SEEN
    assert (found.lang, found.url, found.subject) == ("de-CH", "https://a.example/17", "Baggage")
    assert found.stamp == int(found.created.timestamp() * 1_000_000)
    assert msgspec.json.decode(found.raw)["id"] == "17"
    assert found.addressed


@pytest.mark.parametrize(
    "own", ["at://did:plc:a/app.bsky.feed.post/1", "https://m.example/1", "<1@mail.example>", "urn:x:1"]
)
def test_a_global_id_is_kept(own):
    assert post(id=own).id == own


def test_ids_that_pandas_wrote_as_floats_are_mended():
    assert post(id="119248.0").id == "file:file:119248"
    assert post(id=119248.0).id == "file:file:119248"
    assert post(id=570306133677760513).id == "file:file:570306133677760513"


@pytest.mark.parametrize("own", ["", None, "nan", "5.70306E+17", "5,70306E+17", "6E+17", 5.703061336777605e17])
def test_without_a_usable_id_the_words_tell_posts_apart(own):
    rows = Rows(Choices(), SEEN)
    one, again = post(id=own, rows=rows), post(id=own, author="alice", rows=rows)
    assert one.id.startswith("file:file:sha256-")
    assert again.id == one.id
    assert post(id=own, text="Where is my other bag?").id != one.id
    assert post(id=own, created="2026-11-21 10:01").id != one.id
    assert post(id=own, author="Bob").id != one.id
    assert rows.notes["posts without an id, told apart by author, time and text"] == 2


def test_two_unknown_writers_are_not_one():
    assert post(author="", id="1").author.id != post(author="", id="2").author.id


def test_times_without_a_zone_are_in_the_chosen_one():
    rows = Rows(Choices(zone="America/New_York"), SEEN)
    assert post(rows=rows).created == datetime(2026, 11, 21, 15, tzinfo=UTC)
    assert rows.notes == {"times without a zone, taken as America/New_York": 1}


@pytest.mark.parametrize(
    ("cell", "stars"),
    [("4", 4), (3.5, 3.5), ("4,5", 4.5), ("8/10", 4), ("4 out of 5", 4), ("★★☆☆☆", 2), ("⭐⭐⭐", 3), ("1 star", 1)],
)
def test_stars_are_of_five(cell, stars):
    found = post(rating=cell, text="")
    assert (found.stars, found.kind) == (stars, Kind.REVIEW)


def test_a_rating_out_of_range_is_left_out_and_noted():
    rows = Rows(Choices(), SEEN)
    assert post(rating="87", rows=rows).stars is None
    assert post(rating="87", choices=Choices(stars_of=100)).stars == 4.35
    assert next(iter(rows.notes)).startswith("ratings not between 0 and 5")


def test_mail_and_direct_messages_are_private_and_ours():
    found = post(kind="mail", choices=Choices(only_matching=True))
    assert (found.kind, found.visibility, found.addressed) == (Kind.MAIL, Visibility.PRIVATE, True)
    assert not post(choices=Choices(only_matching=True)).addressed


def test_entities_of_exports_are_read_once():
    assert post(text="faces &amp; &lt;3 &amp;lt;").text == "faces & <3 &lt;"
    assert post(text="faces &amp;", choices=Choices(keep_entities=True)).text == "faces &amp;"


def test_null_characters_are_taken_out_and_noted():
    rows = Rows(Choices(), SEEN)
    found = post(text="a\0b", author="Al\0ice", id="1\0", rows=rows)
    assert (found.text, found.author.name, found.id) == ("ab", "Alice", "file:file:1")
    assert rows.notes["texts with null characters, which were taken out"] >= 1


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"text": ""}, "no text"),
        ({"text": " \n"}, "no text"),
        ({"text": None}, "no text"),
        ({"text": "\0"}, "no text"),
        ({"text": ["a", "list"]}, "no text"),
        ({"text": "x" * (TEXT_MAX + 1)}, "1,000,001 characters"),
        ({"created": ""}, "the time is empty"),
        ({"created": "1.2.3"}, "no such day"),
        ({"created": True}, "1970"),
        ({"network": "a b/c"}, "is no name"),
        ({"kind": "tweet"}, "is no kind"),
    ],
)
def test_a_row_that_is_no_post_says_why(cells, why):
    with pytest.raises(BadRow, match=why):
        post(**cells)


def test_counts_that_are_no_number_are_unknown():
    rows = Rows(Choices(), SEEN)
    found = post(likes="many", replies="-", views="", retweets="7", rows=rows)
    assert (found.engagement.likes, found.engagement.views, found.engagement.reshares) == (None, None, 7)
    assert rows.notes["likes that are no number, left out"] == 1


@pytest.mark.parametrize(
    "choices",
    [Choices(zone="Mars/Base"), Choices(zone="../etc"), Choices(date_format="dd.mm.yyyy"), Choices(stars_of=0),
     Choices(network="My Net")],
)  # fmt: skip
def test_a_choice_that_makes_no_sense_is_refused(choices):
    with pytest.raises(BadData):
        Rows(choices, SEEN)
