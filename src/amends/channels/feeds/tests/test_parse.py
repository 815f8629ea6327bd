from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from amends.channels.base import Author, BadData, Malformed, Media, MediaKind
from amends.channels.feeds.document import Rhythm
from amends.channels.feeds.parse import Found, decode, read
from amends.channels.feeds.tests.server import fixture

SEEN = datetime(2026, 7, 7, 12, tzinfo=UTC)
URL = "https://site.example/feed"


def posts(body, url=URL, kind=""):
    body = body if isinstance(body, bytes) else body.encode()
    return [one.post for one in decode(body, url, kind, SEEN)[1] if isinstance(one, Found)]


def rss(*items):
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f"<rss version='2.0'><channel><title>T</title>{inside}</channel></rss>"


def test_a_blog_in_rss():
    bag, lounges = posts(fixture("rss20.xml"))
    assert bag.id == "https://dana.example/?p=12"
    assert bag.subject == "Meridian lost my bag & my patience"
    assert bag.text == "It began in Lisbon: my bag was left behind.\n\nNobody at Meridian Air answers."
    assert bag.created == datetime(2026, 7, 6, 7, 30, tzinfo=UTC)
    assert bag.author == Author(id="dana.example/Dana", name="Dana", display="Dana")
    assert bag.lang == "en-GB"
    assert bag.url.startswith("https://dana.example/2026/bag")
    assert bag.media == (
        Media(MediaKind.AUDIO, "https://dana.example/bag.mp3", mime="audio/mpeg", size=123456),
        Media(MediaKind.IMAGE, "https://dana.example/bag.jpg", mime="image/jpeg", size=2048),
    )
    assert lounges.author.display == "The Paper", "a collection names where it took it from"


def test_a_row_of_comments_after_the_end_is_read_in_one_pass():
    """With each comment taken in every way in which it can be, this would take longer than the world is old."""
    feed = rss("<title>a</title>")
    assert read((feed + "<!-- a -->\n" * 150).encode(), URL).whole
    assert not read((feed + "<!---->" * 250 + "x").encode(), URL).whole


def test_what_a_feed_says_of_itself():
    document = read(fixture("rss20.xml"), URL)
    assert (document.title, document.home) == ("Travel with Dana", "https://dana.example/")
    assert (document.hub, document.address) == ("https://hub.example/", "https://dana.example/feed.xml")
    assert document.rhythm == Rhythm(30, (2, 3), (6,))
    assert document.whole


def test_an_old_feed_without_ids_and_dates():
    first, second = posts(fixture("rss091.xml"))
    assert (first.id, first.subject) == ("https://blatt.example/koffer.html", "Koffer weg, Kunden wütend")
    assert first.author == Author(id="blatt.example", display="Flughafen-Blatt")
    assert (first.created, first.stamp) == (SEEN, 0)
    assert (second.text, second.subject) == ("Streik am Freitag", "")


def test_a_forum_in_rdf():
    [post] = posts(fixture("rss10.xml"))
    assert (post.id, post.author.id) == ("https://board.example/t/7", "board.example/mika")
    assert post.created == datetime(2026, 7, 6, 8, tzinfo=UTC)


def test_comments_in_atom():
    comment, topic = posts(fixture("atom.xml"))
    assert comment.text == "Moi aussi, ma valise n'est jamais arrivée."
    assert comment.parent == comment.root == topic.id == "tag:forum.example,2026:topic:8"
    assert comment.author == Author(id="https://forum.example/u/zoe", name="Zoé", display="Zoé")
    assert comment.edited == datetime(2026, 7, 6, 9, 45, tzinfo=UTC)
    assert comment.stamp == int(comment.edited.timestamp() * 1_000_000)
    assert topic.subject == "Valise perdue"
    assert topic.created == datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert topic.edited is None
    assert read(fixture("atom.xml"), URL).following == "https://forum.example/comments.atom?page=2"


def test_notes_in_json():
    note, waiting = posts(fixture("feed.json"))
    assert note.text == "No bag, no word from Meridian."
    assert note.author.avatar == "https://notes.example/me.png"
    assert waiting.id == "https://notes.example/30#30"
    assert waiting.author.id == "notes.example/Guest"
    assert waiting.media[0] == Media(
        MediaKind.AUDIO, "https://notes.example/30.m4a", alt="The phone queue", mime="audio/x-m4a", size=89970
    )
    document = read(fixture("feed.json"), URL)
    assert (document.hub, document.following) == ("https://hub.example/", "https://notes.example/feed.json?page=2")


def test_a_broken_feed_is_read_all_the_same():
    first, second = posts(fixture("broken.xml"))
    assert first.text == "Hundreds of bags stand in a hall.\nNobody comes."
    assert first.id != second.id, "one id for all is none"
    assert first.created == second.created == SEEN, "dates that are none"


@pytest.mark.parametrize(
    ("item", "id_"),
    [
        ("<guid>https://a.example/1</guid><link>https://a.example/x</link>", "https://a.example/1"),
        ("<guid isPermaLink='false'>tag:a.example,2026:1</guid>", "tag:a.example,2026:1"),
        ("<guid isPermaLink='false'>17</guid><link>https://a.example/x</link>", "https://a.example/x#17"),
        ("<guid isPermaLink='false'>17</guid>", "site.example#17"),
        ("<link>https://a.example/x?id=3&amp;utm_source=rss</link>", "https://a.example/x?id=3"),
        ("<link>/x</link>", "https://site.example/x"),
    ],
)
def test_the_id_is_the_same_wherever_it_is_heard(item, id_):
    [post] = posts(rss(f"<title>a bag</title>{item}"))
    assert post.id == id_


def test_an_item_without_id_and_link_is_known_by_what_it_says():
    one, same, other = (posts(rss(f"<title>{title}</title>"))[0].id for title in ("a bag", "a bag", "two bags"))
    assert one == same != other


def test_items_that_share_a_link_are_not_one():
    found = posts(
        rss("<title>a</title><link>https://a.example/</link>", "<title>b</title><link>https://a.example/</link>")
    )
    assert len({post.id for post in found}) == 2


def test_of_two_versions_of_an_item_the_newer_counts():
    guid = "<guid>https://a.example/1</guid>"
    old, new = "Sun, 05 Jul 2026 18:00:00 GMT", "Mon, 06 Jul 2026 18:00:00 GMT"
    [post] = posts(rss(*(f"<title>{date}</title>{guid}<pubDate>{date}</pubDate>" for date in (old, new, old))))
    assert post.text == new


@pytest.mark.parametrize(
    ("date", "created"),
    [
        ("Tue, 07 Jul 2026 18:00:00 GMT", SEEN),  # in the future: now
        ("Wed, 07 Jul 2094 18:00:00 GMT", SEEN),
        ("Thu, 01 Jan 1970 00:00:00 GMT", SEEN),
        ("", SEEN),
        ("2026-07-06T10:00:00+02:00", datetime(2026, 7, 6, 8, tzinfo=UTC)),
        ("Mon, 06 Jul 26 08:00 GMT", datetime(2026, 7, 6, 8, tzinfo=UTC)),
    ],
)
def test_dates_that_cannot_be_are_not_believed(date, created):
    [post] = posts(rss(f"<title>a bag</title><pubDate>{date}</pubDate>"))
    assert post.created == created


def test_an_item_of_nothing_is_put_aside():
    found = decode(rss("<pubDate>x</pubDate>", "<title>a bag</title>").encode(), URL, "", SEEN)[1]
    assert [type(one) for one in found] == [Found, Malformed]
    body = json.dumps({"version": "1", "items": [3, None, {}, {"id": "1", "content_text": "a bag"}]}).encode()
    assert [type(one) for one in decode(body, URL, "", SEEN)[1]] == [Found, Malformed, Malformed, Malformed]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!doctype html><title>Hello</title>", "a web page"),
        (b"\n<html><body>x", "a web page"),
        (b"", "not a feed"),
        (b"{}", "not a feed"),
        (b'{"items": 3}', "not a feed"),
        (b"/etc/passwd", "not a feed"),
        (b"https://a.example/feed", "not a feed"),
        (b"[" * 10_000, "not a feed"),
        (b"{" + b'"a":[' * 10_000, "not a feed"),
    ],
)
def test_what_is_no_feed_is_told(body, said):
    with pytest.raises(BadData, match=said) as error:
        decode(body, "https://site.example/feed?token=secret", "", SEEN)
    assert "site.example/feed" in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("reference", ["&#xD800;", "&#55296;", "&#99999999999;", "&#xFFFFFFFF;", "&#0;"])
def test_characters_that_there_are_none_of_do_not_stop_a_feed(reference):
    first, second = posts(rss(f"<title>a {reference} bag</title>", "<title>two bags</title>"))
    assert first.text.endswith("bag")
    assert second.text == "two bags"


def test_nothing_is_fetched_and_no_file_is_read_for_a_feed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the key")
    body = (
        f"<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a SYSTEM '{secret.as_uri()}'><!ENTITY b 'bbbbbbbbbb'>"
        "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;'>]>"
    ) + rss("<title>x &a; &d; y</title>")
    [post] = posts(body)
    assert "key" not in post.text
    assert len(post.text) < 100


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(encoding):
    body = f"<?xml version='1.0' encoding='{encoding}'?>" + rss("<title>Geschäft geschlossen</title>")
    assert posts(body.encode(encoding))[0].text == "Geschäft geschlossen"


def test_json_with_a_mark_of_its_bytes():
    assert len(posts(b"\xef\xbb\xbf" + fixture("feed.json"))) == 2


def test_the_header_wins_where_the_document_does_not_say():
    body = rss("<title>Geschäft</title>").encode("iso-8859-1")
    assert posts(body, kind="application/rss+xml; charset=iso-8859-1")[0].text == "Geschäft"


def test_a_huge_feed_is_read_from_its_top():
    found = posts(rss(*(f"<title>bag {number}</title>" for number in range(2500))))
    assert len(found) == 2000
    assert found[0].text == "bag 0"


def test_a_cut_feed_is_not_whole():
    body = fixture("rss20.xml")
    assert not read(body[: len(body) * 2 // 3], URL).whole
    assert read(body + b"\n<!-- made in 3 s -->\n", URL).whole


def test_a_link_is_a_web_address_or_none():
    [post] = posts(rss("<title>a bag</title><link>javascript:alert(1)</link><enclosure url='file:///etc/passwd'/>"))
    assert (post.url, post.media) == ("", ())


def test_now_is_the_latest_that_something_was_changed():
    body = fixture("atom.xml").replace(b"2026-07-06T09:45:00Z", b"2026-07-08T00:00:00Z")
    assert posts(body)[0].edited == SEEN
    assert posts(body)[0].created < SEEN - timedelta(hours=1)
